// The story: the interfaces of the router do not stand still. One is unplugged and another one comes in its place under the same name, with values
// that somebody has given it; one gets another name in the middle of an apply, or two change theirs with each other; one loses its carrier a
// thousand times, its last address, or its namespace; four come up in whatever order. parp knows an interface by what it is: what it wrote is
// found again under whatever name, nothing is ever written to another interface, and what went with an interface is nobody's to give back.
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Ended } from '../../src/lab/child-process.ts';
import { differences, type Snapshot } from '../../src/lab/snapshot.ts';
import { faultEnv, FAULTY } from '../support/faults.ts';
import { documentOf, expectAs, held, journalText } from '../support/judging.ts';
import { faulty, pointsOf, withFault } from '../support/kill-points.ts';
import { buildNetwork, CAN_BUILD, PARP, type Network } from '../support/namespaces.ts';
import { onRouter, renaming, swapping } from '../support/renaming.ts';
import { replacing } from '../support/replaced-programs.ts';
import { asking, QUIET, startParp, THREE_WIRES } from '../support/stopping.ts';
import { LONG, SEED } from '../support/tally.ts';
import { eachOfSweep } from '../support/sampled.ts';

// The long run tries much more in one test.
if (LONG) vi.setConfig({ testTimeout: 900_000 });

const TALLY = 'changes of the topology';

/** Of every kind but nat, on one interface. */
const WORK = `version: 1
kind: custom
name: work
forwarding: global
sysctl:
  net/ipv4/neigh/eth1/proxy_delay: 40ms
  net/ipv4/neigh/eth1/proxy_qlen: 128
  net/ipv4/conf/eth1/arp_ignore: 1
  net/ipv4/conf/eth1/proxy_arp: 1
addresses: [{ address: 192.168.7.1/24, interface: eth1 }]
routes:
  - { to: 10.9.0.0/16, via: 192.168.7.9 }
  - { to: 10.8.8.8/32, interface: eth1, source: 192.168.7.1 }
  - { to: 10.6.6.6/32, type: local, interface: lo }
proxies: [{ address: 10.8.8.9, interface: eth1 }]
`;
/** Of each of two interfaces something, and something different. */
const BOTH = `version: 1
kind: pseudo-bridge
name: work
answer: listed
forwarding: interfaces
proxy_delay: 20ms
segments:
  - { interface: eth0, addresses: [192.168.0.1/24], hosts: [192.168.0.2, 192.168.0.3] }
  - { interface: eth1, hosts: [192.168.0.66] }
`;
const EDGE = `version: 1
kind: nat-proxy
name: work
outside: eth0
inside: eth1
nat: [{ public: 203.0.113.10, private: 10.0.0.10 }, { public: 203.0.113.9, source: 10.0.0.0/24 }]
`;

/** What others have on each interface, so that a value of one is seen on another. */
const FURNITURE = `ip address add 172.16.0.1/24 dev eth0
ip address add 10.77.0.1/24 dev eth2
ip route add 10.79.0.0/16 via 172.16.0.9 dev eth0 proto static
ip neigh add proxy 10.77.0.50 dev eth2
cd /proc/sys/net/ipv4
echo 2 > conf/eth0/arp_ignore; echo 2 > conf/eth0/rp_filter; echo 30 > neigh/eth0/proxy_delay; echo 1 > conf/eth2/forwarding; echo 7 > conf/eth1/medium_id`;

async function build(): Promise<Network> {
  const net = await buildNetwork(THREE_WIRES);
  await onRouter(net, FURNITURE);
  return net;
}

describe.skipIf(!CAN_BUILD)('interfaces change', () => {
  let net: Network;
  let bare: Snapshot;
  beforeAll(async () => {
    net = await build();
    bare = await net.snapshot('router');
  });
  afterEach(async ({ task }) => {
    // What one test left is no fault of the next.
    if (task.result?.state !== 'fail') return expectAs(net, bare, TALLY);
    await net.lab.destroy();
    net = await build();
    bare = await net.snapshot('router');
  });
  afterAll(async () => net.lab.destroy());

  const applyArgs = (text: string): string[] => ['apply', net.profile('work.yaml', text), ...QUIET];
  const apply = async (text: string): Promise<Ended> => net.parp('router', ['--json', ...applyArgs(text)]);

  async function run(...args: string[]): Promise<Record<string, unknown>> {
    const end = await net.parp('router', ['--json', ...args]);
    expect(end, end.stderr).toMatchObject({ exitCode: 0 });
    return end.json;
  }

  /** What the router is after lines of sh; \`back\` undoes them. */
  async function after(lines: string, back: string): Promise<Snapshot> {
    await onRouter(net, lines);
    const there = await net.snapshot('router');
    await onRouter(net, back);
    return there;
  }

  const met = new Map<string, readonly string[]>();

  /** The failpoints at which a run of this profile can be met: before the first operation, behind each, behind all, and behind the verification. */
  async function meetings(text: string): Promise<readonly string[]> {
    const known = met.get(text);
    if (known !== undefined) return known;
    const points = await pointsOf(net, applyArgs(text));
    expect(await faulty(net, ['rollback'])).toMatchObject({ exitCode: 0 });
    const list = [
      'journal.opened',
      ...points.filter((name) => name.startsWith('operation.written')),
      'execute.written',
      'execute.verified',
    ];
    met.set(text, list);
    return list;
  }

  /** Every one of a list in the long run, each third from the last in the short one. */
  const some = <T>(list: readonly T[]): T[] => list.filter((_, at) => LONG || (list.length - 1 - at) % 3 === 0);

  describe('one goes, and another comes under its name', () => {
    const ORIGINAL = { index: 103, peer: 104 };
    const OTHER = { index: 301, peer: 302 };

    /** Puts another interface in the place of eth1. */
    const replacing1 = ({ index, peer }: typeof ORIGINAL): string =>
      `ip link del eth1; ip link add eth1 index ${index} type veth peer name w1 index ${peer} netns ${net.lab.name('wire')}
ip -n ${net.lab.name('wire')} link set w1 up; ip link set eth1 up`;
    /** As the network was built, with the one value that others had given it. */
    const restored = (): string => `${replacing1(ORIGINAL)}; echo 7 > /proc/sys/net/ipv4/conf/eth1/medium_id`;

    /** What somebody makes of the new one: the very values of the profile, which an undo by name would take for parp's. */
    const BY_HAND = `cd /proc/sys/net/ipv4; echo 4 > neigh/eth1/proxy_delay; echo 128 > neigh/eth1/proxy_qlen
echo 1 > conf/eth1/arp_ignore; echo 1 > conf/eth1/proxy_arp
ip address add 192.168.7.1/24 dev eth1; ip route add 10.8.8.8 dev eth1 src 192.168.7.1 proto static`;
    const CASES = [
      { given: 'nothing', before: ':', hand: ':', back: ':' },
      { given: 'the same values, by hand', before: ':', hand: BY_HAND, back: ':' },
      {
        given: 'the same values, by conf/default',
        before: 'cd /proc/sys/net/ipv4/conf/default; echo 1 > arp_ignore; echo 1 > proxy_arp',
        hand: ':',
        back: 'cd /proc/sys/net/ipv4/conf/default; echo 0 > arp_ignore; echo 0 > proxy_arp',
      },
    ];

    eachOfSweep(CASES)(
      '#60 with $given: remove, rollback and recover write nothing to it, and give back the rest',
      async ({ before, hand, back }) => {
        const change = (): string => `(${before}); ${replacing1(OTHER)}; (${hand})`;
        const theirs = await after(change(), `(${back}); ${restored()}`);
        await expectAs(net, bare, TALLY);
        for (const way of [['remove', 'work'], ['rollback']]) {
          expect(await apply(WORK)).toMatchObject({ exitCode: 0 });
          await onRouter(net, change());
          await run(...way);
          await expectAs(net, theirs, TALLY);
          expect(held(net)).toEqual({ profiles: [], open: false });
          await onRouter(net, `(${back}); ${restored()}`);
        }
        for (const at of some((await meetings(WORK)).slice(0, -1)).slice(LONG || hand !== ':' ? 0 : -1)) {
          const killed = await withFault(net, applyArgs(WORK), { at, act: 'kill' });
          expect(killed.signal ?? killed.exitCode).toBe('SIGKILL');
          await onRouter(net, change());
          await run('recover');
          await expectAs(net, theirs, TALLY);
          await onRouter(net, `(${back}); ${restored()}`);
        }
      },
    );

    it('#60 what the profile wants of it drifts; apply heals it, and then remove gives back what the new one had', async () => {
      const hand = 'cd /proc/sys/net/ipv4; echo 2 > conf/eth1/arp_ignore; echo 60 > neigh/eth1/proxy_delay';
      const theirs = await after(`${replacing1(OTHER)}; ${hand}`, restored());
      expect(await apply(WORK)).toMatchObject({ exitCode: 0 });
      await onRouter(net, `${replacing1(OTHER)}; ${hand}`);
      const drift = await net.parp('router', ['--json', 'status', '--detailed-exitcode']);
      expect(drift).toMatchObject({ exitCode: 2 });
      expect(drift.stdout).toContain('net/ipv4/conf/eth1/proxy_arp');
      expect(await apply(WORK)).toMatchObject({ exitCode: 0 });
      expect((await net.parp('router', ['status', '--detailed-exitcode'])).exitCode).toBe(0);
      await run('remove', 'work');
      await expectAs(net, theirs, TALLY);
      await onRouter(net, restored());
    });
  });

  describe('one gets another name', () => {
    const there = renaming('eth1', 'lan9');
    const back = renaming('lan9', 'eth1');

    eachOfSweep([
      { kind: 'custom', text: WORK },
      { kind: 'pseudo-bridge', text: BOTH },
      { kind: 'nat-proxy', text: EDGE },
    ])('#61 in the middle of an apply ($kind): found by what it is, and all taken back (5)', async ({ text }) => {
      const renamed = await after(there, back);
      const points = await meetings(text);
      for (const at of some(points)) {
        const end = await withFault(net, ['--json', ...applyArgs(text)], { at, act: `run: ${there}` });
        if (at === 'execute.verified') {
          // Verified under the old name, in force under the new one.
          expect(end, end.stderr).toMatchObject({ exitCode: 0 });
          await run('remove', 'work');
        } else {
          expect(end, `${at}: ${end.stderr}`).toMatchObject({ exitCode: 5 });
          expect(documentOf(end)).toMatchObject({ left: [], refused: [] });
        }
        expect(held(net)).toEqual({ profiles: [], open: false });
        await expectAs(net, renamed, TALLY);
        await onRouter(net, back);
      }
    });

    it('#61 between the kill of an apply and its recovery: found by what it is', async () => {
      const renamed = await after(there, back);
      for (const at of some((await meetings(WORK)).slice(0, -1))) {
        await withFault(net, applyArgs(WORK), { at });
        await onRouter(net, there);
        expect(await run('recover')).toMatchObject({ recovered: 'apply work' });
        await expectAs(net, renamed, TALLY);
        await onRouter(net, back);
      }
    });

    eachOfSweep([
      { text: WORK, drift: [] },
      { text: BOTH, drift: [] },
      // The rules themselves go on speaking of the old name.
      { text: EDGE.replace('outside: eth0', 'outside: eth1').replace('inside: eth1', 'inside: eth2'), drift: ['nat'] },
    ])('#61 between apply and status, remove, rollback: no drift but of $drift, and all is given back', async ({ text, drift }) => {
      const renamed = await after(there, back);
      for (const way of [['remove', 'work'], ['rollback']]) {
        expect(await apply(text)).toMatchObject({ exitCode: 0 });
        await onRouter(net, there);
        const { profiles } = await run('status');
        expect(profiles).toMatchObject([{ drift: drift.map((kind) => ({ kind })) }]);
        await run(...way);
        await expectAs(net, renamed, TALLY);
        await onRouter(net, back);
      }
    });

    it('#61 in the middle of a rollback: recover goes on where it was stopped', async () => {
      const renamed = await after(there, back);
      expect(await apply(WORK)).toMatchObject({ exitCode: 0 });
      const points = (await pointsOf(net, ['rollback'])).filter((name) => name.startsWith('operation.written'));
      for (const at of some(['journal.marked.undoing', ...points, 'undo.written'])) {
        expect(await apply(WORK)).toMatchObject({ exitCode: 0 });
        const end = await withFault(net, ['--json', 'rollback'], { at, act: `run: ${there}` });
        expect([0, 6], end.stderr).toContain(end.exitCode);
        expect(held(net)).toEqual({ profiles: [], open: end.exitCode === 6 });
        if (end.exitCode === 6) await run('recover');
        await expectAs(net, renamed, TALLY);
        await onRouter(net, back);
      }
    });
  });

  describe('two change their names with each other', () => {
    const swap = swapping('eth0', 'eth1');
    // A gateway without its interface would be looked for where its network is before the apply.
    const ONE = WORK.replace('via: 192.168.7.9', 'via: 192.168.7.9, interface: eth1');
    const PROFILES = [
      { names: 'one of them', text: ONE },
      { names: 'both', text: BOTH },
      { names: 'both, and rules of nft', text: EDGE },
    ];

    eachOfSweep(PROFILES)(
      '#62 in the middle of an apply that names $names: no write reaches the other one, and all is taken back (5)',
      async ({ text }) => {
        const swapped = await after(swap, swap);
        for (const at of some(await meetings(text))) {
          const end = await withFault(net, ['--json', ...applyArgs(text)], { at, act: `run: ${swap}` });
          if (at === 'execute.verified') {
            expect(end, end.stderr).toMatchObject({ exitCode: 0 });
            await run('remove', 'work');
          } else {
            expect(end, `${at}: ${end.stderr}`).toMatchObject({ exitCode: 5 });
            expect(documentOf(end)).toMatchObject({ left: [], refused: [] });
          }
          expect(held(net)).toEqual({ profiles: [], open: false });
          await expectAs(net, swapped, TALLY);
          await onRouter(net, swap);
        }
      },
    );

    it('#62 while the wire is asked: refused (4), and nothing is written', async () => {
      const swapped = await after(swap, swap);
      const journal = journalText(net);
      // By what it says, the plan is the same for the other one.
      const text = 'version: 1\nkind: custom\nname: work\naddresses: [{ address: 192.168.7.1/24, interface: eth1 }]\n';
      const child = startParp(net, 'apply', net.profile('work.yaml', text), '--no-announce');
      await asking(child);
      child.kill('SIGSTOP');
      await onRouter(net, swap);
      child.kill('SIGCONT');
      const end = await child.end;
      expect(end, end.stderr).toMatchObject({ exitCode: 4 });
      expect(journalText(net) === journal).toBe(true);
      await expectAs(net, swapped, TALLY);
      await onRouter(net, swap);
    });

    eachOfSweep(PROFILES)('#62 between the kill of an apply that names $names and its recovery', async ({ text }) => {
      const swapped = await after(swap, swap);
      for (const at of some((await meetings(text)).slice(0, -1))) {
        await withFault(net, applyArgs(text), { at });
        await onRouter(net, swap);
        expect(await run('recover')).toMatchObject({ recovered: 'apply work' });
        await expectAs(net, swapped, TALLY);
        await onRouter(net, swap);
      }
    });

    eachOfSweep(PROFILES)('#62 between apply of a profile that names $names and remove, rollback, another apply', async ({ text }) => {
      const swapped = await after(swap, swap);
      for (const way of [['remove', 'work'], ['rollback']]) {
        expect(await apply(text)).toMatchObject({ exitCode: 0 });
        await onRouter(net, swap);
        await run(...way);
        await expectAs(net, swapped, TALLY);
        await onRouter(net, swap);
      }
      expect(await apply(text)).toMatchObject({ exitCode: 0 });
      await onRouter(net, swap);
      // By the names of now, whatever was in force before.
      expect(await apply(text)).toMatchObject({ exitCode: 0 });
      expect((await net.parp('router', ['status', '--detailed-exitcode'])).exitCode).toBe(0);
      const again = await net.snapshot('router');
      await run('remove', 'work');
      await expectAs(net, swapped, TALLY);
      expect(await apply(text)).toMatchObject({ exitCode: 0 });
      await expectAs(net, again, TALLY);
      await run('remove', 'work');
      await onRouter(net, swap);
    });

    it('#62 in the middle of a rollback: no write reaches the other one, and recover goes on', async () => {
      const swapped = await after(swap, swap);
      expect(await apply(BOTH)).toMatchObject({ exitCode: 0 });
      const points = (await pointsOf(net, ['rollback'])).filter((name) => name.startsWith('operation.written'));
      for (const at of some(['journal.marked.undoing', ...points, 'undo.written'])) {
        expect(await apply(BOTH)).toMatchObject({ exitCode: 0 });
        const end = await withFault(net, ['--json', 'rollback'], { at, act: `run: ${swap}` });
        expect([0, 6], end.stderr).toContain(end.exitCode);
        if (end.exitCode === 6) await run('recover');
        expect(held(net)).toEqual({ profiles: [], open: false });
        await expectAs(net, swapped, TALLY);
        await onRouter(net, swap);
      }
    });

    /** Around one call of ip, and not before or behind it: what reads and what writes there must mean the right one all the same. */
    const around = `${swap}; REAL "$@"; end=$?; ${swap}; exit $end`.replaceAll('ip link', 'REAL link');
    const before = `${swap}; exec REAL "$@"`.replaceAll('ip link', 'REAL link');
    const behind = `REAL "$@"; end=$?; ${swap}; exit $end`.replaceAll('ip link', 'REAL link');

    it('#62 for the time of each call of ip that writes: it is in force on the right one', async () => {
      expect(await apply(BOTH)).toMatchObject({ exitCode: 0 });
      const applied = await net.snapshot('router');
      await run('remove', 'work');
      const replaced = { program: 'ip', among: '-4\\ -json\\ -batch*' } as const;
      for (const at of [1, 2]) {
        const script = `: > ${net.lab.folder}/reached; ${around}`;
        const end = await net.run('router', [
          ...replacing(net, { ...replaced, does: script, at }),
          ...PARP,
          '--engine',
          'iproute2',
          '--json',
          ...applyArgs(BOTH),
        ]);
        expect(end, end.stderr).toMatchObject({ exitCode: 0 });
        expect(await net.run('router', ['rm', `${net.lab.folder}/reached`])).toMatchObject({ exitCode: 0 });
        expect(differences(withoutLabels(applied), withoutLabels(await net.snapshot('router')))).toEqual([]);
        await run('remove', 'work');
        await expectAs(net, bare, TALLY);
      }
    });

    eachOfSweep([
      { how: 'for the time of one call of ip', does: around, stays: false, start: 1 },
      { how: 'right before one call of ip', does: before, stays: true, start: 2 },
      { how: 'right behind one call of ip', does: behind, stays: true, start: 3 },
    ])('#62 $how, whichever: no write reaches the other one', async ({ does, stays, start }) => {
      expect(await apply(BOTH)).toMatchObject({ exitCode: 0 });
      const applied = await net.snapshot('router');
      await run('remove', 'work');
      const swapped = await after(swap, swap);
      // Where the names were changed before the plan was made, it is made for them as they are.
      await onRouter(net, swap);
      expect(await apply(BOTH)).toMatchObject({ exitCode: 0 });
      const applyBehind = await net.snapshot('router');
      await run('remove', 'work');
      await onRouter(net, swap);
      // What an address's label is behind a renaming is the kernel's own affair (inetdev_changename).
      const differing = (wanted: Snapshot, now: Snapshot): string[] => differences(withoutLabels(wanted), withoutLabels(now));
      let calls = 0;
      for (let at = LONG ? 1 : start; ; at += LONG ? 1 : 3) {
        const script = `: > ${net.lab.folder}/reached; ${does}`;
        const end = await net.run('router', [
          ...replacing(net, { program: 'ip', does: script, at }),
          ...PARP,
          '--engine',
          'iproute2',
          '--json',
          ...applyArgs(BOTH),
        ]);
        const { exitCode: reached } = await net.run('router', ['rm', `${net.lab.folder}/reached`]);
        const now = await net.snapshot('router');
        const names = reached === 0 && stays ? 'swapped' : 'as before';
        expect([0, 4, 5], end.stderr).toContain(end.exitCode);
        if (end.exitCode === 0 && names === 'swapped') {
          // Either it is in force on what bears the names now, or the names were changed behind it all.
          const [one, other] = [differing(applyBehind, now), differing(applied, now)];
          const followed = one.length > 0;
          if (followed) await onRouter(net, swap);
          const found = followed ? differing(applied, await net.snapshot('router')) : one;
          if (followed) await onRouter(net, swap);
          expect({ at, found, other: other.length > 0 }).toEqual({ at, found: [], other: true });
        } else {
          expect({ at, found: differing(end.exitCode === 0 ? applied : names === 'swapped' ? swapped : bare, now) }).toEqual({
            at,
            found: [],
          });
        }
        if (end.exitCode === 0) await run('remove', 'work');
        await expectAs(net, names === 'swapped' ? swapped : bare, TALLY);
        if (names === 'swapped') await onRouter(net, swap);
        if (reached !== 0) break;
        calls++;
        // Reads at the same time as that call can see it.
        if (!stays && end.exitCode !== 0) expect(end.stderr, `call ${at}`).toContain('renamed, replaced or deleted meanwhile');
      }
      expect(calls).toBeGreaterThan(LONG ? 6 : 2);
    });
  });

  describe('one loses what it had', () => {
    it('#64 its carrier, 1,000 times: no drift, and nothing to be written', async () => {
      expect(await apply(WORK)).toMatchObject({ exitCode: 0 });
      const applied = await net.snapshot('router');
      const journal = journalText(net);
      await net.ip('wire', ...Array.from({ length: 1000 }, () => ['link set w1 down', 'link set w1 up']).flat(), 'link set w1 down');
      const readOnly = [
        'unshare',
        '--mount',
        'sh',
        '-ec',
        'mount --bind /proc/sys /proc/sys; mount -o remount,bind,ro /proc/sys; exec "$@"',
        'sh',
      ];
      for (const carrier of ['down', 'up']) {
        await net.ip('wire', `link set w1 ${carrier}`);
        const status = await net.parp('router', ['--json', 'status', '--detailed-exitcode']);
        expect(status, status.stdout).toMatchObject({ exitCode: 0 });
        const again = await net.run('router', [...readOnly, ...PARP, '--json', ...applyArgs(WORK)]);
        expect(again, again.stderr).toMatchObject({ exitCode: 0 });
        expect(documentOf(again)).toMatchObject({ outcome: 'nothing-to-do', operations: [] });
      }
      expect(journalText(net) === journal, 'nothing is recorded anew').toBe(true);
      await carrierOf(net, 'eth1');
      await expectAs(net, applied, TALLY);
      await run('remove', 'work');
    });

    eachOfSweep([
      { what: 'its last address', lose: 'ip address del 192.168.7.1/24 dev eth1', back: ':' },
      {
        what: 'its last address, which comes back',
        lose: 'ip address del 192.168.7.1/24 dev eth1',
        back: 'ip address add 192.168.7.1/24 dev eth1',
      },
      { what: 'all its addresses', lose: 'ip address flush dev eth1', back: ':' },
      { what: 'its being up', lose: 'ip link set eth1 down', back: 'ip link set eth1 up' },
    ])('#65 $what: the drift is shown, apply heals it, and remove gives everything back', async ({ lose, back }) => {
      expect(await apply(WORK)).toMatchObject({ exitCode: 0 });
      const applied = await net.snapshot('router');
      await onRouter(net, `${lose}; ${back}`);
      const drift = await net.parp('router', ['--json', 'status', '--detailed-exitcode']);
      expect(drift).toMatchObject({ exitCode: 2 });
      const lost = ['10.9.0.0/16', '10.8.8.8/32'].map((to) => ({ kind: 'route', subject: { to } }));
      expect(drift.json).toMatchObject({
        profiles: [
          {
            drift: expect.arrayContaining(
              lost.map((one) => expect.objectContaining({ kind: one.kind, subject: expect.objectContaining(one.subject) })),
            ),
          },
        ],
      });
      expect(await apply(WORK)).toMatchObject({ exitCode: 0 });
      await expectAs(net, applied, TALLY);
      await run('remove', 'work');
      await expectAs(net, bare, TALLY);
    });

    eachOfSweep([['remove', 'work'], ['rollback']])('#65 and is given up like that: %s gives back what is left', async (...way) => {
      for (const lose of ['ip address del 192.168.7.1/24 dev eth1', 'ip link set eth1 down; ip link set eth1 up']) {
        expect(await apply(WORK)).toMatchObject({ exitCode: 0 });
        await onRouter(net, lose);
        await run(...way);
        await expectAs(net, bare, TALLY);
      }
    });

    it('#67 its namespace: its claims are dropped, the others kept and given back; when it comes back, apply puts it in force again', async () => {
      const wire = net.lab.name('wire');
      const away = `ip link set eth1 netns ${wire}`;
      const home = `ip -n ${wire} link set eth1 netns ${net.lab.name('router')}; ip link set eth1 up; echo 7 > /proc/sys/net/ipv4/conf/eth1/medium_id`;
      const without = await after(away, home);
      await expectAs(net, bare, TALLY);
      for (const way of [['remove', 'work'], ['rollback']]) {
        expect(await apply(WORK)).toMatchObject({ exitCode: 0 });
        await onRouter(net, away);
        const drift = await net.parp('router', ['--json', 'status', '--detailed-exitcode']);
        expect(drift).toMatchObject({ exitCode: 2 });
        expect(await net.sysctl('router', 'net/ipv4/ip_forward'), 'the others are kept').toBe('1');
        await run(...way);
        await expectAs(net, without, TALLY);
        expect(held(net)).toEqual({ profiles: [], open: false });
        await onRouter(net, home);
        await expectAs(net, bare, TALLY);
      }
      expect(await apply(WORK)).toMatchObject({ exitCode: 0 });
      const applied = await net.snapshot('router');
      await onRouter(net, `${away}; ${home}`);
      expect(await apply(WORK)).toMatchObject({ exitCode: 0 });
      await expectAs(net, applied, TALLY);
      await run('remove', 'work');
    });
  });
});

function withoutLabels(snapshot: Snapshot): Snapshot {
  const plain: Snapshot = JSON.parse(JSON.stringify(snapshot, (key, value: unknown) => (key === 'label' ? undefined : value)));
  return plain;
}

/** Waits until an interface of the router has carrier: linkwatch can be late. */
async function carrierOf(net: Network, link: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const [entry] = await net.ipJson('router', 'link', 'show', link);
    if (entry?.['operstate'] === 'UP') return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe.skipIf(!CAN_BUILD)('interfaces come one by one', () => {
  const LINKS = ['in0', 'in1', 'in2', 'in3'] as const;
  const PROFILES: Readonly<Record<(typeof LINKS)[number], string>> = {
    in0: `kind: custom
name: in0
forwarding: global
sysctl: { net/ipv4/conf/in0/arp_ignore: 1, net/ipv4/conf/all/arp_announce: 2 }
addresses: [{ address: 192.168.10.1/24, interface: in0 }]
routes: [{ to: 10.10.0.0/16, via: 192.168.10.9 }]`,
    in1: `kind: private-vlan
name: in1
interfaces: [in1]
addresses: [192.168.11.1/24]`,
    in2: `kind: nat-proxy
name: in2
outside: in2
inside: eth0
nat: [{ public: 203.0.113.10, private: 10.0.0.10 }]`,
    in3: `kind: custom
name: in3
sysctl: { net/ipv4/ip_forward: 1, net/ipv4/conf/in3/proxy_arp: 1, net/ipv4/neigh/in3/proxy_delay: 20ms }
routes: [{ to: 10.13.0.0/16, interface: in3 }]
proxies: [{ address: 10.10.0.5, interface: in3 }]`,
  };

  /** Lines of sh with which an interface comes, always with the same number. */
  function coming(net: Network, link: (typeof LINKS)[number]): string {
    const [wire, index] = [net.lab.name('wire'), 400 + LINKS.indexOf(link) * 2];
    return `ip link add ${link} index ${index} type veth peer name p${link} index ${index + 1} netns ${wire}
ip -n ${wire} link set p${link} up; ip link set ${link} up`;
  }

  /** A reproducible shuffle (xorshift32): which orders the short run takes. */
  function shuffled<T>(list: readonly T[], seed: number): T[] {
    let state = seed >>> 0 || 1;
    const rest = [...list];
    return list.map(() => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return rest.splice((state >>> 0) % rest.length, 1)[0] as T;
    });
  }

  function permutations<T>(list: readonly T[]): T[][] {
    if (list.length < 2) return [[...list]];
    return list.flatMap((first, at) => permutations(list.filter((_, other) => other !== at)).map((rest) => [first, ...rest]));
  }

  it(`#66 ${LONG ? 'in every' : 'in six'} order of four, each profile applied when its interface is there: the same at the end, and the same behind remove`, async () => {
    const orders = permutations(LINKS);
    const net = await buildNetwork(THREE_WIRES);
    onTestFinished(async () => net.lab.destroy());
    for (const link of LINKS) await onRouter(net, coming(net, link));
    for (const link of LINKS) await carrierOf(net, link);
    const before = await net.snapshot('router');
    let expected: Snapshot | undefined;
    for (const order of LONG ? orders : shuffled(orders, SEED).slice(0, 6)) {
      for (const link of LINKS) await net.ip('router', `link del ${link}`);
      for (const link of order) {
        const file = net.profile(`${link}.yaml`, `version: 1\n${PROFILES[link]}\n`);
        if (LONG || expected === undefined) {
          const early = await net.parp('router', ['--json', 'apply', file, ...QUIET]);
          expect(early, early.stderr).toMatchObject({ exitCode: 4 });
        }
        await onRouter(net, coming(net, link));
        await carrierOf(net, link);
        const applied = await net.parp('router', ['apply', file, ...QUIET]);
        expect(applied, applied.stderr).toMatchObject({ exitCode: 0 });
      }
      expected ??= await net.snapshot('router');
      await expectAs(net, expected, TALLY);
      expect((await net.parp('router', ['status', '--detailed-exitcode'])).exitCode).toBe(0);
      expect(await net.parp('router', ['remove', '--all'])).toMatchObject({ exitCode: 0 });
      await expectAs(net, before, TALLY);
    }
  });
});

describe.skipIf(!CAN_BUILD)('many interfaces', () => {
  const [PAIRS, ROUTES] = LONG ? [500, 10_000] : [100, 2_000];
  const route = (i: number): string => `10.${20 + (i >> 14)}.${(i >> 6) & 255}.${(i & 63) * 4}`;
  const MANY = `version: 1
kind: private-vlan
name: guests
interfaces: ['v*']
---
version: 1
kind: custom
name: routes
routes:
${Array.from({ length: ROUTES }, (_, i) => `  - { to: ${route(i)}/30, interface: v${i % PAIRS} }\n`).join('')}`;

  it(`#68 ${PAIRS * 2} interfaces and ${ROUTES} routes: planned, applied, in force, taken back, and taken back from a failure at the end`, async () => {
    const net = await buildNetwork(THREE_WIRES);
    onTestFinished(async () => net.lab.destroy());
    await net.ip(
      'router',
      ...Array.from({ length: PAIRS }, (_, i) => [
        `link add v${i} type veth peer name u${i}`,
        `link set u${i} up`,
        `link set v${i} up`,
      ]).flat(),
    );
    const before = await net.snapshot('router');
    const file = net.profile('many.yaml', MANY);
    const times: string[] = [];
    const timed = async (what: string, argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> => {
      const start = performance.now();
      const end = await net.run('router', argv, { env, timeoutMs: 300_000 });
      times.push(`${what} ${((performance.now() - start) / 1000).toFixed(1)} s`);
      return end;
    };
    const parp = async (what: string, ...args: string[]): Promise<void> => {
      const end = await timed(what, [...PARP, '-q', ...args]);
      expect(end, end.stderr).toMatchObject({ exitCode: 0 });
    };
    await parp('plan', 'plan', file);
    await parp('apply', 'apply', file, ...QUIET);
    expect(differences(before, await net.snapshot('router')).length).toBeGreaterThan(ROUTES + PAIRS * 2);
    await parp('status', 'status', '--detailed-exitcode');
    await parp('apply again', 'apply', file, ...QUIET);
    await parp('rollback', 'rollback');
    await expectAs(net, before, TALLY);
    // The last of the switches vanishes with its interface, behind everything else.
    const failed = await timed(
      'failed apply',
      [...FAULTY, '-q', 'apply', file, ...QUIET],
      faultEnv({ at: 'execute.written', act: 'run: ip route del 10.20.0.0/30' }),
    );
    expect(failed, failed.stderr).toMatchObject({ exitCode: 5 });
    await expectAs(net, before, TALLY);
    console.log(`${PAIRS * 2} interfaces, ${ROUTES} routes: ${times.join(', ')}`);
  });
});
