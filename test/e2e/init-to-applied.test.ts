// The story: somebody who has never written a profile answers the questions of `parp init` on a terminal, sees what would change, and has it put in force
// at once; then the hosts reach one another as with a profile that was written by hand, the file says what is in force, and remove gives all of it back.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { custom } from '../../src/lab/custom.ts';
import { natProxy } from '../../src/lab/nat-proxy.ts';
import { privateVlan } from '../../src/lab/private-vlan.ts';
import { pseudoBridge } from '../../src/lab/pseudo-bridge.ts';
import { differences } from '../../src/lab/snapshot.ts';
import { dialogueOn, KEY, type DialogueOf } from '../support/dialogue-of.ts';
import { CAN_BUILD, useNetwork, type Network } from '../support/namespaces.ts';
import { profileFrom } from '../support/profile-text.ts';

const { enter, down } = KEY;

/** Through the pages to the end: it is put in force and kept. Gives what the file says. */
async function putInForce(dialogue: DialogueOf, file: string): Promise<string> {
  await dialogue.readOn();
  dialogue.type(down + enter);
  await dialogue.answer('Does everything work', enter);
  const { exitCode, shown, restored } = await dialogue.ended();
  expect({ exitCode, restored }, shown).toEqual({ exitCode: 0, restored: true });
  // Only behind the last question: until then, that one comes next.
  expect(shown.match(/^Next: .*$/gm)).toEqual(['Next: parp status']);
  return readFileSync(`${dialogue.folder}/${file}`, 'utf8');
}

/** What is in force is the profile that was written; taken out, nothing of it stays. */
async function expectGivenBack(net: Network, name: string, before: Awaited<ReturnType<Network['snapshot']>>): Promise<void> {
  const status = await net.parp('router', ['status', '--detailed-exitcode']);
  expect({ exitCode: status.exitCode, named: status.stdout.includes(name) }, status.stdout).toEqual({ exitCode: 0, named: true });
  expect((await net.parp('router', ['remove', '--all'])).exitCode).toBe(0);
  expect(differences(before, await net.snapshot('router'))).toEqual([]);
}

describe.skipIf(!CAN_BUILD)('parp init of a pseudo-bridge', () => {
  const net = useNetwork(pseudoBridge.topology);

  it('leads from the first question to two wires that reach each other', async () => {
    const before = await net.snapshot('router');
    const dialogue = dialogueOn(net, 'router', ['init']);
    await dialogue.answer('What shall this host do?', enter);
    await dialogue.answer('Which interfaces shall look like one wire?', enter);
    await dialogue.shows('Which address shall this router have on eth0?');
    dialogue.type(`192.168.0.1${enter}`);
    await dialogue.shows('lacks a prefix length');
    dialogue.type(`/24${enter}`);
    await dialogue.answer('Who lives behind eth0?', enter);
    await dialogue.shows('Who lives behind eth1?');
    dialogue.type(`192.168.0.1${enter}`);
    await dialogue.shows("the router's own address");
    dialogue.type(`\u007f66${enter}`);
    await dialogue.answer('For whom shall the router answer?', down + enter);
    await dialogue.answer('What shall the profile be called?', `\u0015office${enter}`);
    await dialogue.shows('eth1');
    const text = await putInForce(dialogue, 'office.yaml');
    expect(profileFrom(text)).toMatchObject({
      kind: 'pseudo-bridge',
      name: 'office',
      answer: 'listed',
      segments: [
        { interface: 'eth0', addresses: ['192.168.0.1/24'], hosts: [{ as: 'prefix' }] },
        { interface: 'eth1', addresses: [], hosts: [{ as: 'address' }] },
      ],
    });
    expect(await net.ping('left', '192.168.0.66')).toBe(true);
    expect(await net.mac('left', '192.168.0.66')).toBe(net.macOf('router', 'eth0'));
    await expectGivenBack(net, 'office', before);
  });
});

describe.skipIf(!CAN_BUILD)('parp init of a private VLAN', () => {
  const net = useNetwork(privateVlan.topology);

  it('finds the address of the only interface, and asks for nothing but the name', async () => {
    const before = await net.snapshot('router');
    const dialogue = dialogueOn(net, 'router', ['init']);
    await dialogue.answer('What shall this host do?', down + enter);
    await dialogue.answer('Where are the hosts that the switch keeps apart?', enter);
    await dialogue.answer('What shall the profile be called?', enter);
    const text = await putInForce(dialogue, 'guests.yaml');
    expect(profileFrom(text)).toMatchObject({ kind: 'private-vlan', interfaces: ['eth0'], addresses: ['192.168.0.1/24'] });
    expect(await net.ping('ann', '192.168.0.11')).toBe(true);
    expect(await net.mac('ann', '192.168.0.11')).toBe(net.macOf('router', 'eth0'));
    await expectGivenBack(net, 'guests', before);
  });
});

describe.skipIf(!CAN_BUILD)('parp init of a NAT proxy', () => {
  const net = useNetwork(natProxy.topology);

  it('knows which side is outside by the default route, and takes several mappings', async () => {
    await net.ip('router', 'route add default via 203.0.113.2');
    const before = await net.snapshot('router');
    const dialogue = dialogueOn(net, 'router', ['init', '--kind', 'nat-proxy']);
    await dialogue.answer('Where are the public addresses asked for?', enter);
    await dialogue.answer('Behind which interface do the hosts live?', enter);
    await dialogue.answer('What shall be translated?', enter);
    await dialogue.shows('The public address?');
    dialogue.type(`203.0.113.010${enter}`);
    await dialogue.shows('leading zeros');
    dialogue.type(`${KEY.clear}203.0.113.10${enter}`);
    await dialogue.answer('Which host inside is it?', `10.0.0.10${enter}`);
    await dialogue.answer('What else shall be translated?', down + down + enter);
    await dialogue.answer('The public address?', `${KEY.clear}203.0.113.9${enter}`);
    await dialogue.answer('Whom does it stand for?', enter);
    await dialogue.answer('What else shall be translated?', enter);
    await dialogue.answer('What shall the profile be called?', enter);
    const text = await putInForce(dialogue, 'edge.yaml');
    expect(profileFrom(text)).toMatchObject({
      kind: 'nat-proxy',
      outside: 'eth0',
      inside: 'eth1',
      nat: [
        { map: 'address', public: '203.0.113.10', private: '10.0.0.10' },
        { map: 'source', public: '203.0.113.9', source: '10.0.0.0/24' },
      ],
    });
    expect(await net.ping('client', '203.0.113.10')).toBe(true);
    expect(await net.mac('client', '203.0.113.10')).toBe(net.macOf('router', 'eth0'));
    await expectGivenBack(net, 'edge', before);
  });
});

describe.skipIf(!CAN_BUILD)('parp init of a custom profile', () => {
  const net = useNetwork(custom.topology);

  it('puts a proxy neighbour and the forwarding that it needs together, piece by piece', async () => {
    const before = await net.snapshot('router');
    const dialogue = dialogueOn(net, 'router', ['init']);
    await dialogue.answer('What shall this host do?', down + down + down + enter);
    await dialogue.answer('What shall the profile hold?', enter);
    await dialogue.answer('On which interface?', enter);
    await dialogue.answer('Which address?', `192.168.0.200${enter}`);
    for (const steps of [0, 1]) {
      await dialogue.answer('What else shall it hold?', down + down + down + enter);
      await dialogue.answer('Which switch?', down + down + enter);
      await dialogue.answer('Of which interface?', down.repeat(steps) + enter);
      await dialogue.answer('Which value shall', `1${enter}`);
    }
    await dialogue.answer('What else shall it hold?', enter);
    await dialogue.answer('What shall the profile be called?', enter);
    const text = await putInForce(dialogue, 'custom.yaml');
    expect(profileFrom(text)).toMatchObject({
      kind: 'custom',
      proxies: [{ addresses: '192.168.0.200/32', interface: 'eth0' }],
      sysctl: [
        { path: 'net/ipv4/conf/eth0/forwarding', value: '1' },
        { path: 'net/ipv4/conf/eth1/forwarding', value: '1' },
      ],
    });
    expect(await net.ping('old', '192.168.0.200')).toBe(true);
    expect(await net.mac('old', '192.168.0.200')).toBe(net.macOf('router', 'eth0'));
    await expectGivenBack(net, 'custom', before);
  });
});
