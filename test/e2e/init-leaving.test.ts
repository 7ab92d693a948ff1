// The story: somebody begins `parp init` and does not end it: by ^C, by ^D, by a signal from elsewhere, by going back to the first question. No file is
// there afterwards, the host is as it was, and the terminal works. What was put in force, but not kept, is taken back.
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pseudoBridge } from '../../src/lab/pseudo-bridge.ts';
import { differences } from '../../src/lab/snapshot.ts';
import { macOf } from '../../src/lab/topology.ts';
import { dialogueOn, KEY, type DialogueOf } from '../support/dialogue-of.ts';
import { CAN_BUILD, useNetwork, type Network } from '../support/namespaces.ts';

const { enter, down, escape, interrupt, end } = KEY;

describe.skipIf(!CAN_BUILD)('leaving parp init', () => {
  const net = useNetwork(pseudoBridge.topology);
  let before: Awaited<ReturnType<Network['snapshot']>>;

  beforeAll(async () => {
    before = await net.snapshot('router');
  });

  afterAll(async () => {
    await net.parp('router', ['rollback']);
  });

  const filesIn = (dialogue: DialogueOf): string[] => readdirSync(dialogue.folder).filter((name) => !name.startsWith('.'));

  async function expectNothingLeft(dialogue: DialogueOf, exitCode: number): Promise<void> {
    const ended = await dialogue.ended();
    expect({ exitCode: ended.exitCode, restored: ended.restored, files: filesIn(dialogue) }, ended.shown).toEqual({
      exitCode,
      restored: true,
      files: [],
    });
    expect(differences(before, await net.snapshot('router'))).toEqual([]);
  }

  async function toTheHosts(dialogue: DialogueOf): Promise<void> {
    await dialogue.answer('What shall this host do?', enter);
    await dialogue.answer('Which interfaces shall look like one wire?', enter);
    await dialogue.answer('Which address shall this router have on eth0?', `192.168.0.1/24${enter}`);
    await dialogue.shows('? Who lives behind eth0?');
  }

  async function toTheEnd(dialogue: DialogueOf): Promise<void> {
    await toTheHosts(dialogue);
    dialogue.type(enter);
    await dialogue.answer('Who lives behind eth1?', `192.168.0.66${enter}`);
    await dialogue.answer('For whom shall the router answer?', enter);
    await dialogue.answer('What shall the profile be called?', enter);
  }

  it.each([
    ['^C', interrupt],
    ['^D', end],
  ])('by %s in the middle ends with 130', async (_name, key) => {
    const dialogue = dialogueOn(net, 'router', ['init']);
    await toTheHosts(dialogue);
    dialogue.type(key);
    await expectNothingLeft(dialogue, 130);
  });

  it('by ^C while pages are shown ends with 130', async () => {
    const dialogue = dialogueOn(net, 'router', ['init']);
    await toTheEnd(dialogue);
    await dialogue.shows('Enter goes on');
    dialogue.type(interrupt);
    await expectNothingLeft(dialogue, 130);
  });

  it.each([['dumb'], ['vt100']])('by ^C where TERM is %s ends with 130', async (term) => {
    const dialogue = dialogueOn(net, 'router', ['init'], { term });
    await dialogue.shows('Number [1]>');
    dialogue.type(enter);
    await dialogue.shows('Numbers, with commas');
    dialogue.type(interrupt);
    await expectNothingLeft(dialogue, 130);
  });

  it('by SIGTERM ends with 143', async () => {
    const dialogue = dialogueOn(net, 'router', ['init']);
    await toTheHosts(dialogue);
    await dialogue.signal('TERM');
    await expectNothingLeft(dialogue, 143);
  });

  it('is not needed where nothing was ticked: the list says how', async () => {
    const dialogue = dialogueOn(net, 'router', ['init', '--kind', 'private-vlan']);
    await dialogue.shows('? Where are the hosts');
    dialogue.type(enter);
    await dialogue.shows('At least one is needed: the space bar ticks, Enter ends');
    dialogue.type(` ${enter}`);
    await dialogue.shows('? Which address shall this router have on eth0?');
    dialogue.type(interrupt);
    await expectNothingLeft(dialogue, 130);
  });

  it('by the last choice ends with 0', async () => {
    const dialogue = dialogueOn(net, 'router', ['init']);
    await toTheEnd(dialogue);
    await dialogue.readOn();
    dialogue.type(down.repeat(4) + enter);
    await expectNothingLeft(dialogue, 0);
  });

  it('goes back by Esc, by a typed < and by the choice, with the former answers offered again', async () => {
    const dialogue = dialogueOn(net, 'router', ['init']);
    await toTheHosts(dialogue);
    dialogue.type(`${KEY.clear}192.168.0.2, 192.168.0.3${enter}`);
    await dialogue.answer('Who lives behind eth1?', `192.168.0.66${enter}`);
    await dialogue.shows('? For whom shall the router answer?');
    dialogue.type(down + down + enter);
    await dialogue.shows('‹ back\n');
    expect(await dialogue.shows('192.168.0.66')).toContain('? Who lives behind eth1?');
    dialogue.type(escape);
    await dialogue.shows('‹ back\n');
    expect(await dialogue.shows('192.168.0.2, 192.168.0.3')).toContain('? Who lives behind eth0?');
    dialogue.type('<\r');
    await dialogue.shows('‹ back\n');
    await dialogue.shows('? Which address shall this router have on eth0?');
    dialogue.type(escape);
    await dialogue.shows('? Which interfaces shall look like one wire?');
    dialogue.type(escape);
    await dialogue.shows('? What shall this host do?');
    // There is nothing before the first question.
    dialogue.type(escape + down + enter);
    await dialogue.shows('✔ What shall this host do? private-vlan');
    dialogue.type(interrupt);
    await expectNothingLeft(dialogue, 130);
  });

  it('puts nothing in force where an interface is not the one that the plan was shown for', async () => {
    const dialogue = dialogueOn(net, 'router', ['init']);
    await toTheEnd(dialogue);
    await dialogue.readOn();
    const mac = macOf(pseudoBridge.topology, 'router', 'eth1');
    await net.run('router', ['ip', 'link', 'set', 'eth1', 'address', '02:00:00:00:77:01']);
    dialogue.type(down + enter);
    const { exitCode, shown } = await dialogue.ended();
    await net.run('router', ['ip', 'link', 'set', 'eth1', 'address', mac]);
    expect(exitCode, shown).toBe(4);
    expect(shown).toContain('The host has changed since the plan was shown');
    expect(differences(before, await net.snapshot('router'))).toEqual([]);
  });

  it('takes back what was put in force when somebody leaves instead of keeping it', async () => {
    const dialogue = dialogueOn(net, 'router', ['init']);
    await toTheEnd(dialogue);
    await dialogue.readOn();
    dialogue.type(down + enter);
    await dialogue.shows('? Does everything work');
    expect(await net.ping('left', '192.168.0.66')).toBe(true);
    dialogue.type(interrupt);
    const { exitCode, restored, shown } = await dialogue.ended();
    expect({ exitCode, restored }, shown).toEqual({ exitCode: 130, restored: true });
    // That was asked for before, and is said once more: whoever leaves expects nothing to stay.
    expect(shown).toMatch(/Took back "apply bridge"[^]*The change was taken back; bridge\.yaml stays as it was written\n/);
    expect(filesIn(dialogue)).toEqual(['bridge.yaml']);
    expect(differences(before, await net.snapshot('router'))).toEqual([]);
  });
});
