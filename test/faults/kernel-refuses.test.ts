// The story: the kernel, or a helper that speaks to it, says no: at the first operation of an apply, in its middle, or at the last. What the
// plan can know is refused with nothing written (4); what changes behind its back, between the plan and the operation, ends with everything taken
// back (5) and with what others did in between left alone. Where even the way back is barred, that is said (6), and recover goes on from there.
// The judge is the router's whole configuration, on a router that holds things of others next to everything that is written.
import '../support/with-iproute2.ts';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Ended } from '../../src/lab/child-process.ts';
import { differences, type Snapshot } from '../../src/lab/snapshot.ts';
import { FAULTY, faultEnv } from '../support/faults.ts';
import { buildFurnished } from '../support/furnished.ts';
import { documentOf, expectAs, foundOn, held, journalText } from '../support/judging.ts';
import { faulty, neither, pointsOf } from '../support/kill-points.ts';
import { CAN_BUILD, PARP, type Network } from '../support/namespaces.ts';
import { inMounts, OWN_PROC_SYS, READ_ONLY_PROC_SYS, replacing, type Replaced } from '../support/replaced-programs.ts';
import { QUIET } from '../support/stopping.ts';
import { LONG } from '../support/tally.ts';
import { eachOfSweep, itInLongRun } from '../support/sampled.ts';

// The long run tries much more in one test.
if (LONG) vi.setConfig({ testTimeout: 900_000 });

const custom = (lines: string): string => `version: 1\nkind: custom\nname: work\n${lines}\n`;

/** Operations of every kind but nat, on one interface. */
const work = (link: string): string =>
  custom(`forwarding: global
sysctl: { net/ipv4/neigh/${link}/proxy_delay: 40ms, net/ipv4/conf/${link}/arp_ignore: 1, net/ipv4/conf/${link}/proxy_arp: 1 }
addresses: [{ address: 192.168.7.1/24, interface: ${link} }]
routes:
  - { to: 10.9.0.0/16, via: 192.168.7.9 }
  - { to: 10.8.8.8/32, interface: ${link}, source: 192.168.7.1 }
  - { to: 10.6.6.6/32, type: local, interface: lo }
proxies: [{ address: 10.8.8.9, interface: ${link} }]`);
const WORK = work('eth1');
/** Only what \`ip\` writes, in its order: an address, two routes over eth1, a switch, a route to the host itself. */
const LAID = custom(`addresses: [{ address: 192.168.7.1/24, interface: eth1 }]
routes: [{ to: 10.8.8.8/32, interface: eth1 }, { to: 10.8.8.9/32, interface: eth1 }, { to: 10.6.6.6/32, type: local, interface: lo }]
sysctl: { net/ipv4/conf/eth1/arp_ignore: 1 }`);
const EDGE = `version: 1
kind: nat-proxy
name: edge
outside: eth0
inside: eth1
nat: [{ public: 203.0.113.10, private: 10.0.0.10 }, { public: 203.0.113.9, source: 10.0.0.0/24 }]
`;

describe.skipIf(!CAN_BUILD)('the kernel refuses', () => {
  let net: Network;
  let bare: Snapshot;
  beforeAll(async () => {
    net = await buildFurnished();
    bare = await net.snapshot('router');
  });
  afterEach(async ({ task }) => {
    // What one test left is no fault of the next.
    if (task.result?.state !== 'fail') return;
    await net.lab.destroy();
    net = await buildFurnished();
    bare = await net.snapshot('router');
  });
  afterAll(async () => net.lab.destroy());

  const file = (text: string): string => net.profile('profile.yaml', text);
  const applyArgs = (text: string): string[] => ['--json', 'apply', file(text), ...QUIET];
  /** An apply behind which lines of sh run at a failpoint, in the router's namespace. */
  const applyBut = async (text: string, at: string, lines: string, before: readonly string[] = []): Promise<Ended> =>
    net.run('router', [...before, ...FAULTY, ...applyArgs(text)], { env: faultEnv({ at, act: `run: ${lines}`, only: 'apply' }) });

  /** All taken back, nothing open; gives what of the router is not as it is wanted. */
  async function rolled(end: Ended, says: string | RegExp, wanted: Snapshot = bare): Promise<string[]> {
    expect(end, end.stderr).toMatchObject({ exitCode: 5 });
    expect(end.stderr).toMatch(says);
    expect(documentOf(end)).toMatchObject({ outcome: 'rolled-back', refused: [] });
    expect(held(net)).toEqual({ profiles: [], open: false });
    return foundOn(net, wanted, 'refusals of the kernel');
  }

  /** Nothing written: not to the journal, which comes first, nor to the kernel; gives what of the router is not as it is wanted. */
  async function refused(
    run: () => Promise<Ended>,
    code: string | RegExp,
    says: string | RegExp = '',
    wanted: Snapshot = bare,
  ): Promise<string[]> {
    const journal = journalText(net);
    const end = await run();
    expect(end, end.stderr).toMatchObject({ exitCode: 4 });
    expect(documentOf(end)).toMatchObject({ error: { code: expect.stringMatching(code) } });
    expect(end.stderr).toMatch(says);
    expect(journalText(net) === journal, 'the journal is as it was').toBe(true);
    return foundOn(net, wanted, 'refusals of the kernel');
  }

  /** The failpoint before the first operation, before one in the middle, and before the last. */
  async function places(text: string): Promise<readonly { readonly place: string; readonly at: string }[]> {
    const steps = (await pointsOf(net, ['apply', file(text), ...QUIET])).filter((name) => name.startsWith('operation.written'));
    expect(await faulty(net, ['rollback'])).toMatchObject({ exitCode: 0 });
    return [
      { place: 'first', at: 'journal.opened' },
      { place: 'middle', at: `operation.written#${steps.length >> 1}` },
      { place: 'last', at: `operation.written#${steps.length - 1}` },
    ];
  }

  describe('what is there already, or appears', () => {
    const routes = ['10.1.1.1/32', '10.1.1.2/32', '10.1.1.3/32'];
    const three = (lines: (to: string) => string): string => custom(`routes: [${routes.map(lines).join(', ')}]`);

    eachOfSweep([
      { place: 'first', to: routes[0] ?? '' },
      { place: 'middle', to: routes[1] ?? '' },
      { place: 'last', to: routes[2] ?? '' },
    ])('#31 the $place route is there, made by others: 4, and it stays theirs', async ({ to }) => {
      await net.ip('router', `route add ${to} dev eth1 proto static`);
      const before = await net.snapshot('router');
      expect(
        await refused(
          async () => net.parp('router', applyArgs(three((route) => `{ to: ${route}, interface: eth1 }`))),
          'foreign-route',
          "proto 4, which is not parp's",
          before,
        ),
      ).toEqual([]);
      await net.ip('router', `route del ${to} dev eth1 proto static`);
    });

    eachOfSweep([
      { place: 'first', at: 'journal.opened', line: 'address add 192.168.7.1/24 dev eth1', error: /192\.168\.7\.1\/24 .*EEXIST/ },
      { place: 'middle', at: 'journal.opened', line: 'route add 10.8.8.9/32 dev eth0 proto static', error: /10\.8\.8\.9\/32 .*EEXIST/ },
      { place: 'middle', at: 'journal.opened', line: 'route add 10.8.8.9/32 dev eth0 proto 97', error: /10\.8\.8\.9\/32 .*EEXIST/ },
      {
        place: 'last',
        at: 'operation.written#2',
        line: 'route add local 10.6.6.6/32 dev lo proto static',
        error: /local 10\.6\.6\.6\/32 .*EEXIST/,
      },
    ])('#32 what the $place operation adds appears ($line): 5, and it stays theirs', async ({ at, line, error }) => {
      // Where the interface is bare, an address brings a route and a switch of the kernel's along; so it is put there beforehand.
      await net.ip('router', line);
      const theirs = await net.snapshot('router');
      await net.ip('router', line.replace(' add ', ' del '));
      expect(await rolled(await applyBut(LAID, at, `ip ${line}`), error, theirs)).toEqual([]);
      await net.ip('router', line.replace(' add ', ' del '));
      await expectAs(net, bare, 'refusals of the kernel');
    });

    it('#32 what appears hangs on an address of the plan: that stays as well (6), with the command that would delete both', async () => {
      const line = 'route add 10.8.8.9/32 dev eth1 proto static';
      await net.ip('router', 'address add 192.168.7.1/24 dev eth1', line);
      const wanted = await net.snapshot('router');
      await net.ip('router', 'address del 192.168.7.1/24 dev eth1');
      const end = await applyBut(LAID, 'journal.opened', `ip ${line}`);
      expect(end, end.stderr).toMatchObject({ exitCode: 6 });
      expect(end.stderr).toContain('route 10.8.8.9/32; delete it with: ip addr del 192.168.7.1/24 dev eth1');
      expect(held(net), 'nothing more that recover could do').toEqual({ profiles: [], open: false });
      await expectAs(net, wanted, 'refusals of the kernel');
      await net.ip('router', 'address del 192.168.7.1/24 dev eth1');
      await expectAs(net, bare, 'refusals of the kernel');
    });

    it('#32 others have also what would have come later: it stays theirs', async () => {
      const lines = ['address add 192.168.7.1/24 dev eth1', 'address add 192.168.8.1/24 dev eth1', 'address add 192.168.9.1/24 dev eth1'];
      const text = custom(`addresses: [${[7, 8, 9].map((n) => `{ address: 192.168.${n}.1/24, interface: eth1 }`).join(', ')}]`);
      for (const theirs of [lines, lines.slice(1), lines.slice(2)]) {
        await net.ip('router', ...theirs);
        const wanted = await net.snapshot('router');
        await net.ip('router', 'address flush dev eth1');
        expect(
          await rolled(await applyBut(text, 'journal.opened', theirs.map((line) => `ip ${line}`).join('; ')), 'EEXIST', wanted),
        ).toEqual([]);
        await net.ip('router', 'address flush dev eth1');
      }
    });

    it('#33 a leftover of a killed run, its records there: taken back first, then applied, one copy of each', async () => {
      expect(await net.parp('router', applyArgs(WORK))).toMatchObject({ exitCode: 0 });
      const applied = await net.snapshot('router');
      expect(await net.parp('router', ['remove', 'work'])).toMatchObject({ exitCode: 0 });
      for (const { at } of await places(WORK)) {
        const killed = await net.run('router', [...FAULTY, ...applyArgs(WORK)], { env: faultEnv({ at }) });
        expect(killed.signal ?? killed.exitCode).toBe('SIGKILL');
        const again = await net.parp('router', applyArgs(WORK));
        expect(again, again.stderr).toMatchObject({ exitCode: 0 });
        expect(again.stderr).toContain('did not end; taking it back first');
        await expectAs(net, applied, 'refusals of the kernel');
        expect(await net.parp('router', ['remove', 'work'])).toMatchObject({ exitCode: 0 });
        await expectAs(net, bare, 'refusals of the kernel');
      }
    });

    eachOfSweep(routes.map((to, at) => ({ place: ['first', 'middle', 'last'][at], to })))(
      '#33 a leftover whose records are lost ($place route, protocol 97): adopted, one copy, and removed',
      async ({ to }) => {
        await net.ip('router', `route add ${to} dev eth1 proto 97 scope link`);
        const applied = await net.parp('router', applyArgs(three((route) => `{ to: ${route}, interface: eth1 }`)));
        expect(applied, applied.stderr).toMatchObject({ exitCode: 0 });
        expect(await net.ipJson('router', 'route', 'show', 'table', 'all', 'proto', '97')).toHaveLength(3);
        expect(await net.parp('router', ['remove', 'work'])).toMatchObject({ exitCode: 0 });
        await expectAs(net, bare, 'refusals of the kernel');
      },
    );

    eachOfSweep([
      { what: 'on no wire', before: [], route: 'via: 198.18.0.1' },
      { what: 'on another wire than the interface', before: [], route: 'via: 10.77.0.9, interface: eth1' },
      { what: 'itself behind a gateway', before: ['route add 10.77.0.33/32 via 172.16.0.9'], route: 'via: 10.77.0.33' },
      { what: 'an address that nobody can have', before: [], route: 'via: 10.77.0.255' },
      { what: 'on the wire of an interface that is down', before: ['link set eth1 down'], route: 'via: 10.5.0.9, interface: eth1' },
    ])('#35 a gateway $what, at each place: 4', async ({ before: lines, route }) => {
      // The address of eth1 comes with the plan, as one that is there would be lost by its going down.
      const at = route.includes('10.5.0.9') ? '\naddresses: [{ address: 10.5.0.1/24, interface: eth1 }]' : '';
      await net.ip('router', ...lines);
      const before = await net.snapshot('router');
      for (const bad of routes) {
        const text = three((to) => (to === bad ? `{ to: ${to}, ${route} }` : `{ to: ${to}, type: unreachable }`));
        expect(
          await refused(
            async () => net.parp('router', applyArgs(`${text}${at}`)),
            /^(gateway-unreachable|unreachable-gateway|link-down)$/,
            '',
            before,
          ),
        ).toEqual([]);
      }
      expect(await net.parp('router', ['plan', file(`${three((to) => `{ to: ${to}, ${route} }`)}${at}`)])).toMatchObject({ exitCode: 4 });
      await net.ip('router', ...lines.map((line) => line.replace(' add ', ' del ').replace('down', 'up')));
      await expectAs(net, bare, 'refusals of the kernel');
    });
  });

  describe('what goes, or goes down', () => {
    const vanishing = ['link add gone0 type veth peer name gone0p', 'link set gone0p up', 'link set gone0 up'];

    eachOfSweep([
      { how: 'deleted', line: 'ip link del gone0' },
      { how: 'taken to another namespace', line: 'ip link set gone0 netns WIRE' },
    ])('#34 the interface is $how before the first operation, in the middle, before the last, and behind it: 5', async ({ line }) => {
      const wire = net.lab.name('wire');
      await net.ip('router', ...vanishing);
      const steps = await places(work('gone0'));
      await net.ip('router', 'link del gone0');
      await expectAs(net, bare, 'refusals of the kernel');
      for (const { at } of [...steps, { at: 'execute.written' }]) {
        await net.ip('router', ...vanishing);
        const end = await applyBut(work('gone0'), at, line.replace('WIRE', wire));
        if (line.includes('WIRE')) await net.ip('wire', 'link del gone0');
        expect(await rolled(end, /gone0.*ENODEV|renamed, replaced or deleted meanwhile: gone0/)).toEqual([]);
      }
    });

    eachOfSweep([
      {
        place: 'first',
        text: custom('routes: [{ to: 10.8.8.8/32, interface: eth1 }]\nsysctl: { net/ipv4/conf/eth1/proxy_arp: 1 }'),
        at: 'journal.opened',
      },
      { place: 'middle', text: WORK, at: 'journal.opened' },
      {
        place: 'last',
        text: custom('routes: [{ to: 10.8.8.8/32, interface: eth1 }]\nsysctl: { net/ipv4/neigh/eth1/proxy_delay: 40ms }'),
        at: 'journal.opened',
      },
    ])('#36 the interface goes down before the $place operation, a route: 5', async ({ text, at }) => {
      await net.ip('router', 'link set eth1 down');
      const down = await net.snapshot('router');
      await net.ip('router', 'link set eth1 up');
      expect(await rolled(await applyBut(text, at, 'ip link set eth1 down'), /ENETDOWN|ENETUNREACH/, down)).toEqual([]);
      await net.ip('router', 'link set eth1 up');
      await expectAs(net, bare, 'refusals of the kernel');
    });

    it('#36 the interface goes down behind all operations: 5, as its routes went with it', async () => {
      expect(
        await rolled(
          await applyBut(WORK, 'execute.written', 'ip link set eth1 down; ip link set eth1 up'),
          'does not show what was written',
        ),
      ).toEqual([]);
    });
  });

  describe('rights', () => {
    const lacking = (...names: readonly string[]): string[] => [
      'setpriv',
      `--bounding-set=${names.map((name) => `-${name}`).join(',')}`,
      `--inh-caps=${names.map((name) => `-${name}`).join(',')}`,
      ...PARP,
    ];

    eachOfSweep([['apply'], ['remove', 'work'], ['rollback'], ['recover']])(
      '#37 root without CAP_NET_ADMIN: 4, by its name (%s)',
      async (...command) => {
        const args = command[0] === 'apply' ? applyArgs(WORK) : ['--json', ...command];
        expect(
          await refused(async () => net.run('router', [...lacking('net_admin'), ...args]), 'missing-capability', /CAP_NET_ADMIN/),
        ).toEqual([]);
      },
    );

    it('#38 root without CAP_NET_RAW: 4 where the wire is to be asked; else it applies, and says that nothing is announced', async () => {
      const asking = ['--json', 'apply', file(WORK)];
      expect(await refused(async () => net.run('router', [...lacking('net_raw'), ...asking]), 'missing-capability', /CAP_NET_RAW/)).toEqual(
        [],
      );
      const applied = await net.run('router', [...lacking('net_raw'), ...asking, '--no-probe']);
      expect(applied, applied.stderr).toMatchObject({ exitCode: 0 });
      expect(applied.stderr).toContain('nothing is announced');
      expect(documentOf(applied)).toMatchObject({ announced: 0 });
      expect(await net.parp('router', ['remove', 'work'])).toMatchObject({ exitCode: 0 });
      await expectAs(net, bare, 'refusals of the kernel');
    });
  });

  describe('/proc/sys', () => {
    it('#39 is mounted read-only: 4, whatever is first to be written, and remove and rollback as well', async () => {
      const readOnly = [...inMounts(OWN_PROC_SYS, READ_ONLY_PROC_SYS), ...PARP];
      for (const text of [WORK, LAID, EDGE])
        expect(await refused(async () => net.run('router', [...readOnly, ...applyArgs(text)]), 'read-only-sysctl', 'EROFS')).toEqual([]);
      expect(await net.parp('router', applyArgs(WORK))).toMatchObject({ exitCode: 0 });
      const applied = await net.snapshot('router');
      for (const command of [['remove', 'work'], ['rollback']])
        expect(
          await refused(async () => net.run('router', [...readOnly, '--json', ...command]), 'read-only-sysctl', 'EROFS', applied),
        ).toEqual([]);
      expect(await net.parp('router', ['remove', 'work'])).toMatchObject({ exitCode: 0 });
    });

    it('#40 becomes read-only before the first operation, in the middle, before the last: what can be is taken back, the rest is listed, recover does it', async () => {
      // Behind them a switch is refused, so that the apply fails.
      const steps = await places(WORK);
      const own = inMounts(OWN_PROC_SYS);
      for (const { place, at } of steps) {
        const end = await applyBut(WORK, at, READ_ONLY_PROC_SYS, own);
        const now = await net.snapshot('router');
        if (place === 'first') {
          expect(await rolled(end, 'EROFS')).toEqual([]);
          continue;
        }
        expect(end, end.stderr).toMatchObject({ exitCode: 6 });
        expect(documentOf(end)).toMatchObject({ outcome: 'rollback-incomplete', error: expect.stringContaining('EROFS') });
        const rest = differences(bare, now);
        expect(rest.every((line) => line.startsWith('net/ipv4/conf/') || line.startsWith('net/ipv4/ip_forward'))).toBe(true);
        for (const path of rest.map((line) => line.split(':')[0] ?? ''))
          if (!/forwarding$|accept_redirects$/.test(path)) expect(end.stderr, 'each is named').toContain(`Write ${path} = `);
        expect(held(net)).toEqual({ profiles: [], open: true });
        // It can be asked for as long as it takes.
        const still = await net.run('router', [
          ...own,
          'sh',
          '-ec',
          `${READ_ONLY_PROC_SYS}; exec "$@"`,
          'sh',
          ...PARP,
          '--json',
          'recover',
        ]);
        expect(still, still.stderr).toMatchObject({ exitCode: 4 });
        await expectAs(net, now, 'refusals of the kernel');
        expect(await net.parp('router', ['recover'])).toMatchObject({ exitCode: 0 });
        await expectAs(net, bare, 'refusals of the kernel');
        expect(held(net)).toEqual({ profiles: [], open: false });
      }
    });

    /** Takes a file out of a folder below /proc/sys: the folder is built anew from its other files. */
    function without(path: string): string {
      const folder = path.slice(0, path.lastIndexOf('/'));
      const real = `${net.lab.folder}/masked`;
      return [
        `mkdir -p ${real}`,
        `mount --bind /proc/sys/${folder} ${real}`,
        `mount -t tmpfs none /proc/sys/${folder}`,
        `for file in ${real}/*; do at=/proc/sys/${folder}/\${file##*/}`,
        `[ /proc/sys/${path} = $at ] || { if [ -d $file ]; then mkdir $at; else : > $at; fi; mount --bind $file $at; }; done`,
      ].join('\n');
    }

    const keys = [
      { place: 'first', path: 'net/ipv4/neigh/eth1/proxy_qlen', at: 'journal.opened' },
      { place: 'middle', path: 'net/ipv4/conf/eth1/arp_ignore', at: 'journal.opened' },
      { place: 'last', path: 'net/ipv4/conf/eth1/proxy_arp', at: 'operation.written#2' },
    ];
    const KEYS = custom(`sysctl: {${keys.map(({ path }) => ` ${path}: 1`).join(',')} }\nroutes: [{ to: 10.8.8.8/32, interface: eth1 }]`);

    eachOfSweep(keys)('#41 the switch of the $place operation is missing here: 4', async ({ path }) => {
      expect(
        await refused(
          async () => net.run('router', [...inMounts(without(path)), ...PARP, ...applyArgs(KEYS)]),
          'no-such-sysctl',
          `This kernel has no ${path}`,
        ),
      ).toEqual([]);
    });

    eachOfSweep(keys)('#41 the switch of the $place operation vanishes before it: 5', async ({ path, at }) => {
      expect(
        await rolled(
          await applyBut(KEYS, at, without(path), inMounts('mount --bind /proc/sys /proc/sys')),
          `Write ${path} = 1: No such file`,
        ),
      ).toEqual([]);
    });

    // A file of the kernel's that takes 1 as a time too short for it, and shows 0 from then on.
    const rounding = (path: string): string => `mount --bind /proc/sys/net/ipv4/neigh/eth2/anycast_delay /proc/sys/${path}`;

    eachOfSweep(keys)(
      '#42 the kernel keeps another value than the $place operation wrote: 5, and the one before is back',
      async ({ path }) => {
        const end = await net.run('router', [...inMounts(rounding(path)), ...PARP, ...applyArgs(KEYS)]);
        expect(await rolled(end, `Write ${path} = 1: the kernel keeps "0" instead`)).toEqual([]);
        expect(documentOf(end), 'it is nobody else that changed it').toMatchObject({ left: [] });
      },
    );
  });

  describe('the helpers', () => {
    let applied: Snapshot;
    beforeAll(async () => {
      expect(await net.parp('router', applyArgs(EDGE))).toMatchObject({ exitCode: 0 });
      applied = await net.snapshot('router');
      expect(await net.parp('router', ['remove', 'edge'])).toMatchObject({ exitCode: 0 });
    });

    /** What a run of an apply may come to with a helper that fails once: all, or nothing; where it says that the way back was cut off, recover goes on. */
    async function judged(end: Ended, what: string): Promise<number> {
      expect([0, 4, 5, 6], end.stderr).toContain(end.exitCode);
      const now = await net.snapshot('router');
      if (end.exitCode === 6) {
        expect(held(net), what).toMatchObject({ open: true });
        const recovered = await net.parp('router', ['recover']);
        expect(recovered, recovered.stderr).toMatchObject({ exitCode: 0 });
      } else {
        expect(neither(now, end.exitCode === 0 ? applied : bare), what).toEqual([]);
        expect(held(net), what).toEqual({ profiles: end.exitCode === 0 ? ['edge'] : [], open: false });
        if (end.exitCode === 0) expect(await net.parp('router', ['remove', 'edge'])).toMatchObject({ exitCode: 0 });
      }
      await expectAs(net, bare, 'helpers that failed at their k-th call');
      return end.exitCode ?? -1;
    }

    const ways = {
      'ends with 1': 'echo "Error: not today." >&2; exit 1',
      'prints garbage': 'echo garbage; exit 0',
      'prints half a document': 'REAL "$@" | head -c 99; exit 0',
      'is killed': 'kill -KILL $$',
      'is killed behind its work': 'REAL "$@"; kill -KILL $$',
      'is refused by the kernel (EPERM)': 'exec setpriv --bounding-set=-net_admin --inh-caps=-net_admin REAL "$@"',
    } as const;

    const applyWith = async (replaced: Replaced): Promise<Ended> =>
      net.run('router', [...replacing(net, replaced), ...PARP, ...applyArgs(EDGE)]);

    // In the short run each way meets another third of the calls of ip.
    const sweeps = Object.entries(ways).map(([what, does], way) => ({ what, does, start: LONG ? 1 : 1 + (way % 3), step: LONG ? 1 : 3 }));

    eachOfSweep(sweeps)('#44 #37 ip or nft $what at each of its calls: all or nothing', async ({ what, does, start, step }) => {
      const codes = new Map<number, number>();
      for (const program of ['ip', 'nft'] as const) {
        for (let at = program === 'ip' ? start : 1; ; at += program === 'ip' ? step : 1) {
          const end = await applyWith({ program, does: `: > ${net.lab.folder}/reached; ${does}`, at });
          const { exitCode: reached } = await net.run('router', ['rm', `${net.lab.folder}/reached`]);
          const code = await judged(end, `${program} ${what} at call ${at}`);
          if (reached !== 0) break;
          codes.set(code, (codes.get(code) ?? 0) + 1);
        }
      }
      expect([...codes.keys()], 'before and behind the first write').toEqual(expect.arrayContaining([5]));
    });

    it('#44 an nft that is too old for JSON: what needs it is refused, and the rest works', async () => {
      const old: Replaced = {
        program: 'nft',
        does: 'case "$*" in -j*) echo "nft: invalid option -- j" >&2; exit 1;; esac; exec REAL "$@"',
      };
      expect(await refused(async () => applyWith(old), 'unreadable-ruleset', 'cannot be read')).toEqual([]);
      const end = await net.run('router', [...replacing(net, old), ...PARP, ...applyArgs(WORK)]);
      expect(end, end.stderr).toMatchObject({ exitCode: 0 });
      expect(await net.parp('router', ['remove', 'work'])).toMatchObject({ exitCode: 0 });
      await expectAs(net, bare, 'refusals of the kernel');
    });

    it('#44 an nft that is not there: 4', async () => {
      const end = async (): Promise<Ended> =>
        net.run('router', [
          ...inMounts('for nft in /usr/sbin/nft /sbin/nft; do [ ! -e $nft ] || mount --bind /dev/null $nft; done'),
          ...PARP,
          ...applyArgs(EDGE),
        ]);
      expect(await refused(end, /missing-program|untrusted-program/)).toEqual([]);
    });

    itInLongRun('#44 a helper that hangs, as it reads and as it writes: 4 and 5 behind its time limit', async () => {
      const hangs = 'exec sleep 600';
      for (const program of ['ip', 'nft'] as const) {
        expect(await refused(async () => applyWith({ program, does: hangs, at: 1 }), 'helper-timeout', 'did not end within 30 s')).toEqual(
          [],
        );
        const writing = program === 'ip' ? '*-batch*' : '*-f*';
        // The second batch of ip is its first write.
        expect(
          await rolled(await applyWith({ program, does: hangs, at: program === 'ip' ? 2 : 1, among: writing }), 'did not end within'),
        ).toEqual([]);
      }
    });

    eachOfSweep(['ENOBUFS', 'EINTR'])('#45 %s of netlink at calls of ip: reads go on, writes are taken back', async (errno) => {
      const tracing = (when: number): string =>
        `exec strace -qq -o /dev/null -e trace=recvmsg -e inject=recvmsg:error=${errno}:when=${when} REAL "$@"`;
      const codesOf = async (among: string, places: readonly (readonly [at: number, when: number])[]): Promise<number[]> => {
        const codes: number[] = [];
        for (const [at, when] of places)
          codes.push(
            await judged(await applyWith({ program: 'ip', does: tracing(when), at, among }), `${errno} at answer ${when} of call ${at}`),
          );
        return [...new Set(codes)];
      };
      const every = (calls: number): [number, number][] =>
        Array.from({ length: calls * 5 }, (_, i) => [1 + Math.floor(i / 5), [1, 2, 3, 5, 9][i % 5] ?? 1]);
      // Reads ask for details; a read that failed is repeated in pieces.
      expect(await codesOf('*-details*', LONG ? every(12) : SAMPLED.reads)).toEqual([0]);
      // iproute2 itself asks again where it was interrupted; where an answer is lost, nobody knows what was done.
      const writes = await codesOf('-4\\ -json\\ -batch*', LONG ? every(2) : SAMPLED.writes);
      expect(writes).toContain(errno === 'EINTR' ? 0 : 5);
      expect(writes.every((code) => code === 0 || (errno === 'ENOBUFS' && code === 5))).toBe(true);
    });

    eachOfSweep([
      { program: 'ip', among: '*-batch*', at: 1, ending: 4 },
      { program: 'nft', among: '*list*', at: 1, ending: 4 },
      { program: 'ip', among: '*-batch*', at: 2, ending: 5 },
      { program: 'nft', among: '*-f*', at: 1, ending: 5 },
    ] as const)('#46 100 MB of $program at call $at of $among: $ending', async ({ program, among, at, ending }) => {
      const does = 'head -c 100000000 /dev/zero | tr "\\0" x; exit 0';
      if (ending === 4) expect(await refused(async () => applyWith({ program, among, at, does }), /unreadable|helper-output/)).toEqual([]);
      else expect(await rolled(await applyWith({ program, among, at, does }), 'more than the 16777216 characters')).toEqual([]);
    });
  });

  describe('4,000 lines of nft', () => {
    /** 1,400 addresses one to one, of two rules each, and 1,400 ports, of one. */
    const address = (i: number, net24: string): string => `${net24}.${i >> 8}.${i & 255}`;
    const many = `version: 1
kind: nat-proxy
name: edge
outside: eth0
inside: eth1
nat:
${Array.from({ length: 1400 }, (_, i) => `  - { public: ${address(i, '198.18')}, private: ${address(i, '10.10')} }\n  - { public: ${address(i, '198.19')}, protocol: tcp, port: 443, to: '${address(i, '10.11')}:443' }\n`).join('')}`;

    eachOfSweep([
      { place: 'first', line: '3i' },
      { place: 'middle', line: '2100i' },
      { place: 'last', line: '$i' },
    ])('#43 the $place of them is bad: nothing of nft, and everything else is taken back', async ({ line }) => {
      const bad = 'add rule ip parp_edge nowhere drop';
      // At the end it stands behind the table; elsewhere between two of its rules.
      const sed = line === '$i' ? `sed '$a ${bad}'` : `sed '${line} not a rule at all'`;
      const does = `input=$(mktemp -p ${net.lab.folder}); ${sed} > $input; wc -l < $input > ${net.lab.folder}/lines; exec REAL -f $input`;
      const end = await net.run('router', [...replacing(net, { program: 'nft', among: '*-f*', at: 1, does }), ...PARP, ...applyArgs(many)]);
      expect(await rolled(end, /nftables table ip parp_edge: (syntax error|.*No such file or directory)/)).toEqual([]);
      const { stdout } = await net.run('router', ['cat', `${net.lab.folder}/lines`]);
      expect(Number(stdout)).toBeGreaterThan(4000);
    });
  });
});

/** Where netlink loses something in the short run. */
const SAMPLED: Readonly<Record<'reads' | 'writes', readonly (readonly [call: number, answer: number])[]>> = {
  reads: [
    [1, 1],
    [1, 3],
    [2, 1],
    [5, 2],
  ],
  // The first two answers of each tell the interface.
  writes: [
    [1, 3],
    [1, 4],
    [2, 3],
  ],
};
