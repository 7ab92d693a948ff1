/*
 * The story: an administrator changes a router over the link that it is about. `apply --confirm` puts the change in force, says until when somebody
 * has to keep it, and ends; from then on a guard outside of the session waits. Nothing else can be written meanwhile. `parp confirm` keeps the change,
 * from whatever session, unless the host no longer has it; `parp rollback` takes it back at once; and when nobody says anything, as somebody who has
 * cut himself off, the guard takes it back at its deadline, and tells the wire what the state before answers for. Whoever comes too late hears so (5).
 */
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { differences, type Snapshot } from '../../src/lab/snapshot.ts';
import { guardOf, lastOf, phaseOf, untilGone, untilPhase } from '../support/confirm-window.ts';
import { buildNetwork, CAN_BUILD, PARP, useNetwork, type Network, type ParpEnd } from '../support/namespaces.ts';
import type { Topology } from '../../src/lab/topology.ts';

const OFFICE: Topology = {
  hosts: {
    router: { links: { eth0: {}, eth1: {} } },
    left: { links: { eth0: { addresses: ['192.168.0.2/24'] } } },
    right: { links: { eth0: { addresses: ['192.168.0.66/24', '192.168.0.77/24'] } } },
  },
  wires: [
    ['router:eth0', 'left:eth0'],
    ['router:eth1', 'right:eth0'],
  ],
};

const profileOf = (...hosts: string[]): string => `version: 1
kind: pseudo-bridge
name: office
segments:
  - interface: eth0
    addresses: [192.168.0.1/24]
    hosts: [192.168.0.2]
  - interface: eth1
    hosts: [${hosts.join(', ')}]
announce: { rounds: 2, spacing: 100ms, form: request }
`;

const office = (net: Network, ...hosts: string[]): string => net.profile('office.yaml', profileOf(...hosts));

/** The hosts of the state before. */
const OLD = ['192.168.0.66', '192.168.0.77'];

interface Failed {
  readonly error: { readonly code: string; readonly message: string; readonly remedy: string | null };
}

const failure = ({ json }: ParpEnd): Failed['error'] => (json as unknown as Failed).error;

describe.skipIf(!CAN_BUILD)('parp apply --confirm', () => {
  const net = useNetwork(OFFICE);
  const parp = async (...args: string[]): Promise<ParpEnd> => net.parp('router', args);
  let before: Snapshot;

  it('puts the change in force, and says until when it has to be kept, how, and how to test it', async () => {
    before = await net.snapshot('router');
    const end = await parp('apply', '--confirm', office(net, ...OLD));
    expect(end, end.stderr).toMatchObject({ exitCode: 0 });
    expect(end.stderr).toMatch(
      /^It is taken back by itself in 11\d s \(until \d\d:\d\d:\d\d\)\. Keep it with: parp confirm; take it back now with: parp rollback$/m,
    );
    expect(end.stderr).toContain('Ask from a third host that has not talked to this one before');
    expect(end.stderr).not.toContain('parp remove');
    expect(await net.ping('left', '192.168.0.66')).toBe(true);
  });

  it('shows in status who asked for it, and how much time is left', async () => {
    const { stdout } = await parp('status');
    expect(stdout).toMatch(/^office \(pseudo-bridge\), applied .*: \d+ settings, in force$/m);
    expect(stdout).toMatch(/^"apply office" of \S+ is taken back in \d+ s \(until \d\d:\d\d:\d\d\)\. Keep it with: parp confirm$/m);
    const { json, exitCode } = await parp('--json', 'status', '--detailed-exitcode');
    expect(exitCode, 'no drift').toBe(0);
    expect(json).toMatchObject({
      unfinished: null,
      pending: {
        command: 'apply office',
        by: lastOf(net)?.transaction.by.user,
        started_at: lastOf(net)?.transaction.startedAt,
        guarded: true,
      },
    });
    const { left_ms }: { left_ms: number } = json['pending'] as { left_ms: number };
    expect(left_ms).toBeGreaterThan(60_000);
    expect(left_ms).toBeLessThanOrEqual(120_000);
  });

  it('keeps everything else from being written meanwhile, and says what is waited for', async () => {
    const { by } = lastOf(net)?.transaction ?? {};
    for (const args of [
      ['apply', office(net, '192.168.0.66')],
      ['apply', '--confirm', office(net, '192.168.0.66')],
      ['remove', 'office'],
      ['remove', '--all'],
    ]) {
      const end = await parp('--json', ...args);
      expect(end, end.stderr).toMatchObject({ exitCode: 4 });
      expect(failure(end)).toMatchObject({
        code: 'pending',
        message: expect.stringMatching(
          new RegExp(`^"apply office" by ${by?.user} of \\S+ waits to be confirmed, for \\d+ s \\(until .*\\)$`),
        ),
        remedy: 'Keep it with: parp confirm; take it back with: parp rollback',
      });
    }
    const recovered = await parp('recover');
    expect(recovered, recovered.stderr).toMatchObject({ exitCode: 0 });
    expect(recovered.stdout).toMatch(/Nothing to recover: "apply office" waits to be confirmed, for \d+ s .*; its guard is at its place/);
    expect(phaseOf(net)).toBe('applied');
  });

  it('#81 is not confirmed while the host does not have it, and its guard goes on waiting', async () => {
    const guard = guardOf(net);
    await net.ip('router', 'route del 192.168.0.66/32 dev eth1');
    const end = await parp('confirm');
    expect(end, end.stderr).toMatchObject({ exitCode: 4 });
    expect(end.stderr).toContain(
      'error[drifted]: The host does not have what was applied; it is not confirmed, and its guard goes on waiting',
    );
    expect(end.stderr).toContain('192.168.0.66');
    expect(phaseOf(net)).toBe('applied');
    expect(guardOf(net)).toBe(guard);
    await net.ip('router', 'route add 192.168.0.66/32 dev eth1 proto 97 src 192.168.0.1');
  });

  it('is kept by confirm, once', async () => {
    const guard = guardOf(net);
    const end = await parp('--json', 'confirm');
    expect(end, end.stderr).toMatchObject({ exitCode: 0 });
    expect(end.json).toEqual({ schema: 'parp.confirm/1', command: 'apply office', outcome: 'confirmed' });
    await untilGone(guard);
    const again = await parp('--json', 'confirm');
    expect(again, again.stderr).toMatchObject({ exitCode: 4 });
    expect(failure(again)).toMatchObject({ code: 'nothing-pending', message: 'Nothing waits to be confirmed here' });
    expect((await parp('--json', 'status')).json).toMatchObject({ profiles: [{ name: 'office', drift: [] }], pending: null });
    expect(await net.ping('left', '192.168.0.66')).toBe(true);
  });

  it('has nothing to be confirmed where there is nothing to do', async () => {
    const end = await parp('--json', 'apply', '--confirm', office(net, ...OLD));
    expect(end, end.stderr).toMatchObject({ exitCode: 0 });
    expect(end.json).toMatchObject({ outcome: 'nothing-to-do' });
    expect(guardOf(net)).toBeNull();
    expect((await parp('confirm')).exitCode).toBe(4);
  });

  it('is taken back by rollback before its time, and whoever confirms it then hears that (5)', async () => {
    const kept = await net.snapshot('router');
    const applied = await parp('--json', 'apply', '--confirm=60s', office(net, '192.168.0.66'));
    expect(applied, applied.stderr).toMatchObject({ exitCode: 0 });
    expect(applied.json).toMatchObject({ schema: 'parp.apply/1', outcome: 'done', pending: { left_ms: expect.any(Number) } });
    const guard = guardOf(net);
    const undone = await parp('--json', 'rollback');
    expect(undone, undone.stderr).toMatchObject({ exitCode: 0 });
    expect(undone.json).toMatchObject({ schema: 'parp.rollback/1', command: 'apply office', outcome: 'undone' });
    await untilGone(guard);
    expect(differences(kept, await net.snapshot('router'))).toEqual([]);
    const late = await parp('--json', 'confirm');
    expect(late, late.stderr).toMatchObject({ exitCode: 5 });
    expect(late.json).toEqual({ schema: 'parp.confirm/1', command: 'apply office', outcome: 'rolled-back' });
    expect(late.stderr).toMatch(/^Too late: "apply office" of \S+ was taken back already$/m);
    expect((await parp('rollback')).exitCode, 'nothing is left to take back').toBe(4);
    expect((await parp('remove', '--all')).exitCode).toBe(0);
    expect(differences(before, await net.snapshot('router'))).toEqual([]);
  });

  it.each([
    { words: ['--confirm'], seconds: 120 },
    { words: ['--confirm=10s'], seconds: 10 },
    { words: ['--confirm=10000ms'], seconds: 10 },
    { words: ['--confirm=2.5m'], seconds: 150 },
    { words: ['--confirm=24h'], seconds: 86_400 },
    { words: ['--confirm=1d'], seconds: 86_400 },
    { words: ['--confirm=90s', '--confirm=30s'], seconds: 30 },
  ])('understands $words', async ({ words, seconds }) => {
    const end = await parp('--json', 'apply', ...words, '--no-probe', '--no-announce', office(net, ...OLD));
    expect(end, end.stderr).toMatchObject({ exitCode: 0 });
    expect(lastOf(net)?.transaction.confirmWithinMs).toBe(seconds * 1000);
    const { left_ms }: { left_ms: number } = end.json['pending'] as { left_ms: number };
    expect(left_ms / 1000).toBeLessThanOrEqual(seconds);
    expect(left_ms / 1000).toBeGreaterThan(seconds - 8);
    expect((await parp('rollback')).exitCode).toBe(0);
  });

  it('takes no word behind it for its time', async () => {
    const file = office(net, ...OLD);
    const end = await parp('apply', '--confirm', '30s', file);
    expect(end, end.stderr).toMatchObject({ exitCode: 3 });
    expect(end.stderr).toContain('30s');
    const behind = await parp('apply', '--no-probe', '--no-announce', '--', file, '--confirm');
    expect(behind, behind.stderr).toMatchObject({ exitCode: 3 });
    expect(differences(before, await net.snapshot('router'))).toEqual([]);
  });
});

describe.skipIf(!CAN_BUILD).concurrent('a change that waits to be confirmed', () => {
  /** A router where the first version is in force and confirmed; gives how it then is. */
  async function withOld(atEnd: (work: () => Promise<void>) => void): Promise<{ net: Network; old: Snapshot }> {
    const net = await buildNetwork(OFFICE);
    atEnd(async () => net.lab.destroy());
    const end = await net.parp('router', ['apply', '--no-probe', '--no-announce', office(net, ...OLD)]);
    expect(end, end.stderr).toMatchObject({ exitCode: 0 });
    return { net, old: await net.snapshot('router') };
  }

  it('is undone at its deadline, and the wire hears what answers again', async ({ onTestFinished }) => {
    const { net, old } = await withOld(onTestFinished);
    const fields = ['eth.src', 'arp.src.proto_ipv4', 'arp.dst.proto_ipv4'] as const;
    const end = await net.parp('router', ['apply', '--confirm=10s', '--no-probe', office(net, '192.168.0.66')]);
    expect(end, end.stderr).toMatchObject({ exitCode: 0 });
    expect(await net.ping('left', '192.168.0.77', { wait: 1 }), 'it is no longer answered for').toBe(false);
    const frames = await net.capture('left', 'eth0', fields, async () => untilPhase(net, 'undone', 20_000), { lingerMs: 1000 });
    expect(differences(old, await net.snapshot('router'))).toEqual([]);
    const announced = frames.filter((frame) => frame['arp.src.proto_ipv4'] === frame['arp.dst.proto_ipv4']);
    const mac = net.macOf('router', 'eth0');
    expect(announced, 'two rounds, of what the change had given up').toEqual(
      Array.from({ length: 2 }, () => ({ 'eth.src': mac, 'arp.src.proto_ipv4': '192.168.0.77', 'arp.dst.proto_ipv4': '192.168.0.77' })),
    );
    expect(await net.ping('left', '192.168.0.77')).toBe(true);
    const late = await net.parp('router', ['confirm']);
    expect(late, late.stderr).toMatchObject({ exitCode: 5 });
    expect(late.stderr).toContain('Too late: "apply office"');
    expect((await net.parp('router', ['--json', 'status'])).json).toMatchObject({
      profiles: [{ name: 'office', drift: [] }],
      pending: null,
    });
  });

  const SLOW = { announce: 'announce: { rounds: 20, spacing: 300ms, form: request }' };

  it.for([
    { command: 'confirm', exitCode: 0, says: 'It was confirmed meanwhile', phase: 'confirmed' },
    { command: 'rollback', exitCode: 5, says: 'It was taken back meanwhile', phase: 'undone' },
  ] as const)(
    'hears from another session while it still announces: $command',
    async ({ command, exitCode, says, phase }, { onTestFinished }) => {
      const { net, old } = await withOld(onTestFinished);
      const text = profileOf('192.168.0.66', '192.168.0.77', '192.168.0.88').replace(/^announce:.*$/m, SLOW.announce);
      const child = net.spawn('router', [...PARP, 'apply', '--confirm=60s', '--no-probe', net.profile('more.yaml', text)]);
      await untilPhase(net, 'applied');
      await pause(300);
      const frames = await net.capture('left', 'eth0', ['arp.src.proto_ipv4', 'arp.dst.proto_ipv4'], async () => {
        const other = await net.parp('router', [command]);
        expect(other, other.stderr).toMatchObject({ exitCode: 0 });
        const end = await child.end;
        expect(end, end.stderr).toMatchObject({ exitCode });
        expect(end.stderr).toContain(says);
        expect(end.stderr).not.toContain('is taken back by itself');
      });
      expect(phaseOf(net)).toBe(phase);
      const heard = frames.filter((frame) => frame['arp.src.proto_ipv4'] === '192.168.0.88').length;
      if (command === 'confirm') expect(heard, 'it goes on').toBeGreaterThan(5);
      else {
        expect(heard, 'it falls silent').toBeLessThan(17);
        expect(differences(old, await net.snapshot('router'))).toEqual([]);
      }
    },
  );
});
