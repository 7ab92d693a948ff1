// The story: the asker hangs on every interface of a few routers that a die has set up: addresses of all lengths, routes of all types,
// rules, nexthop objects, proxy neighbours, interfaces without carrier, and every switch that takes part in ARP. Each router is captured as
// data, and `arpDecision` foretells from that data alone what it will answer; then the asker really asks it. Nobody is told what is right:
// the kernel is. Where the data leave two answers open, the decision says so and nothing is compared.
// PARP_TEST_LONG=1 asks more routers, PARP_TEST_SEED=<number> others.
import { describe, expect, it } from 'vitest';
import type { Topology } from '../../src/lab/topology.ts';
import { arpDecision, storyOf, type ArpDecision, type ArpQuestion } from '../../src/model/arp-decision.ts';
import { loadCapture } from '../../src/model/capture.ts';
import { parseIpv4 } from '../../src/net/ipv4.ts';
import { sameValue } from '../../src/model/operation.ts';
import { kernelLinkName, type LinkName } from '../../src/net/link-name.ts';
import { must } from '../../src/net/parsed.ts';
import { CAN_BUILD, useNetwork } from '../support/namespaces.ts';

const LONG = process.env['PARP_TEST_LONG'] !== undefined;
const ROUTERS = LONG ? 40 : 6;
const ROUNDS = LONG ? 2 : 1;
const SEED = Number(process.env['PARP_TEST_SEED'] ?? 9);
const LINKS = ['eth0', 'eth1', 'eth2'].map(kernelLinkName);
/** The asker's ends hear answers at once, but where an interface holds them back for up to `SLOW` hundredths of a second. */
const SLOW = 10;
const WAIT_MS = 250;
/** How often and how far apart routes are looked at that lose their carrier. */
const LOOKS = { most: 100, pauseMs: 100 };

const routers = Array.from({ length: ROUTERS }, (_, at) => `r${at}`);
const TOPOLOGY: Topology = {
  hosts: { asker: { links: {} }, ...Object.fromEntries(routers.map((name) => [name, { links: {} }])) },
  wires: routers.flatMap((name) => LINKS.map((link) => [`asker:${name}${link}`, `${name}:${link}`] as const)),
};

/** The same numbers in every run (mulberry32). */
class Die {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  }

  of<T>(choices: readonly T[]): T {
    const choice = choices[this.below(choices.length)];
    if (choice === undefined) throw new RangeError('Nothing to choose from');
    return choice;
  }

  times<T>(least: number, most: number, make: () => T): T[] {
    return Array.from({ length: least + this.below(most - least + 1) }, make);
  }
}

/** Addresses lie close together, so that prefixes, routes and questions meet. */
function anyAddress(die: Die): string {
  return `10.0.${die.below(4)}.${die.of([0, 1, 2, 3, 4, 5, 6, 7, 9, 77, 127, 128, 200, 254, 255])}`;
}

function anyPrefix(die: Die): string {
  const third = die.below(4);
  return die.of([
    `10.0.${third}.0/24`,
    `10.0.${third}.0/25`,
    `10.0.${third}.${4 * die.below(3)}/30`,
    '10.0.0.0/16',
    '10.0.0.0/22',
    `10.0.${third}.${die.below(8)}/32`,
    '0.0.0.0/0',
    '192.168.7.0/24',
  ]);
}

function anyRoute(die: Die): string {
  const metric = die.of(['', '', ' metric 5']);
  const table = die.of(['', '', '', ' table 100', ' table 253', ' table 101']);
  const hop = (): string =>
    die.of([
      `dev ${die.of(LINKS)}`,
      `dev ${die.of(LINKS)}`,
      `via ${anyAddress(die)} dev ${die.of(LINKS)} onlink`,
      `via ${anyAddress(die)}`,
      'dev lo',
    ]);
  const way = die.of([
    hop,
    hop,
    hop,
    () => `nhid ${1 + die.below(6)}`,
    () => `nexthop dev ${die.of(LINKS)} nexthop dev ${die.of(LINKS)}`,
  ])();
  const refusing = die.of(['blackhole', 'unreachable', 'prohibit', 'throw']);
  return die.of([
    () => `route add ${anyPrefix(die)} ${way}${metric}${table}`,
    () => `route add ${anyPrefix(die)} ${way}${metric}${table}`,
    () => `route add ${anyPrefix(die)} ${way}${metric}${table}`,
    () => `route add ${refusing} ${anyPrefix(die)}${metric}${table}`,
    () => `route add local ${anyPrefix(die)} dev lo${die.of(['', ' table 100'])}`,
    () => `route add broadcast ${anyAddress(die)} dev ${die.of(LINKS)}`,
  ])();
}

function anyRule(die: Die): string {
  const selector = die.of([
    () => `from ${anyPrefix(die)}`,
    () => `to ${anyPrefix(die)}`,
    () => `iif ${die.of([...LINKS, 'lo', 'gone0'])}`,
    () => `oif ${die.of(LINKS)}`,
    () => die.of(['fwmark 5', 'fwmark 0/0xff', 'tos 0x10', 'ipproto tcp', 'dport 22', 'uidrange 0-5', 'uidrange 7-9', 'tun_id 4']),
    () => '',
  ])();
  const action = die.of([
    'lookup 100',
    'lookup 101',
    'lookup main',
    'lookup main suppress_prefixlength 0',
    'lookup main suppress_prefixlength 24',
    'blackhole',
    'unreachable',
    'prohibit',
    'nop',
    'goto 32766',
  ]);
  return `rule add ${die.of(['', '', 'not '])}${selector === '' ? 'from all' : selector} ${action} pref ${die.of([0, 10, 20, 30, 32800])}`;
}

/** Lines for ip(8) that set a router up; the kernel may refuse some. */
function setUp(die: Die): string[] {
  const addresses = [
    ...LINKS.flatMap((link, at) => (die.below(4) === 0 ? [] : [`address add 10.0.${at}.1/24 dev ${link}`])),
    ...LINKS.flatMap((link) =>
      die.times(
        0,
        1,
        () => `address add ${anyAddress(die)}/${die.of([8, 24, 30, 31, 32])} dev ${link}${die.of(['', '', ' scope link', ' scope host'])}`,
      ),
    ),
    ...die.times(0, 1, () => `address add 10.0.2.1/${die.of([26, 32])} dev lo`),
    ...die.times(0, 1, () => `address add 10.0.3.3 peer 10.0.3.4/32 dev ${die.of(LINKS)}`),
  ];
  const nexthops = [
    ...[1, 2, 3].map((id) => `nexthop add id ${id} dev ${die.of(LINKS)}`),
    'nexthop add id 4 blackhole',
    'nexthop add id 5 group 1/2',
    'nexthop add id 6 group 2/3,7',
  ];
  return [
    ...addresses,
    ...nexthops,
    ...die.times(3, 12, () => anyRoute(die)),
    ...(die.below(2) === 0 ? die.times(1, 5, () => anyRule(die)) : []),
    ...die.times(0, 20, () => `neigh add proxy ${anyAddress(die)} dev ${die.of(LINKS)}`),
    ...die.of([[], [], [], ['link set eth2 down']]),
  ];
}

const SWITCHES: Readonly<Record<string, { readonly device: readonly number[]; readonly all?: readonly number[] }>> = {
  proxy_arp: { device: [0, 1, 1, 1], all: [0, 0, 1] },
  proxy_arp_pvlan: { device: [0, 1], all: [0, 0, 0, 1] },
  forwarding: { device: [0, 1, 1, 1, 1, 1, 1, 1] },
  medium_id: { device: [0, 0, 0, 0, -1, 1, 2], all: [0, 1] },
  rp_filter: { device: [0, 0, 0, 0, 0, 1, 2], all: [0, 0, 0, 0, 0, 1, 2] },
  arp_ignore: { device: [0, 0, 0, 0, 1, 2, 3, 8], all: [0, 0, 0, 0, 0, 0, 2] },
  arp_filter: { device: [0, 0, 0, 1], all: [0, 0, 0, 0, 1] },
  accept_local: { device: [0, 0, 0, 1], all: [0, 0, 0, 0, 1] },
  route_localnet: { device: [0, 0, 0, 1], all: [0, 0, 0, 0, 1] },
  drop_gratuitous_arp: { device: [0, 0, 0, 0, 1], all: [0, 0, 0, 0, 0, 0, 0, 1] },
  send_redirects: { device: [0, 1], all: [0, 1] },
  bc_forwarding: { device: [0, 1], all: [0, 1] },
  ignore_routes_with_linkdown: { device: [0, 1], all: [0, 0, 1] },
};

/** A script that writes the switches. */
function switches(die: Die): string {
  const lines = Object.entries(SWITCHES).flatMap(([key, { device, all }]) => [
    ...LINKS.map((link) => `echo ${die.of(device)} > /proc/sys/net/ipv4/conf/${link}/${key}`),
    ...(all === undefined ? [] : [`echo ${die.of(all)} > /proc/sys/net/ipv4/conf/all/${key}`]),
  ]);
  const delays = LINKS.map((link) => `echo ${die.of([0, 0, SLOW])} > /proc/sys/net/ipv4/neigh/${link}/proxy_delay`);
  return [...lines, ...delays].join('\n');
}

/** Questions with different targets, as the replies are told apart by these alone. */
function anyQuestions(die: Die, link: LinkName): ArpQuestion[] {
  const odd = ['0.0.0.0', '0.1.2.3', '127.0.0.5', '224.0.0.1', '255.255.255.255', '240.1.2.3', '8.8.8.8', '192.168.7.7', '192.168.7.0'];
  const targets = new Set(die.times(24, 24, () => (die.below(5) === 0 ? die.of(odd) : anyAddress(die))));
  return [...targets].map((to) => {
    const neighbour = (): string => `10.0.${LINKS.indexOf(link)}.${2 + die.below(7)}`;
    const from = die.of([
      neighbour,
      neighbour,
      neighbour,
      neighbour,
      neighbour,
      () => anyAddress(die),
      () => anyAddress(die),
      () => '0.0.0.0',
      () => to,
      () => die.of(odd),
    ])();
    return { interface: link, from: must(parseIpv4(from)), to: must(parseIpv4(to)), unicast: die.below(4) === 0 };
  });
}

/** What six routers give for reasons. */
const REASONS = [
  'proxy-arp',
  'private-vlan',
  'proxy-neighbour',
  'local-address',
  'same-link',
  'not-proxied',
  'forwarding-off',
  'no-route',
  'refusing-route',
  'source-rejected',
  'broadcast',
  'probe',
  'arp-ignore',
  'medium-id',
];

interface Asked {
  readonly decision: ArpDecision;
  /** The MACs that answered. */
  readonly macs: readonly string[];
}

describe.skipIf(!CAN_BUILD)('arpDecision()', () => {
  const net = useNetwork(TOPOLOGY);
  const asked: Asked[] = [];

  /** Asks a router as many questions at once as there are targets. */
  async function ask(router: string, link: LinkName, questions: readonly ArpQuestion[]): Promise<ReadonlyMap<string, readonly string[]>> {
    const via = net.macOf(router, link);
    const frames = questions.map(({ to, from, unicast }) => ({ to, from, ...(unicast === true ? { via } : {}) }));
    const answers = await net.askArp('asker', `${router}${link}`, frames, { waitMs: WAIT_MS });
    return new Map(frames.map(({ to }) => [to, [...new Set(answers.filter(({ address }) => address === to).map(({ mac }) => mac))]]));
  }

  /** Waits until the kernel has marked every route over a cut wire: it does so from a queue of its own, at most once a second (linkwatch). */
  async function untilMarked(router: string): Promise<void> {
    for (let look = 0; look < LOOKS.most; look++) {
      const routes = await net.ipJson(router, '-4', 'route', 'show', 'table', 'all');
      const hops = routes
        .filter(({ type }) => type !== 'local')
        .flatMap(({ nexthops, ...route }) => (Array.isArray(nexthops) ? nexthops : [route]));
      if (hops.every(({ dev, flags }) => dev !== 'eth2' || (Array.isArray(flags) && flags.includes('linkdown')))) return;
      await new Promise((resolve) => setTimeout(resolve, LOOKS.pauseMs));
    }
    throw new Error(`${router} does not mark its routes over eth2 as without carrier`);
  }

  it.each(routers.map((router, at) => [router, new Die(SEED * 1000 + at)] as const))('foretells what %s answers', async (router, die) => {
    const lines = setUp(die);
    // The kernel refuses some of them: what counts is what is there in the end.
    await net.run(router, ['ip', '-force', '-batch', '-'], { input: `${lines.join('\n')}\n` });
    const script = switches(die);
    await net.run(router, ['sh'], { input: script });
    const isCut = die.below(2) === 0;
    if (isCut) {
      await net.ip('asker', `link set ${router}eth2 down`);
      await untilMarked(router);
    }
    const { stdout } = await net.parp(router, ['capture']);
    const state = loadCapture(stdout);
    const wrong: string[] = [];
    for (const link of isCut ? LINKS.slice(0, 2) : LINKS) {
      for (let round = 0; round < ROUNDS; round++) {
        const questions = anyQuestions(die, link);
        const answers = await ask(router, link, questions);
        for (const question of questions) {
          const decision = arpDecision(state, question);
          const macs = answers.get(question.to) ?? [];
          asked.push({ decision, macs });
          const expected = decision.answer === 'reply' ? [decision.mac] : [];
          if (decision.answer !== 'depends' && !sameValue(macs, expected))
            wrong.push(
              `${JSON.stringify(question)}: ${macs.join() || 'silence'}, not ${decision.because}\n  ${storyOf(decision).join('\n  ')}`,
            );
        }
      }
    }
    expect(wrong, `${router}, set up with:\n${lines.join('\n')}\n${script}\n`).toEqual([]);
  });

  it('leaves few of them open, and most reasons occur', () => {
    const open = asked.filter(({ decision }) => decision.answer === 'depends');
    const answered = asked.filter(({ macs }) => macs.length > 0);
    expect(asked.length).toBeGreaterThan(200);
    expect(open.length).toBeLessThan(asked.length / 10);
    expect(answered.length).toBeGreaterThan(asked.length / 8);
    if (process.env['PARP_TEST_SEED'] !== undefined) return;
    expect([...new Set(asked.map(({ decision }) => decision.because))]).toEqual(expect.arrayContaining(REASONS));
  });
});
