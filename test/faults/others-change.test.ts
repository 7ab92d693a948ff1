// The story: parp is not alone on the router. Between apply and remove or rollback, and in the middle of an apply, somebody else sets a switch
// to a value of his own or back to what it was, lays his own route where parp's was, tags a proxy neighbour anew, flushes the ruleset, or writes
// into parp's table. What is his is left, and said; everything else is given back; what is there already needs no write. What he had before
// parp came is never claimed. The judge is the router's whole configuration: what parp leaves differs from the router before it only in what he did.
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Ended } from '../../src/lab/child-process.ts';
import { differences, type Snapshot } from '../../src/lab/snapshot.ts';
import { buildFurnished } from '../support/furnished.ts';
import { documentOf, expectAs, held, journalText } from '../support/judging.ts';
import { withFault } from '../support/kill-points.ts';
import { CAN_BUILD, PARP, type Network } from '../support/namespaces.ts';
import { inMounts, OWN_PROC_SYS, READ_ONLY_PROC_SYS } from '../support/replaced-programs.ts';
import { QUIET } from '../support/stopping.ts';
import { LONG } from '../support/tally.ts';
import { eachOfSweep } from '../support/sampled.ts';

// The long run tries much more in one test.
if (LONG) vi.setConfig({ testTimeout: 900_000 });

/** Of every kind but nat. What hangs on an address of eth1 would stay with what others lay there: theirs lead over eth0. */
const WORK = `version: 1
kind: custom
name: work
forwarding: global
sysctl:
  net/ipv4/neigh/eth1/proxy_delay: 40ms
  net/ipv4/neigh/eth1/proxy_qlen: 128
  net/ipv4/conf/eth1/arp_ignore: 1
  net/ipv4/conf/default/rp_filter: 2
  net/ipv4/conf/eth1/proxy_arp: 1
addresses: [{ address: 192.168.7.1/24, interface: eth1 }]
routes:
  - { to: 10.9.0.0/16, via: 192.168.7.9 }
  - { to: 10.8.8.8/32, interface: eth1, source: 192.168.7.1 }
  - { to: 10.6.6.6/32, type: local, interface: lo }
proxies: [{ address: 10.8.8.9, interface: eth0 }]
`;
const EDGE = `version: 1
kind: nat-proxy
name: edge
outside: eth0
inside: eth1
nat: [{ public: 203.0.113.10, private: 10.0.0.10 }, { public: 203.0.113.9, source: 10.0.0.0/24 }]
`;
const TALLY = 'changes of others';

describe.skipIf(!CAN_BUILD)('others change', () => {
  let net: Network;
  let bare: Snapshot;
  beforeAll(async () => {
    net = await buildFurnished();
    bare = await net.snapshot('router');
  });
  afterEach(async ({ task }) => {
    // What one test left is no fault of the next.
    if (task.result?.state !== 'fail') return expectAs(net, bare, TALLY);
    await net.lab.destroy();
    net = await buildFurnished();
    bare = await net.snapshot('router');
  });
  afterAll(async () => net.lab.destroy());

  const file = (text: string): string => net.profile(`${/name: (.*)/.exec(text)?.[1]}.yaml`, text);
  const applyArgs = (...texts: string[]): string[] => ['--json', 'apply', ...texts.map(file), ...QUIET];

  async function parp(...args: string[]): Promise<Record<string, unknown>> {
    const end = await net.parp('router', ['--json', ...args]);
    expect(end, end.stderr).toMatchObject({ exitCode: 0 });
    return end.json;
  }

  const apply = async (...texts: string[]): Promise<unknown> => parp(...applyArgs(...texts).slice(1));
  const nft = async (words: string): Promise<Ended> => net.run('router', ['nft', words]);
  const read = async (path: string): Promise<string | null> => net.sysctl('router', path);
  const write = async (path: string, value: string): Promise<void> => net.setSysctl('router', path, value);

  /** Both ways of giving up what the last apply did. */
  const WAYS = [['remove', 'work'], ['rollback']] as const;
  /** Both in the long run, one of them, in turns, in the short one. */
  const inTurns = (at: number): readonly (readonly string[])[] => WAYS.filter((_, way) => LONG || way === at % 2);

  /** What of the router differs from before all, without the values. */
  async function differing(): Promise<string[]> {
    return differences(bare, await net.snapshot('router')).map((line) => line.split(': ')[0] ?? '');
  }

  /** The subjects that were left, of what `remove`, `rollback` or a failed apply says. */
  function leftIn(document: Record<string, unknown>): unknown[] {
    const left: unknown = document['left'];
    if (!Array.isArray(left)) return [];
    // A rollback says them as what they are, a plan as what they concern.
    return left.map(({ subject }: { subject: string | { subject?: unknown } }) =>
      typeof subject === 'object' && subject.subject ? subject.subject : subject,
    );
  }

  const SWITCHES = [
    { path: 'net/ipv4/neigh/eth1/proxy_delay', third: '60' },
    { path: 'net/ipv4/neigh/eth1/proxy_qlen', third: '7' },
    { path: 'net/ipv4/conf/lo/forwarding', third: '2' },
    { path: 'net/ipv4/conf/all/accept_redirects', third: '5' },
    { path: 'net/ipv4/conf/eth1/arp_ignore', third: '8' },
    { path: 'net/ipv4/conf/default/rp_filter', third: '1' },
    { path: 'net/ipv4/conf/eth1/proxy_arp', third: '-1' },
  ] as const;

  describe('a switch', () => {
    eachOfSweep(SWITCHES.map((one, at) => ({ ...one, ways: inTurns(at) })))(
      '#47 is set to a third value ($path): left, and said, by remove and rollback; the rest is given back',
      async ({ path, third, ways }) => {
        const prior = (await read(path)) ?? '';
        for (const way of ways) {
          await apply(WORK);
          await write(path, third);
          const document = await parp(...way);
          expect(leftIn(document)).toEqual([path]);
          expect(await read(path)).toBe(third);
          expect(await differing()).toEqual([path]);
          expect(held(net)).toEqual({ profiles: [], open: false });
          await write(path, prior);
        }
      },
    );

    eachOfSweep(SWITCHES.slice(LONG ? 0 : 4))(
      '#47 is set to a third value before parp verifies ($path): 5, and left',
      async ({ path, third }) => {
        const prior = (await read(path)) ?? '';
        const end = await withFault(net, applyArgs(WORK), { at: 'execute.written', act: `run: echo ${third} > /proc/sys/${path}` });
        // What is no wish of the profile but an effect of ip_forward is not verified.
        if (path.endsWith('redirects')) {
          expect(end, end.stderr).toMatchObject({ exitCode: 0 });
          await parp('rollback');
        } else {
          expect(end, end.stderr).toMatchObject({ exitCode: 5 });
          expect(leftIn(documentOf(end))).toEqual([path]);
        }
        expect(await differing()).toEqual([path]);
        await write(path, prior);
      },
    );

    it('#47 ip_forward itself is set to a third value, and every switch that it rewrites with it', async () => {
      for (const way of WAYS) {
        await apply(WORK);
        const before = await net.snapshot('router');
        await write('net/ipv4/ip_forward', '2');
        const theirs = differences(before, await net.snapshot('router')).map((line) => line.split(': ')[0] ?? '');
        // Another name of ip_forward, and a switch that is as it was before and never was parp's.
        const unclaimed = ['net/ipv4/conf/all/forwarding', 'net/ipv4/conf/eth2/forwarding'];
        expect(theirs).toEqual(expect.arrayContaining(unclaimed));
        expect(new Set(leftIn(await parp(...way)))).toEqual(new Set(theirs.filter((path) => !unclaimed.includes(path))));
        expect(new Set(await differing())).toEqual(new Set(theirs));
        await write('net/ipv4/ip_forward', '0');
        await write('net/ipv4/conf/eth2/forwarding', '1');
      }
    });

    eachOfSweep(WAYS.map((way) => ({ way })))('#48 all of them are set back by somebody else: $way writes none', async ({ way }) => {
      await apply(WORK);
      await write('net/ipv4/ip_forward', '0');
      await write('net/ipv4/conf/eth2/forwarding', '1');
      for (const { path } of SWITCHES) await write(path, bare.sysctls[path] ?? '');
      // Where /proc/sys is read-only, a single write to it would be refused.
      const end = await net.run('router', [...inMounts(OWN_PROC_SYS, READ_ONLY_PROC_SYS), ...PARP, '--json', ...way]);
      expect(end, end.stderr).toMatchObject({ exitCode: 0 });
      const { operations, left } = documentOf(end);
      expect(operations).not.toContainEqual(expect.objectContaining({ kind: 'sysctl' }));
      expect(left).toEqual([]);
    });

    it('#48 one is set back before parp verifies: 5, and everything else is taken back', async () => {
      for (const { path } of SWITCHES.filter((one) => one.path.includes('eth1'))) {
        const end = await withFault(net, applyArgs(WORK), {
          at: 'execute.written',
          act: `run: echo ${bare.sysctls[path]} > /proc/sys/${path}`,
        });
        expect(end, end.stderr).toMatchObject({ exitCode: 5 });
        expect(documentOf(end)).toMatchObject({ left: [], refused: [] });
        await expectAs(net, bare, TALLY);
      }
    });
  });

  describe('a route', () => {
    const ROUTES = [
      { to: '10.9.0.0/16', line: 'route replace 10.9.0.0/16 dev eth0 proto static', gone: 'route del 10.9.0.0/16 proto static' },
      { to: '10.8.8.8/32', line: 'route replace 10.8.8.8/32 via 172.16.0.9 proto 55', gone: 'route del 10.8.8.8/32 proto 55' },
      { to: '10.8.8.8/32', line: 'route replace blackhole 10.8.8.8/32', gone: 'route del blackhole 10.8.8.8/32' },
      // Not even the protocol tells this one; where it leads does.
      { to: '10.8.8.8/32', line: 'route replace 10.8.8.8/32 dev eth0 proto 97', gone: 'route del 10.8.8.8/32 dev eth0' },
      {
        to: '10.6.6.6/32',
        line: 'route replace local 10.6.6.6/32 dev eth0 proto static',
        gone: 'route del local 10.6.6.6/32 dev eth0 proto static',
      },
    ];

    eachOfSweep(ROUTES.map((one, at) => ({ ...one, ways: inTurns(at) })))(
      '#49 is replaced by another ($line): left, and said, by remove and rollback',
      async ({ to, line, gone, ways }) => {
        for (const way of ways) {
          await apply(WORK);
          await net.ip('router', line);
          const document = await parp(...way);
          expect(leftIn(document)).toEqual([expect.objectContaining({ to })]);
          // Throws where it is no longer there.
          await net.ip('router', gone);
          await expectAs(net, bare, TALLY);
        }
      },
    );

    eachOfSweep(ROUTES)('#49 is replaced before parp verifies ($line): 5, and left', async ({ to, line, gone }) => {
      const end = await withFault(net, applyArgs(WORK), { at: 'execute.written', act: `run: ip ${line}` });
      expect(end, end.stderr).toMatchObject({ exitCode: 5 });
      expect(leftIn(documentOf(end))).toEqual([expect.objectContaining({ to })]);
      await net.ip('router', gone);
    });

    it('#49 gets another beside it, of another metric: theirs stays, ours goes', async () => {
      for (const way of WAYS) {
        await apply(WORK);
        await net.ip('router', 'route add 10.8.8.8/32 dev eth0 metric 5 proto static', 'route append 10.9.0.0/16 dev eth0 proto static');
        expect(leftIn(await parp(...way))).toEqual([]);
        await net.ip('router', 'route del 10.8.8.8/32 dev eth0 metric 5 proto static', 'route del 10.9.0.0/16 dev eth0 proto static');
        await expectAs(net, bare, TALLY);
      }
    });
  });

  describe('a proxy neighbour', () => {
    eachOfSweep([{ tag: '' }, { tag: ' protocol static' }, { tag: ' protocol 55' }])(
      '#50 was there before (tag "$tag"): not claimed, its tag unchanged, it survives',
      async ({ tag }) => {
        await net.ip('router', `neigh add proxy 10.8.8.9 dev eth0${tag}`);
        const before = await net.snapshot('router');
        for (const way of WAYS) {
          await apply(WORK);
          expect((await net.snapshot('router')).proxies).toEqual(before.proxies);
          expect(leftIn(await parp(...way))).toEqual([]);
          await expectAs(net, before, TALLY);
        }
        await net.ip('router', 'neigh del proxy 10.8.8.9 dev eth0');
      },
    );

    it('#51 is tagged anew by somebody else: left, and said, by remove and rollback', async () => {
      for (const way of WAYS) {
        await apply(WORK);
        await net.ip('router', 'neigh add proxy 10.8.8.9 dev eth0 protocol 55');
        expect(leftIn(await parp(...way))).toEqual([{ address: '10.8.8.9', interface: 'eth0' }]);
        expect(await differing()).toEqual(['proxies']);
        await net.ip('router', 'neigh del proxy 10.8.8.9 dev eth0');
      }
    });

    it('#51 is tagged anew before parp verifies: it is in force, and remove leaves it', async () => {
      const end = await withFault(net, applyArgs(WORK), {
        at: 'execute.written',
        act: 'run: ip neigh add proxy 10.8.8.9 dev eth0 protocol 55',
      });
      expect(end, end.stderr).toMatchObject({ exitCode: 0 });
      expect(leftIn(await parp('remove', 'work'))).toEqual([{ address: '10.8.8.9', interface: 'eth0' }]);
      await net.ip('router', 'neigh del proxy 10.8.8.9 dev eth0');
    });
  });

  describe('the ruleset', () => {
    const OTHERS = 'table ip others { chain input { type filter hook input priority 5; tcp dport 9 counter drop; }; }';
    const restore = async (): Promise<void> => void (await nft(OTHERS));
    const drift = async (): Promise<unknown> => {
      const end = await net.parp('router', ['--json', 'status', '--detailed-exitcode']);
      expect(end.exitCode).toBe(2);
      return end.json;
    };

    it('#52 is flushed before parp verifies: 5, and everything else is taken back', async () => {
      const end = await withFault(net, applyArgs(EDGE), { at: 'execute.written', act: 'run: nft flush ruleset' });
      expect(end, end.stderr).toMatchObject({ exitCode: 5 });
      expect(documentOf(end)).toMatchObject({ error: 'The kernel does not show what was written: nat parp_edge', left: [], refused: [] });
      expect(await differing(), 'theirs, whose doing it is').toEqual(['nftables', 'nftables', 'nftables']);
      await restore();
    });

    it('#52 is flushed while the profile is in force: drift; apply heals it, remove and rollback have nothing more to do', async () => {
      await apply(EDGE);
      const applied = await net.snapshot('router');
      await nft('flush ruleset');
      expect(await drift()).toMatchObject({ profiles: [{ drift: [{ kind: 'nat', subject: 'parp_edge', found: null }] }] });
      await restore();
      await apply(EDGE);
      expect(differences(applied, await net.snapshot('router'))).toEqual([]);
      await nft('flush ruleset');
      expect(leftIn(await parp('rollback')), 'of the second apply').toEqual([]);
      expect(leftIn(await parp('remove', 'edge'))).toEqual([]);
      await restore();
    });

    const RULES = [
      'add rule ip parp_edge prerouting ip saddr 10.0.0.7 drop',
      'insert rule ip parp_edge input accept',
      'add chain ip parp_edge mine',
      'add set ip parp_edge mine { type ipv4_addr; }',
      'flush chain ip parp_edge postrouting',
    ];

    eachOfSweep(LONG ? RULES : RULES.slice(0, 2))(
      '#53 is edited by hand in the table of parp (%s): drift, and replaced on apply',
      async (edit) => {
        await apply(EDGE);
        const applied = await net.snapshot('router');
        await nft(edit);
        expect(differences(applied, await net.snapshot('router')).length).toBeGreaterThan(0);
        expect(await drift()).toMatchObject({ profiles: [{ drift: [{ kind: 'nat', subject: 'parp_edge' }] }] });
        await apply(EDGE);
        expect(differences(applied, await net.snapshot('router'))).toEqual([]);
        expect(leftIn(await parp('remove', 'edge'))).toEqual([]);
      },
    );

    eachOfSweep([['remove', 'edge'], ['rollback']])(
      '#53 is edited by hand in the table of parp: %s leaves that, and says how to delete it',
      async (...way) => {
        for (const edit of LONG ? RULES : RULES.slice(2)) {
          await apply(EDGE);
          await nft(edit);
          const end = await net.parp('router', way);
          expect(end, end.stderr).toMatchObject({ exitCode: 0 });
          expect(end.stdout + end.stderr).toContain('nft delete table ip parp_edge');
          expect(new Set(await differing())).toEqual(new Set(['nftables']));
          expect(held(net)).toEqual({ profiles: [], open: false });
          expect(await nft('delete table ip parp_edge')).toMatchObject({ exitCode: 0 });
          await expectAs(net, bare, TALLY);
        }
      },
    );
  });

  describe('forwarding and conf/default', () => {
    const own = ['0', '1', '2'].flatMap((value) => ['0', '1'].map((ipForward) => ({ value, ipForward })));

    eachOfSweep(own)(
      '#55 another administrator has eth2/forwarding = $value, while ip_forward = $ipForward: it survives',
      async ({ value, ipForward }) => {
        await write('net/ipv4/ip_forward', ipForward);
        await write('net/ipv4/conf/eth2/forwarding', value);
        const before = await net.snapshot('router');
        for (const way of inTurns(Number(value) + Number(ipForward))) {
          await apply(WORK);
          await parp(...way);
          expect(await read('net/ipv4/conf/eth2/forwarding')).toBe(value);
          await expectAs(net, before, TALLY);
        }
        await write('net/ipv4/ip_forward', '1');
        await write('net/ipv4/ip_forward', '0');
        await write('net/ipv4/conf/eth2/forwarding', '1');
      },
    );

    it('#55 he sets it anew while the profile is in force: it stays as he set it', async () => {
      for (const value of ['0', '2']) {
        for (const way of WAYS) {
          await apply(WORK);
          await write('net/ipv4/conf/eth2/forwarding', value);
          await parp(...way);
          expect(await differing()).toEqual(['net/ipv4/conf/eth2/forwarding']);
          await write('net/ipv4/conf/eth2/forwarding', '1');
        }
      }
    });

    /** What a new interface gets, which is then deleted. */
    async function newcomer(): Promise<Record<string, string | null>> {
      await net.ip('router', 'link add new0 type veth peer name new0p');
      const values = {
        rp_filter: await read('net/ipv4/conf/new0/rp_filter'),
        forwarding: await read('net/ipv4/conf/new0/forwarding'),
      };
      await net.ip('router', 'link del new0');
      return values;
    }

    it('#56 conf/default is as before behind remove and rollback, for new interfaces, too', async () => {
      const before = await newcomer();
      for (const way of WAYS) {
        await apply(WORK);
        expect(await newcomer()).toEqual({ rp_filter: '2', forwarding: '1' });
        await parp(...way);
        expect(await newcomer()).toEqual(before);
      }
    });

    eachOfSweep([
      { key: 'rp_filter', value: '1' },
      { key: 'forwarding', value: '2' },
    ])(
      '#56 conf/default/$key is changed by others while in force: reported once, and new interfaces get theirs',
      async ({ key, value }) => {
        const path = `net/ipv4/conf/default/${key}`;
        for (const way of WAYS) {
          await apply(WORK);
          await write(path, value);
          expect(await newcomer()).toMatchObject({ [key]: value });
          expect(leftIn(await parp(...way))).toEqual([path]);
          expect(await newcomer()).toMatchObject({ [key]: value });
          expect(await differing()).toEqual([path]);
          await write(path, bare.sysctls[path] ?? '');
        }
      },
    );

    it('#56 conf/default is changed by others where the profile has no wish: theirs, during and behind it', async () => {
      for (const way of WAYS) {
        await apply(WORK);
        await write('net/ipv4/conf/default/proxy_arp_pvlan', '1');
        expect(leftIn(await parp(...way))).toEqual([]);
        expect(await read('net/ipv4/conf/default/proxy_arp_pvlan')).toBe('1');
        await write('net/ipv4/conf/default/proxy_arp_pvlan', '0');
      }
    });
  });

  describe('two profiles share a switch', () => {
    const profile = (name: string, link: string): string => `version: 1
kind: custom
name: ${name}
sysctl: { net/ipv4/ip_forward: 1, net/ipv4/conf/eth1/arp_ignore: 1, net/ipv4/neigh/eth1/proxy_delay: 40ms, net/ipv4/conf/${link}/proxy_arp: 1 }
`;
    const A = profile('a', 'eth0');
    const B = profile('b', 'eth1');
    const SHARED = [
      'net/ipv4/ip_forward',
      'net/ipv4/conf/lo/forwarding',
      'net/ipv4/conf/eth1/arp_ignore',
      'net/ipv4/neigh/eth1/proxy_delay',
    ];
    const values = async (): Promise<(string | null)[]> => Promise.all(SHARED.map(read));

    eachOfSweep([
      { steps: ['a', 'b', '-a', '-b'] },
      { steps: ['a', 'b', '-b', '-a'] },
      { steps: ['b', 'a', '-a', '-b'] },
      { steps: ['ab', '-b', '-a'] },
      { steps: ['a', 'b', 'rollback', '-a'] },
      { steps: ['a', 'b', '-a', 'rollback', '-b', '-a'] },
      { steps: ['a', '-a', 'b', 'a', '-b', '-a'] },
    ])('#57 $steps: unchanged until the last of them goes, then as before', async ({ steps }) => {
      // One of them is as wanted already, and nobody's to give back.
      for (const prior of LONG || steps.length === 3 ? ['0', '1'] : ['0']) {
        await write('net/ipv4/conf/eth1/arp_ignore', prior);
        const before = await values();
        for (const step of steps) {
          if (step === 'rollback') await parp('rollback');
          else if (step.startsWith('-')) await parp('remove', step.slice(1));
          else await apply(...step.split('').map((name) => (name === 'a' ? A : B)));
          const inForce = held(net).profiles.length > 0;
          expect(await values(), step).toEqual(inForce ? ['1', '1', '1', '4'] : before);
        }
        expect(held(net).profiles).toEqual([]);
        expect(await differing()).toEqual(prior === '0' ? [] : ['net/ipv4/conf/eth1/arp_ignore']);
      }
      await write('net/ipv4/conf/eth1/arp_ignore', '0');
    });

    it('#57 a third value by others in between: left by the last of them', async () => {
      await apply(A);
      await apply(B);
      await write('net/ipv4/conf/eth1/arp_ignore', '2');
      expect(leftIn(await parp('remove', 'a'))).toEqual([]);
      expect(await read('net/ipv4/conf/eth1/arp_ignore')).toBe('2');
      expect(leftIn(await parp('remove', 'b'))).toEqual(['net/ipv4/conf/eth1/arp_ignore']);
      expect(await differing()).toEqual(['net/ipv4/conf/eth1/arp_ignore']);
      await write('net/ipv4/conf/eth1/arp_ignore', '0');
    });
  });

  describe('a plan that was written to a file', () => {
    eachOfSweep([
      {
        moved: 'a switch',
        lines: ['echo 2 > /proc/sys/net/ipv4/conf/eth1/arp_ignore'],
        back: ['echo 0 > /proc/sys/net/ipv4/conf/eth1/arp_ignore'],
      },
      { moved: 'an address', lines: ['ip address add 192.168.7.1/24 dev eth1'], back: ['ip address del 192.168.7.1/24 dev eth1'] },
      { moved: 'a route', lines: ['ip route add 10.8.8.8 dev eth0'], back: ['ip route del 10.8.8.8'] },
      { moved: 'a proxy neighbour', lines: ['ip neigh add proxy 10.8.8.9 dev eth0'], back: ['ip neigh del proxy 10.8.8.9 dev eth0'] },
      {
        moved: 'the name of an interface to another one',
        lines: ['ip link set eth1 name tmp9', 'ip link set eth0 name eth1', 'ip link set tmp9 name eth0'],
        back: ['ip link set eth0 name tmp9', 'ip link set eth1 name eth0', 'ip link set tmp9 name eth1'],
      },
      {
        moved: 'an interface, in its place another',
        lines: ['ip link del eth1', 'ip link add eth1 type veth peer name w1', 'ip link set eth1 up'],
        back: null,
      },
    ])('#58 is stale once $moved has changed: 4, and nothing is written', async ({ lines, back }) => {
      const plan = `${net.lab.folder}/plan.json`;
      const sh = async (words: readonly string[]): Promise<void> => {
        expect(await net.run('router', ['sh', '-ec', words.join('\n')])).toMatchObject({ exitCode: 0 });
      };
      await net.run('router', ['rm', '-f', plan]);
      await parp('plan', file(WORK), '--out', plan);
      await sh(lines);
      const moved = await net.snapshot('router');
      const journal = journalText(net);
      const refused = await net.parp('router', ['--json', 'apply', '--plan', plan, ...QUIET, '--force']);
      expect(refused, refused.stderr).toMatchObject({ exitCode: 4 });
      expect(refused.json).toMatchObject({ error: { code: expect.stringMatching(/stale-plan/) } });
      expect(journalText(net) === journal).toBe(true);
      await expectAs(net, moved, TALLY);
      if (back !== null) return sh(back);
      await net.lab.destroy();
      net = await buildFurnished();
      bare = await net.snapshot('router');
    });
  });
});
