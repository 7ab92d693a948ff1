// The story: an administrator claims addresses for a router, and one of them is in use. Before the first write the router asks each wire
// with RFC 5227 probes (sender 0.0.0.0, which only an owner answers, never a proxy) for what it is about to claim there: its own addresses,
// the public ones of a NAT pool, and the hosts of a pseudo-bridge on every segment but their own. The owner answers; the apply is refused
// with 4, names it, and nothing was written and nothing announced. Only --no-probe, or the profile itself, claims such an address.
import { describe, expect, it } from 'vitest';
import { differences } from '../../src/lab/snapshot.ts';
import { CAN_BUILD, useNetwork } from '../support/namespaces.ts';
import { OFFICE } from '../support/plain-profiles.ts';

const CLAIMS = [
  {
    claim: 'an own address of a pseudo-bridge',
    profile: OFFICE.replaceAll('192.168.0.1/24', '192.168.0.5/24'),
    owned: '192.168.0.5',
    owner: 'left',
    on: 'eth0',
  },
  {
    claim: 'a host of a pseudo-bridge that really lives on the other segment',
    profile: OFFICE.replaceAll('192.168.0.66', '192.168.0.5'),
    owned: '192.168.0.5',
    owner: 'left',
    on: 'eth0',
  },
  {
    claim: 'a host inside a range of one that lives on the other segment',
    profile: OFFICE.replaceAll('192.168.0.66', '192.168.0.4-192.168.0.9'),
    owned: '192.168.0.5',
    owner: 'left',
    on: 'eth0',
  },
  {
    claim: 'a public address of a nat-proxy',
    profile: `version: 1
kind: nat-proxy
name: edge
outside: eth0
inside: eth1
nat:
  - { public: 192.168.0.5, private: 10.0.0.5 }
`,
    owned: '192.168.0.5',
    owner: 'left',
    on: 'eth0',
  },
  {
    claim: 'an address of a private VLAN',
    profile: `version: 1
kind: private-vlan
name: guests
interfaces: [eth1]
addresses: [192.168.0.66/24]
`,
    owned: '192.168.0.66',
    owner: 'right',
    on: 'eth1',
  },
  {
    claim: 'an address of a custom profile',
    profile: `version: 1
kind: custom
name: pieces
addresses: [{ address: 192.168.0.66/24, interface: eth1 }]
`,
    owned: '192.168.0.66',
    owner: 'right',
    on: 'eth1',
  },
];

describe.skipIf(!CAN_BUILD)('an address that a live host owns', () => {
  const net = useNetwork({
    hosts: {
      router: { links: { eth0: {}, eth1: {} } },
      left: { links: { eth0: { addresses: ['192.168.0.2/24', '192.168.0.5/24'] } } },
      right: { links: { eth0: { addresses: ['192.168.0.66/24'] }, eth1: {} } },
      beyond: { links: { eth0: {} } },
    },
    wires: [
      ['router:eth0', 'left:eth0'],
      ['router:eth1', 'right:eth0'],
      ['right:eth1', 'beyond:eth0'],
    ],
  });

  it.each(CLAIMS)('refuses $claim with 4 and leaves the host as it was; --no-probe claims it', async ({ profile, owned, owner, on }) => {
    const file = net.profile('claim.yaml', profile);
    const before = await net.snapshot('router');
    const refused = await net.parp('router', ['--json', 'apply', file, '--force']);
    expect(refused.exitCode).toBe(4);
    const mac = net.macOf(owner, 'eth0');
    expect(refused.json).toMatchObject({ error: { code: 'live-owner', message: `${owned} is owned by ${mac} on ${on}` } });
    expect(refused.stderr).toContain(`error[live-owner]: ${owned} is owned by ${mac} on ${on}`);
    expect(differences(before, await net.snapshot('router'))).toEqual([]);

    const applied = await net.parp('router', ['--json', 'apply', file, '--no-announce', '--no-probe']);
    expect(applied.exitCode).toBe(0);
    expect(applied.json).toMatchObject({ outcome: 'done' });
    expect(differences(before, await net.snapshot('router')).length).toBeGreaterThan(0);
    expect((await net.parp('router', ['remove', '--all'])).exitCode).toBe(0);
    expect(differences(before, await net.snapshot('router'))).toEqual([]);
  });

  it('hears nothing but the question when the apply is refused', async () => {
    const file = net.profile('office.yaml', OFFICE.replaceAll('192.168.0.66', '192.168.0.5'));
    const fields = ['arp.opcode', 'arp.src.proto_ipv4', 'arp.dst.proto_ipv4', 'eth.src'] as const;
    const frames = await net.capture('left', 'eth0', fields, async () => {
      expect((await net.parp('router', ['apply', file])).exitCode).toBe(4);
    });
    const sent = frames.filter((frame) => frame['eth.src'] === net.macOf('router', 'eth0'));
    expect([
      ...new Set(sent.map((frame) => `${frame['arp.opcode']} from ${frame['arp.src.proto_ipv4']} for ${frame['arp.dst.proto_ipv4']}`)),
    ]).toEqual(['1 from 0.0.0.0 for 192.168.0.1', '1 from 0.0.0.0 for 192.168.0.5']);
    const status = await net.parp('router', ['--json', 'status']);
    expect(status.json, 'no transaction was begun').toMatchObject({ profiles: [], unfinished: null });
  });

  it('is claimed all the same by a profile that says probe: false', async () => {
    const before = await net.snapshot('router');
    const file = net.profile('bold.yaml', `${OFFICE.replaceAll('192.168.0.66', '192.168.0.5')}probe: false\n`);
    expect((await net.parp('router', ['apply', file, '--no-announce'])).exitCode).toBe(0);
    expect((await net.parp('router', ['rollback'])).exitCode).toBe(0);
    expect(differences(before, await net.snapshot('router'))).toEqual([]);
  });

  it('names each of several owners', async () => {
    const swapped = OFFICE.replace('192.168.0.1/24', '192.168.0.5/24')
      .replace('.66]', '.99]')
      .replace('.2]', '.66]')
      .replace('.99]', '.2]');
    const { exitCode, json } = await net.parp('router', ['--json', 'apply', net.profile('swapped.yaml', swapped)]);
    expect(exitCode).toBe(4);
    expect(json).toMatchObject({
      error: {
        message: '3 addresses are owned by live hosts',
        details: [
          `192.168.0.5 is owned by ${net.macOf('left', 'eth0')} on eth0`,
          `192.168.0.2 is owned by ${net.macOf('left', 'eth0')} on eth0`,
          `192.168.0.66 is owned by ${net.macOf('right', 'eth0')} on eth1`,
        ],
      },
    });
  });

  it('is no conflict on its own segment, nor once it is in force', async () => {
    const file = net.profile('office.yaml', OFFICE);
    const before = await net.snapshot('router');
    const probes = ['arp.opcode', 'arp.src.proto_ipv4', 'arp.dst.proto_ipv4'] as const;
    const asked = async (profile: string): Promise<string[]> => {
      const frames = await net.capture('left', 'eth0', probes, async () => {
        expect((await net.parp('router', ['apply', profile, '--no-announce'])).exitCode).toBe(0);
      });
      const questions = frames.filter((frame) => frame['arp.opcode'] === '1' && frame['arp.src.proto_ipv4'] === '0.0.0.0');
      return questions.map((frame) => frame['arp.dst.proto_ipv4'] ?? '').toSorted();
    };
    const thrice = (...addresses: string[]): string[] => addresses.flatMap((address) => [address, address, address]);
    expect(await asked(file), 'the own address and the host of the other segment').toEqual(thrice('192.168.0.1', '192.168.0.66'));
    const more = net.profile('office.yaml', OFFICE.replace('[192.168.0.66]', '[192.168.0.66, 192.168.0.80]'));
    expect(await asked(more), 'only what is new').toEqual(thrice('192.168.0.80'));
    expect(await asked(more), 'nothing is new').toEqual([]);
    expect((await net.parp('router', ['remove', '--all'])).exitCode).toBe(0);
    expect(differences(before, await net.snapshot('router'))).toEqual([]);
  });

  it('is not one who merely answers for it by proxy', async () => {
    // right answers for everything that it can route elsewhere, as another parp would.
    await net.ip('right', 'route add 192.168.0.80 dev eth1');
    for (const key of ['conf/eth0/forwarding', 'conf/eth0/proxy_arp']) await net.setSysctl('right', `net/ipv4/${key}`, '1');
    await net.setSysctl('right', 'net/ipv4/neigh/eth0/proxy_delay', '0');
    expect(await net.askArp('router', 'eth1', [{ to: '192.168.0.80', from: '192.168.0.9' }], { waitMs: 300 })).toHaveLength(1);
    const before = await net.snapshot('router');
    const profile = 'version: 1\nkind: custom\nname: pieces\naddresses: [{ address: 192.168.0.80/24, interface: eth1 }]\n';
    expect((await net.parp('router', ['apply', net.profile('pieces.yaml', profile), '--no-announce'])).exitCode).toBe(0);
    expect((await net.parp('router', ['remove', 'pieces'])).exitCode).toBe(0);
    expect(differences(before, await net.snapshot('router'))).toEqual([]);
  });

  it('cannot be asked for on an interface without carrier: a warning, no refusal', async () => {
    await net.ip('right', 'link set eth0 down');
    const before = await net.snapshot('router');
    const applied = await net.parp('router', ['apply', net.profile('office.yaml', OFFICE), '--no-announce']);
    expect(applied.exitCode).toBe(0);
    expect(applied.stderr).toContain('Warning: eth1 has no carrier, so that its 2 addresses are not asked for');
    expect((await net.parp('router', ['remove', '--all'])).exitCode).toBe(0);
    expect(differences(before, await net.snapshot('router'))).toEqual([]);
  });
});
