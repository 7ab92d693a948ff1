import { AddressSetBuilder, NO_ADDRESSES, type AddressSet } from '../net/address-set.ts';
import { ipv4ToNumber, parseIpv4 } from '../net/ipv4.ts';
import { LOOPBACK, type LinkName } from '../net/link-name.ts';
import { localTable, triesAsked } from './fib-lookup.ts';
import { linksOfNexthop, rulesInOrder } from './fib-index.ts';
import { overlay, Pairs, partitionByRoutes, type Cut, type Partition, type RouteClass } from './fib-partition.ts';
import { isOn, lacksIpv4, ownSetting } from './link-settings.ts';
import { onceForEach } from './once-for-each.ts';
import { historiesOf } from './routing-history.ts';
import { linkNamed, type HostState, type RouteEntry, type RuleEntry } from './state.ts';

/**
 * The address space in segments within which a host treats all addresses alike when they are asked for, whoever asks, but for addresses of
 * its own and for proxy neighbours: cut by the prefixes of every table, of every rule, and by those that no table knows of.
 */
export const segmentsOf = onceForEach((state: HostState): Partition => {
  const shapes = new Pairs();
  const classify = routeClasses(state);
  const tries = new Set(
    historiesOf(state).flatMap(({ customRules }) => [localTable(state, customRules), ...triesAsked(state, customRules)]),
  );
  const cuts = [...SPECIAL, ...rulesInOrder(state).flatMap(prefixesIn)];
  const [first, ...others] = [...tries].filter((trie, at) => at === 0 || trie.length > 0);
  return others.reduce(
    (all, trie) => overlay(all, partitionByRoutes(trie, classify, [], shapes), shapes),
    partitionByRoutes(first ?? [], classify, cuts, shapes),
  );
});

/** The addresses that no prefix but 0.0.0.0/0 holds: where a default route leads, they go by it. */
export const offLink = onceForEach((state: HostState): AddressSet => {
  const { starts, classOf, classes } = segmentsOf(state);
  if (!classes.some(({ heldBy }) => heldBy === 'default')) return NO_ADDRESSES;
  const set = new AddressSetBuilder();
  for (const [i, first] of starts.entries()) {
    if (classes[classOf[i] ?? 0]?.heldBy === 'default') set.add(first, (starts[i + 1] ?? 2 ** 32) - 1);
  }
  return set.set();
});

/** 0.0.0.0, loopback, multicast, and the limited broadcast address: ip_route_input_slow and arp_process name them. */
const SPECIAL: readonly Cut[] = [
  { first: 0, length: 32 },
  { first: 0x7f000000, length: 8 },
  { first: 0xe0000000, length: 4 },
  { first: 0xffffffff, length: 32 },
];

/** What a rule says of addresses. A target is also looked at as a sender: on the way back (fib_validate_source). */
function prefixesIn(rule: RuleEntry): Cut[] {
  return (['src', 'dst'] as const).flatMap((key) => {
    const text = rule[key];
    const parsed = typeof text === 'string' ? parseIpv4(text) : undefined;
    if (parsed?.ok !== true) return [];
    const length = Number(rule[`${key}len`] ?? 32);
    const host = 2 ** (32 - length);
    const number = ipv4ToNumber(parsed.value);
    return [{ first: number - (number % host), length }];
  });
}

type Classify = (route: RouteEntry, length: number) => RouteClass;

/** Tells routes apart by what their lookup hangs on. Of a hundred thousand most are like the one before. */
function routeClasses(state: HostState): Classify {
  const ids = new Map<string, RouteClass>();
  const shapes = new Map<string, number>();
  const makeOf = linkMakes(state);
  const hasSuppressors = state.rules.some((rule) => 'suppress_prefixlen' in rule);
  const make = (route: RouteEntry, length: number): RouteClass => {
    const { type, scope, nexthop, hops, flags = [], interface: link } = route;
    const all = hops ?? [{ interface: link, flags }];
    const links = nexthop === undefined ? all.flatMap((hop) => hop.interface ?? []) : linksOfNexthop(state, nexthop);
    const words = (name: (of: LinkName | undefined) => string): string =>
      JSON.stringify([
        type,
        scope === 'host',
        hasSuppressors ? length : length === 0,
        nexthop,
        all.map((hop) => [name(hop.interface), 'flags' in hop ? hop.flags : []]),
      ]);
    const id = words((of) => of ?? '');
    const shape = words((of) => (of === undefined ? '' : makeOf(of)));
    if (!shapes.has(shape)) shapes.set(shape, shapes.size + 1);
    const known = ids.get(id) ?? { id: ids.size, shape: shapes.get(shape) ?? 0, links, isDefault: length === 0 };
    ids.set(id, known);
    return known;
  };
  let before: { readonly route: RouteEntry; readonly is: RouteClass } | undefined;
  return (route, length) => {
    if (length === 0 || hasSuppressors) return make(route, length);
    if (before !== undefined && isPlainlyAlike(before.route, route)) return before.is;
    before = { route, is: make(route, length) };
    return before.is;
  };
}

function isPlainlyAlike(a: RouteEntry, b: RouteEntry): boolean {
  return (
    a.interface === b.interface &&
    a.type === b.type &&
    a.scope === b.scope &&
    a.nexthop === b.nexthop &&
    a.flags === b.flags &&
    a.hops === b.hops
  );
}

/** What a link is as the way out for who asks on another: the same text for links that no decision tells apart. */
function linkMakes(state: HostState): (name: LinkName) => string {
  const named = new Set(rulesInOrder(state).flatMap((rule) => [rule['iif'], rule['oif']]));
  const known = new Map<LinkName, string>();
  const make = (name: LinkName): string => {
    const link = linkNamed(state, name);
    const master = link?.master == null ? undefined : linkNamed(state, link.master)?.kind;
    if (link === undefined || name === LOOPBACK || named.has(name) || link.kind === 'vrf' || master === 'vrf') return ` ${name}`;
    const flags = ['UP', 'LOWER_UP'].filter((flag) => link.flags.includes(flag));
    const ignored = isOn(state, name, 'ignore_routes_with_linkdown');
    return JSON.stringify([flags, ignored, lacksIpv4(state, name), ownSetting(state, name, 'medium_id')]);
  };
  return (name) => {
    const text = known.get(name) ?? make(name);
    known.set(name, text);
    return text;
  };
}
