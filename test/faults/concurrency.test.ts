// The promise: one writer in a namespace, however many come at once. Each ends as though it had been alone at some moment between its start and its end, or
// says who holds the lock; who only reads neither waits nor fails; a holder that is killed is in nobody's way; other namespaces are another world.
import { statSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Ended } from '../../src/lab/child-process.ts';
import { acquireLock } from '../../src/host/file-lock.ts';
import { differences } from '../../src/lab/snapshot.ts';
import type { Topology } from '../../src/lab/topology.ts';
import { atOnce } from '../support/barrier.ts';
import { guardOf, lastOf, phaseOf, recordsOf, SMALL, untilGone, untilStopped } from '../support/confirm-window.ts';
import { FAULTY, faultEnv } from '../support/faults.ts';
import { endStates, type Call, type Step } from '../support/linearisable.ts';
import { CAN_BUILD, useNetwork, type Network } from '../support/namespaces.ts';
import { changed, nothingIsLeft, QUIET, THREE_WIRES } from '../support/stopping.ts';
import { LONG, SEED, tally } from '../support/tally.ts';

/** Shares a sysctl with the small one. */
const OTHER = `version: 1
kind: custom
name: other
addresses: [{ address: 10.0.2.1/24, interface: eth2 }]
sysctl: { net/ipv4/conf/eth0/forwarding: 1, net/ipv4/conf/eth2/forwarding: 1 }
`;

const said = ({ exitCode, stderr }: Ended): string => `${exitCode}: ${stderr}`;

describe.skipIf(!CAN_BUILD)('two applies at once', () => {
  const nets = [useNetwork(THREE_WIRES), useNetwork(THREE_WIRES)];
  const TRIALS = LONG ? 1000 : 15;

  it('#85 one runs; the other comes behind it, or is told who holds the lock', { timeout: 3_600_000 }, async () => {
    const busy = await Promise.all(nets.map(async (net, which) => trials(net, which)));
    expect(
      busy.reduce((sum, one) => sum + one, 0),
      'how often the lock was held',
    ).toBeGreaterThan(0);
    tally('races', TRIALS, 0);
  });

  /** Gives how often one was told that the other holds the lock. */
  async function trials(net: Network, which: number): Promise<number> {
    const before = await net.snapshot('router');
    const [small, other] = [net.profile('small.yaml', SMALL), net.profile('other.yaml', OTHER)];
    let busy = 0;
    for (let trial = 0; trial < TRIALS / nets.length; trial++) {
      // Who asks the wire first holds the lock for longer than the other waits for it.
      const quiet = (trial + SEED) % 2 === 0 ? QUIET : ['--no-announce'];
      const second = (trial + which) % 3 === 0 ? { name: 'small', file: small } : { name: 'other', file: other };
      const ends = await atOnce(net, [
        ['apply', ...quiet, small],
        ['apply', ...quiet, second.file],
      ]);
      const what = ends.map(said).join('\n');
      for (const { exitCode, stderr } of ends) {
        expect([0, 7], what).toContain(exitCode);
        if (exitCode === 7)
          expect(stderr).toMatch(
            /error\[locked\]: Another parp is writing in this network namespace: (parp apply \w+, process \d+|another)/,
          );
      }
      const names = ['small', second.name].filter((_, at) => ends[at]?.exitCode === 0);
      expect(names.length, what).toBeGreaterThan(0);
      busy += 2 - names.length;
      const { transaction, phase } = lastOf(net) ?? {};
      expect(phase, what).toBe('confirmed');
      expect(Object.keys(transaction?.ledgerAfter.profiles ?? {}).toSorted(), what).toEqual([...new Set(names)].toSorted());
      const removed = await net.parp('router', ['remove', '--all']);
      expect(removed, said(removed)).toMatchObject({ exitCode: 0 });
    }
    expect(await changed(net, before)).toEqual([]);
    await nothingIsLeft(net);
    return busy;
  }
});

type Name = 'confirm' | 'rollback' | 'recover';
type State = 'pending' | 'kept' | 'undone';

/** What each command says in each state, had it the namespace for itself; 7 is said by who did not get it. */
const alone: Step<State, Name> = (state, { name, answer }) => {
  if (answer === 7) return state;
  const answers: Record<Name, Record<State, readonly [number, State]>> = {
    confirm: { pending: [0, 'kept'], kept: [4, 'kept'], undone: [5, 'undone'] },
    rollback: { pending: [0, 'undone'], kept: [0, 'undone'], undone: [4, 'undone'] },
    recover: { pending: [0, 'pending'], kept: [0, 'kept'], undone: [0, 'undone'] },
  };
  const [expected, next] = answers[name][state];
  return answer === expected ? next : null;
};

const PHASES: Readonly<Record<State, string>> = { pending: 'applied', kept: 'confirmed', undone: 'undone' };

describe('endStates()', () => {
  const call = (name: Name, answer: number, began: number, ended: number): Call<Name> => ({ name, answer, began, ended });

  it.each<{ what: string; calls: Call<Name>[]; ends: State[] }>([
    { what: 'both orders of two that overlap', calls: [call('confirm', 0, 0, 9), call('rollback', 0, 1, 8)], ends: ['undone'] },
    { what: 'a confirm that came too late', calls: [call('confirm', 5, 0, 9), call('rollback', 0, 1, 8)], ends: ['undone'] },
    { what: 'no order of two that were kept', calls: [call('confirm', 0, 0, 9), call('confirm', 0, 1, 8)], ends: [] },
    { what: 'no order against the time', calls: [call('confirm', 5, 0, 1), call('rollback', 0, 2, 3)], ends: [] },
    { what: 'one that saw what was not so', calls: [call('confirm', 4, 0, 9), call('rollback', 0, 1, 8)], ends: [] },
    { what: 'whoever did not get the lock', calls: [call('rollback', 7, 0, 9), call('confirm', 0, 1, 8)], ends: ['kept'] },
  ])('finds $what', ({ calls, ends }) => {
    expect([...endStates(calls, 'pending', alone)]).toEqual(ends);
  });
});

describe.skipIf(!CAN_BUILD)('many who decide at once', () => {
  const net = useNetwork(THREE_WIRES);
  const [ROUNDS, EACH] = LONG ? [20, 100] : [2, 20];

  it(`#87 confirm, rollback and recover, ${ROUNDS} times ${EACH} processes: a history with an order`, { timeout: 3_600_000 }, async () => {
    const before = await net.snapshot('router');
    const small = net.profile('small.yaml', SMALL);
    for (let round = 0; round < ROUNDS; round++) {
      const applied = await net.parp('router', ['apply', '--confirm=300s', ...QUIET, small]);
      expect(applied, said(applied)).toMatchObject({ exitCode: 0 });
      const inForce = await net.snapshot('router');
      const guard = guardOf(net);
      // One kind less in each of three rounds, so that every end comes about.
      const names = (['recover', 'confirm', 'rollback'] as const).filter((_, at) => at !== (round + SEED) % 4);
      const calls = await Promise.all(Array.from({ length: EACH }, async (_, at) => call(names[at % names.length] ?? 'recover')));
      const history = calls.map(({ name, answer }) => `${name} ${answer}`).join(', ');
      const ends = endStates(calls, 'pending', alone);
      expect(ends.size, history).toBe(1);
      const [end = 'pending'] = ends;
      expect(phaseOf(net), history).toBe(PHASES[end]);
      expect(differences(end === 'undone' ? before : inForce, await net.snapshot('router')), history).toEqual([]);
      if (end === 'pending') expect(guardOf(net), 'its guard').toBe(guard);
      else await untilGone(guard);
      if (end !== 'undone') expect((await net.parp('router', ['rollback'])).exitCode).toBe(0);
      expect(await changed(net, before)).toEqual([]);
    }
    tally('races', ROUNDS * EACH, 0);
  });

  async function call(name: Name): Promise<Call<Name>> {
    const began = performance.now();
    const { exitCode } = await net.run('router', [...FAULTY, '--quiet', name]);
    return { name, began, ended: performance.now(), answer: exitCode };
  }
});

describe.skipIf(!CAN_BUILD)('who only reads', () => {
  const net = useNetwork(THREE_WIRES);
  let small = '';
  beforeAll(() => {
    small = net.profile('small.yaml', SMALL);
  });
  const READERS = ['status', 'plan', 'neighbours'] as const;

  /** So many readers at the same time leave each its share of the processor. */
  const WAVE = 50;

  async function read(count: number): Promise<void> {
    for (let begun = 0; begun < count; begun += WAVE) {
      const ends = await Promise.all(
        Array.from({ length: Math.min(WAVE, count - begun) }, async (_, at) => {
          const command = READERS[at % READERS.length] ?? 'status';
          return net.parp('router', ['--json', command, ...(command === 'plan' ? [small] : [])], { timeoutMs: 30_000 });
        }),
      );
      for (const end of ends) {
        expect(end, said(end)).toMatchObject({ exitCode: 0 });
        expect(end.json).toHaveProperty('schema');
      }
    }
  }

  it('#88 is not held up by a writer that stands still in the middle', async () => {
    const before = await net.snapshot('router');
    const env = faultEnv({ at: 'operation.written#1', act: 'stop' });
    const writer = net.spawn('router', [...FAULTY, 'apply', ...QUIET, small], { env });
    await untilStopped(writer.pid);
    await read(LONG ? 100 : 12);
    writer.kill('SIGCONT');
    expect(await writer.end).toMatchObject({ exitCode: 0 });
    expect((await net.parp('router', ['rollback'])).exitCode).toBe(0);
    expect(await changed(net, before)).toEqual([]);
  });

  it('#88 never meets half of a record, nor keeps a writer from anything', { timeout: 600_000 }, async () => {
    const before = await net.snapshot('router');
    const reading = { on: true };
    const reads = read(LONG ? 1000 : 12).finally(() => (reading.on = false));
    let rounds = 0;
    while (reading.on) {
      for (const args of [['apply', '--confirm=60s', ...QUIET, small], ['confirm'], ['rollback']]) {
        const end = await net.parp('router', args);
        expect(end, said(end)).toMatchObject({ exitCode: 0 });
      }
      rounds++;
    }
    await reads;
    expect(rounds).toBeGreaterThan(0);
    expect(await changed(net, before)).toEqual([]);
    await nothingIsLeft(net);
  });
});

describe.skipIf(!CAN_BUILD)('a holder that is killed', () => {
  const net = useNetwork(THREE_WIRES);

  it('#89 leaves the lock to the next at once', async () => {
    const small = net.profile('small.yaml', SMALL);
    expect((await net.parp('router', ['apply', ...QUIET, small])).exitCode).toBe(0);
    const path = `${recordsOf(net)}/lock`;
    const TRIALS = LONG ? 100 : 2;
    for (let trial = 0; trial < TRIALS; trial++) {
      const holder = net.spawn('router', [...FAULTY, 'remove', 'small'], { env: faultEnv({ at: 'writer.locked', act: 'stop' }) });
      await untilStopped(holder.pid);
      expect(acquireLock(path, 'test')).toMatchObject({ kind: 'busy', by: { pid: holder.pid, command: 'remove small' } });
      holder.kill('SIGKILL');
      await holder.end;
      // The kernel has closed its files by the time that it tells of its end: nothing is left to wait for.
      const lock = acquireLock(path, 'test');
      expect(lock.kind).toBe('held');
      if (lock.kind === 'held') lock.release();
    }
    expect((await net.parp('router', ['remove', 'small'])).exitCode).toBe(0);
    tally('races', TRIALS, 0);
  });
});

describe.skipIf(!CAN_BUILD)('eight namespaces side by side', () => {
  const HOSTS = Array.from({ length: 8 }, (_, at) => `host${at}`);
  const topology: Topology = {
    hosts: { ...Object.fromEntries(HOSTS.map((host) => [host, { links: { eth0: {}, eth1: {} } }])), wire: { links: {} } },
    wires: HOSTS.flatMap((host, at) => [
      [`${host}:eth0`, `wire:a${at}`],
      [`${host}:eth1`, `wire:b${at}`],
    ]),
  };
  const net = useNetwork(topology);

  it('#90 each has a lock and records of its own, below one folder', async () => {
    const small = net.profile('small.yaml', SMALL);
    const before = await Promise.all(HOSTS.map(async (host) => net.snapshot(host)));
    const all = async (args: (at: number) => string[]): Promise<(number | null)[]> =>
      Promise.all(HOSTS.map(async (host, at) => (await net.parp(host, args(at))).exitCode));
    const zeros = HOSTS.map(() => 0);
    expect(await all(() => ['apply', '--confirm=60s', ...QUIET, small])).toEqual(zeros);
    expect(HOSTS.map((host) => phaseOf(net, host))).toEqual(HOSTS.map(() => 'applied'));
    expect(new Set(HOSTS.map((host) => guardOf(net, host))).size).toBe(HOSTS.length);
    expect(new Set(HOSTS.map((host) => statSync(recordsOf(net, host)).ino)).size).toBe(HOSTS.length);
    expect(await all((at) => [at % 2 === 0 ? 'confirm' : 'rollback'])).toEqual(zeros);
    expect(HOSTS.map((host) => phaseOf(net, host))).toEqual(HOSTS.map((_, at) => (at % 2 === 0 ? 'confirmed' : 'undone')));
    expect(await all((at) => (at % 2 === 0 ? ['remove', 'small'] : ['confirm']))).toEqual(HOSTS.map((_, at) => (at % 2 === 0 ? 0 : 5)));
    const after = await Promise.all(HOSTS.map(async (host) => net.snapshot(host)));
    expect(after.map((snapshot, at) => differences(before[at] ?? snapshot, snapshot))).toEqual(HOSTS.map(() => []));
  });
});
