import type { Random } from '../fuzz/random.ts';

/*
 * Hosts by chance, as lists of commands. Not every command is one that the kernel takes: what it refuses is left out, and the next one tried.
 */

export interface ArbitraryHost {
  /** For `ip -force -batch -`, in their order. */
  readonly ip: readonly string[];
  /** What is written to files below /proc/sys/net/ipv4. */
  readonly files: readonly (readonly [path: string, value: string])[];
  /** For `nft -f -`; empty where the host has no ruleset. */
  readonly nft: string;
}

/** Links of several kinds; of the last two one name holds a dot, and one what a shell would take for something else. */
const LINKS = ['eth0', 'eth1', 'p0', 'p1', 'br0', 'mv0', 'vx0', 'tun0', 'ifb0', 'eth0.100', "a'b"] as const;
const EVERY = ['lo', ...LINKS] as const;
const MAKE: readonly string[] = [
  'link add eth0 type veth peer name p0',
  'link add eth1 type veth peer name p1',
  'link add br0 type bridge',
  'link add link eth0 name mv0 type macvlan mode bridge',
  'link add vx0 type vxlan id 5 dstport 4789',
  'tuntap add tun0 mode tun',
  'link add ifb0 type ifb',
  'link add eth0.100 type veth',
  "link add a'b type veth",
];

export function arbitraryHost(random: Random): ArbitraryHost {
  const several = (most: number, make: (random: Random) => string): string[] =>
    Array.from({ length: random.below(most + 1) }, () => make(random));
  return {
    ip: [
      ...MAKE.filter(() => random.chance(0.85)),
      ...EVERY.filter(() => random.chance(0.7)).map((link) => `link set ${link} up`),
      ...several(8, linkChange),
      ...several(14, address),
      ...several(8, nexthop),
      ...several(24, route),
      ...several(12, rule),
      ...several(6, neighbour),
      ...several(6, proxy),
      ...several(6, times),
      ...several(3, linkChange),
    ],
    files: Array.from({ length: random.below(16) }, () => file(random)),
    nft: random.pick(RULESETS),
  };
}

function linkChange(random: Random): string {
  const link = random.pick(EVERY);
  return `link set ${random.pick([
    `${link} down`,
    `${link} up`,
    `${link} mtu ${random.pick([576, 1400, 9000])}`,
    `${link} arp off`,
    `${link} promisc on`,
    `${link} allmulticast on`,
    `${link} multicast off`,
    `${link} alias x`,
    `${link} address 02:00:00:00:00:${hex(random.below(256))}`,
    `${random.pick(['p0', 'p1', 'vx0', 'ifb0'])} master br0`,
    `${link} group 7`,
  ])}`;
}

function hex(number: number): string {
  return number.toString(16).padStart(2, '0');
}

/** Few networks, so that things meet. */
function network(random: Random): string {
  return random.pick(['10.0.0', '10.0.1', '192.168.0', '172.16.9']);
}

function host(random: Random): string {
  return `${network(random)}.${random.between(1, 6)}`;
}

function address(random: Random): string {
  const link = random.pick(EVERY);
  const own = random.chance(0.15)
    ? `${host(random)} peer ${host(random)}/${random.pick([32, 24])}`
    : `${host(random)}/${random.pick([32, 31, 24, 16])}`;
  return words(
    `addr add ${own} dev ${link}`,
    random.chance(0.2) && `scope ${random.pick(['link', 'host', 'site', '77'])}`,
    random.chance(0.1) && `label ${link.slice(0, 8)}:x`,
    random.chance(0.1) && 'noprefixroute',
    random.chance(0.1) && 'brd +',
    random.chance(0.1) && 'valid_lft 9000 preferred_lft 8000',
  );
}

function nexthop(random: Random): string {
  const id = random.between(1, 8);
  return random.pick([
    `nexthop add id ${id} via ${host(random)} dev ${random.pick(LINKS)}`,
    `nexthop add id ${id} via 99.1.1.1 dev ${random.pick(LINKS)} onlink`,
    `nexthop add id ${id} dev ${random.pick(EVERY)}`,
    `nexthop add id ${id} blackhole`,
    `nexthop add id ${id} group ${random.between(1, 4)},${random.between(1, 256)}/${random.between(5, 8)}`,
    `nexthop add id ${id} via inet6 fe80::1 dev ${random.pick(LINKS)}`,
  ]);
}

function route(random: Random): string {
  const to = random.pick(['default', `${host(random)}/32`, `${network(random)}.0/24`, '10.0.0.0/8', '203.0.113.10/32', '10.0.0.128/25']);
  const verb = random.pick(['add', 'add', 'add', 'append', 'prepend']);
  const common = words(
    random.chance(0.2) && `metric ${random.pick([1, 100, 4294967295])}`,
    random.chance(0.3) && `table ${random.pick([5, 252, 255, 256, 1000, 4294967295])}`,
    random.chance(0.3) && `proto ${random.pick([2, 3, 4, 97, 186, 255])}`,
    random.chance(0.05) && 'realms 5',
    random.chance(0.1) && 'mtu 1400',
  );
  const tos = random.chance(0.15) ? `tos ${random.pick(['0x10', '0x04', '0x1c'])}` : '';
  const whole = (type: string, way: string): string => words('route', verb, type, to, tos, common, way);
  return random.pick([
    whole('', words(hop(random), random.chance(0.2) && `scope ${random.pick(['link', 'global', 'site', '77'])}`)),
    whole('', words(hop(random), random.chance(0.4) && `src ${host(random)}`)),
    whole('', `${nexthopWords(random)} ${nexthopWords(random)}`),
    whole('', `nhid ${random.between(1, 8)}`),
    whole(random.pick(['local', 'broadcast', 'multicast', 'anycast']), `dev ${random.pick(EVERY)}`),
    whole(random.pick(['blackhole', 'unreachable', 'prohibit', 'throw']), ''),
    whole('', `via inet6 fe80::1 dev ${random.pick(LINKS)}`),
  ]);
}

function hop(random: Random): string {
  return random.pick([
    `dev ${random.pick(EVERY)}`,
    `via ${host(random)}`,
    `via ${host(random)} dev ${random.pick(LINKS)}`,
    `via ${host(random)} dev ${random.pick(LINKS)} onlink`,
  ]);
}

function nexthopWords(random: Random): string {
  return words('nexthop', hop(random), random.chance(0.5) && `weight ${random.between(1, 256)}`);
}

function rule(random: Random): string {
  const selectors = [
    `from ${random.pick([host(random), `${network(random)}.0/24`, '10.0.0.0/8', '0.0.0.0/0'])}`,
    `to ${random.pick([host(random), `${network(random)}.0/24`])}`,
    `iif ${random.pick([...EVERY, 'nix'])}`,
    `oif ${random.pick([...EVERY, 'nix'])}`,
    `fwmark ${random.pick(['1', '0x1/0xff', '0/0xff', '0xffffffff'])}`,
    `tos ${random.pick(['0x10', '0x04'])}`,
    `ipproto ${random.pick(['tcp', 'udp', '200'])}`,
    `sport ${random.pick(['1000', '1000-2000'])}`,
    `dport ${random.pick(['53', '1-65534'])}`,
    `uidrange ${random.pick(['0-0', '100-200'])}`,
    `tun_id ${random.pick([1, 4294967296])}`,
    'l3mdev',
  ].filter(() => random.chance(0.2));
  const target = selectors.includes('l3mdev')
    ? ''
    : random.pick([
        `lookup ${random.pick([5, 252, 254, 1000])}`,
        `lookup 254 suppress_prefixlength ${random.pick([0, 24])}`,
        'lookup 254 suppress_ifgroup 7',
        'lookup 5 realms 3/5',
        'lookup 5 realms 7',
        `goto ${random.pick([32766, 30000, 20000])}`,
        'nop',
        'prohibit',
        'unreachable',
        'blackhole',
      ]);
  const place = random.pick(['', `pref ${random.pick([0, 100, 20000, 30000, 40000])}`]);
  return words('rule add', place, random.chance(0.1) && 'not', ...selectors, random.chance(0.1) && 'protocol 97', target);
}

function neighbour(random: Random): string {
  return words(
    `neigh add ${host(random)} dev ${random.pick(LINKS)}`,
    random.chance(0.8) && `lladdr 02:00:00:00:00:${hex(random.below(256))}`,
    `nud ${random.pick(['permanent', 'noarp', 'stale', 'failed'])}`,
    random.chance(0.2) && 'extern_learn',
    random.chance(0.2) && 'protocol 97',
  );
}

function proxy(random: Random): string {
  return words(`neigh add proxy ${host(random)} dev ${random.pick(EVERY)}`, random.chance(0.5) && `protocol ${random.pick([2, 97, 200])}`);
}

function times(random: Random): string {
  const value = random.pick([0, 1, 4, 10, 1000, 65432]);
  return `ntable change name arp_cache dev ${random.pick(EVERY)} ${random.pick(['proxy_delay', 'locktime', 'proxy_queue'])} ${value}`;
}

const SWITCHES = [
  'proxy_arp',
  'proxy_arp_pvlan',
  'forwarding',
  'rp_filter',
  'send_redirects',
  'arp_ignore',
  'arp_announce',
  'medium_id',
] as const;

function file(random: Random): readonly [string, string] {
  const link = random.pick([...EVERY, ...EVERY, 'all', 'default']);
  const value = random.pick(['0', '1', '2', '-1']);
  return random.pick([
    [`conf/${link}/${random.pick(SWITCHES)}`, value],
    [`conf/${link}/${random.pick(SWITCHES)}`, value],
    ['ip_forward', random.pick(['0', '1'])],
    ['ip_nonlocal_bind', '1'],
    [`neigh/${random.pick(EVERY)}/${random.pick(['proxy_delay', 'locktime', 'proxy_qlen'])}`, random.pick(['0', '1', '33', '100'])],
  ]);
}

const RULESETS = [
  '',
  '',
  'table inet filter { chain forward { type filter hook forward priority 0; policy drop; counter accept; }; }',
  'table ip parp_edge { comment "not by parp"; }',
  'table arp a { chain in { type filter hook input priority 0; arp operation request drop; }; }\ntable ip6 b { set s { type ipv6_addr; elements = { fe80::1 }; }; }',
] as const;

function words(...parts: readonly (string | false)[]): string {
  return parts.filter((part) => part !== false && part !== '').join(' ');
}
