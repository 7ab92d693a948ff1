import type { Die } from './die.ts';

/** A router that a die has thrown, as what sets it up. The kernel refuses some of the lines: what counts is what is there in the end. */
export interface RandomRouter {
  readonly links: readonly string[];
  /** Lines for `ip -force -batch`. */
  readonly lines: readonly string[];
  /** Lines for sh(1) that write the switches. */
  readonly switches: readonly string[];
  /** Addresses of proxy neighbours that have no interface. */
  readonly proxiesOfAll: readonly string[];
  /** Interfaces that are taken down, and those whose wire is cut. */
  readonly down: readonly string[];
  readonly cut: readonly string[];
}

export const MOST_LINKS = 4;

/** The longest proxy_delay, in hundredths of a second as the file has it. */
export const SLOW = 100;

export function randomRouter(die: Die): RandomRouter {
  const links = Array.from({ length: 2 + die.below(MOST_LINKS - 1) }, (_, at) => `eth${at}`);
  const last = links.slice(-1);
  // What the kernel remembers of rules and local routes hides a lot.
  const isUntouched = die.once(3);
  return {
    links,
    lines: [
      ...addresses(die, links),
      ...nexthops(die, links),
      ...die.times(3, 14, () => anyRoute(die, links)).filter((line) => !isUntouched || !line.startsWith('route add local')),
      ...(isUntouched || die.once(3) ? [] : die.times(1, 6, () => anyRule(die, links))),
      ...(isUntouched ? [] : history(die)),
      ...die.times(0, 40, () => `neigh add proxy ${anyAddress(die)} dev ${die.of(links)}`),
    ],
    switches: switches(die, links),
    proxiesOfAll: die.once(4) ? die.times(1, 4, () => `10.0.${die.below(4)}.${die.of([4, 5, 6, 200])}`) : [],
    ...die.of([
      { down: [], cut: [] },
      { down: [], cut: [] },
      { down: last, cut: [] },
      { down: [], cut: last },
    ]),
  };
}

/** Addresses lie close together, so that prefixes, routes and questions meet. */
export function anyAddress(die: Die): string {
  return `10.0.${die.below(4)}.${die.of([0, 1, 2, 3, 4, 5, 6, 7, 9, 77, 127, 128, 200, 254, 255])}`;
}

function anyPrefix(die: Die): string {
  const third = die.below(4);
  return die.of([
    `10.0.${third}.0/24`,
    `10.0.${third}.0/25`,
    `10.0.${third}.${4 * die.below(3)}/30`,
    `10.0.${third}.${2 * die.below(4)}/31`,
    '10.0.0.0/16',
    '10.0.0.0/22',
    `10.0.${third}.${die.below(8)}/32`,
    '0.0.0.0/0',
    '192.168.7.0/24',
    '0.0.0.0/8',
  ]);
}

function addresses(die: Die, links: readonly string[]): string[] {
  return [
    ...links.flatMap((link, at) => (die.once(4) ? [] : [`address add 10.0.${at}.1/24 dev ${link}${die.of(['', '', ' brd +'])}`])),
    ...links.flatMap((link) =>
      die.times(
        0,
        1,
        () =>
          `address add ${anyAddress(die)}/${die.of([8, 24, 25, 30, 31, 32])} dev ${link}${die.of(['', '', ' scope link', ' scope host', ' noprefixroute'])}`,
      ),
    ),
    ...die.times(0, 1, () => `address add 10.0.2.1/${die.of([26, 32])} dev lo`),
    ...die.times(0, 1, () => `address add 10.0.3.3 peer 10.0.3.4/32 dev ${die.of(links)}`),
  ];
}

function nexthops(die: Die, links: readonly string[]): string[] {
  return [
    ...[1, 2, 3].map(
      (id) => `nexthop add id ${id} ${die.of([`dev ${die.of(links)}`, `via ${anyAddress(die)} dev ${die.of(links)} onlink`])}`,
    ),
    'nexthop add id 4 blackhole',
    'nexthop add id 5 group 1/2',
    'nexthop add id 6 group 2/3,7',
    'nexthop add id 7 group 4',
  ];
}

function anyRoute(die: Die, links: readonly string[]): string {
  const metric = die.of(['', '', '', ' metric 5', ' metric 7']);
  const table = die.of(['', '', '', ' table 100', ' table 253', ' table 101']);
  const more = die.of(['', '', '', '', '', '', '', '', '', '', ' realm 5', ' tos 0x10', ' scope host']);
  const hop = (): string =>
    die.of([
      `dev ${die.of(links)}`,
      `dev ${die.of(links)}`,
      `via ${anyAddress(die)} dev ${die.of(links)} onlink`,
      `via ${anyAddress(die)}`,
      'dev lo',
    ]);
  const way = die.of([
    hop,
    hop,
    hop,
    hop,
    () => `nhid ${1 + die.below(7)}`,
    () => `nhid ${die.of([1, 2, 3, 4, 5, 6])}`,
    () => `nexthop dev ${die.of(links)} nexthop dev ${die.of(links)}`,
    () => `nexthop dev ${die.of(links)} weight 3 nexthop via ${anyAddress(die)} dev ${die.of(links)} onlink`,
  ])();
  const refusing = die.of(['blackhole', 'unreachable', 'prohibit', 'throw']);
  const unicast = (): string => `route append ${anyPrefix(die)}${metric}${table}${more} ${way}`;
  return die.of([
    unicast,
    unicast,
    unicast,
    () => `route add ${refusing} ${anyPrefix(die)}${metric}${table}`,
    () => `route add local ${anyPrefix(die)} dev lo${die.of(['', ' table 100'])}`,
    () => `route add ${die.of(['broadcast', 'broadcast', 'anycast', 'multicast'])} ${anyAddress(die)} dev ${die.of(links)}`,
  ])();
}

function anyRule(die: Die, links: readonly string[]): string {
  const selector = die.of([
    () => `from ${anyPrefix(die)}`,
    () => `to ${anyPrefix(die)}`,
    () => `from ${anyPrefix(die)} to ${anyPrefix(die)} iif ${die.of(links)}`,
    () => `iif ${die.of([...links, 'lo', 'gone0'])}`,
    () => `oif ${die.of(links)}`,
    () => die.of(['fwmark 5', 'fwmark 0xff', 'fwmark 0/0xff']),
    () => die.of(['tos 0x10', 'ipproto tcp', 'dport 22', 'uidrange 0-5', 'uidrange 7-9', 'tun_id 4']),
    () => '',
  ])();
  const action = die.of([
    'lookup 100',
    'lookup 101',
    'lookup main',
    'lookup main suppress_prefixlength 0',
    'lookup main suppress_prefixlength 24',
    'lookup main realms 7',
    'blackhole',
    'unreachable',
    'prohibit',
    'nop',
    'goto 32766',
    'goto 30',
    'goto 32767',
  ]);
  return `rule add ${die.of(['', '', 'not '])}${selector === '' ? 'from all' : selector} ${action} pref ${die.of([0, 10, 20, 30, 32800])}`;
}

/** What leaves no trace but in the kernel's memory. */
function history(die: Die): string[] {
  return [
    ...(die.once(8) ? ['rule add from 172.16.0.0/12 lookup 102 pref 77', 'rule del from 172.16.0.0/12 lookup 102 pref 77'] : []),
    ...(die.once(8) ? ['route add local 172.16.7.7/32 dev lo', 'route del local 172.16.7.7/32 dev lo'] : []),
  ];
}

const SWITCHES: Readonly<Record<string, { readonly device: readonly number[]; readonly all?: readonly number[] }>> = {
  proxy_arp: { device: [0, 0, 1, 1, 1], all: [0, 0, 0, 1] },
  proxy_arp_pvlan: { device: [0, 1], all: [0, 0, 0, 1] },
  forwarding: { device: [0, 1, 1, 1, 1, 1, 1, 1] },
  medium_id: { device: [0, 0, 0, 0, -1, 1, 2], all: [0, 1] },
  rp_filter: { device: [0, 0, 0, 0, 0, 1, 2, 3], all: [0, 0, 0, 0, 0, 1, 2] },
  arp_ignore: { device: [0, 0, 0, 0, 0, 1, 2, 3, 4, 8], all: [0, 0, 0, 0, 0, 0, 2] },
  arp_filter: { device: [0, 0, 0, 1], all: [0, 0, 0, 0, 1] },
  accept_local: { device: [0, 0, 0, 1], all: [0, 0, 0, 0, 1] },
  route_localnet: { device: [0, 0, 0, 1], all: [0, 0, 0, 0, 1] },
  drop_gratuitous_arp: { device: [0, 0, 0, 0, 1], all: [0, 0, 0, 0, 0, 0, 0, 1] },
  send_redirects: { device: [0, 1], all: [0, 1] },
  bc_forwarding: { device: [0, 1], all: [0, 1] },
  ignore_routes_with_linkdown: { device: [0, 1], all: [0, 0, 1] },
};

function switches(die: Die, links: readonly string[]): string[] {
  const conf = Object.entries(SWITCHES).flatMap(([key, { device, all }]) => [
    ...links.map((link) => `echo ${die.of(device)} > /proc/sys/net/ipv4/conf/${link}/${key}`),
    ...(all === undefined ? [] : [`echo ${die.of(all)} > /proc/sys/net/ipv4/conf/all/${key}`]),
  ]);
  const neigh = links.flatMap((link) => [
    `echo ${die.of([0, 0, 0, 10, SLOW, SLOW, -1])} > /proc/sys/net/ipv4/neigh/${link}/proxy_delay`,
    // So that none is dropped of all that are asked at once.
    `echo 10000 > /proc/sys/net/ipv4/neigh/${link}/proxy_qlen`,
  ]);
  return [...conf, ...neigh];
}
