import type { Ipv4 } from '../net/ipv4.ts';
import type { LinkName } from '../net/link-name.ts';
import { addressOf } from '../net/prefix.ts';
import { hasRealm } from './fib-rules.ts';
import { groupBy } from './groups.ts';
import { onceForEach } from './once-for-each.ts';
import { levelsOf, mergeLevels, type Level } from './route-index.ts';
import { routesByTable, type AddressEntry, type HostState, type NexthopEntry, type RouteEntry, type RuleEntry } from './state.ts';

/** A routing table as it is searched: the longest prefixes first, the routes of each in the order in which the kernel tries them. */
export type Trie = readonly Level<RouteEntry>[];

interface FibIndex {
  readonly tries: Map<string | number, Trie>;
  readonly nexthops: ReadonlyMap<number, NexthopEntry>;
  readonly own: ReadonlySet<Ipv4>;
  readonly addresses: ReadonlyMap<LinkName, readonly AddressEntry[]>;
  readonly rules: readonly RuleEntry[];
  readonly hasRealms: boolean;
}

const indexOf = onceForEach((state: HostState): FibIndex => ({
  tries: new Map(),
  nexthops: new Map(state.nexthops.map((nexthop) => [nexthop.id, nexthop])),
  own: new Set(state.addresses.map(({ address }) => addressOf(address))),
  addresses: groupBy(state.addresses, (entry) => entry.interface),
  rules: [...state.rules].sort((a, b) => a.priority - b.priority),
  hasRealms: state.routes.some(({ realm }) => realm === true) || state.rules.some(hasRealm),
}));

/** One table, or several that the kernel keeps in one trie (fib_trie_table with an alias). Built once for each state. */
export function trieOf(state: HostState, ...tables: readonly number[]): Trie {
  const index = indexOf(state);
  const [only = 0] = tables;
  const key = tables.length === 1 ? only : tables.join(' ');
  const known = index.tries.get(key);
  if (known !== undefined) return known;
  const levels = tables.map((table) => withoutTos(routesByTable(state).get(table)?.levels ?? []));
  const made = levels.reduce((all, others) => mergeLevels(all, others, inOrder));
  index.tries.set(key, made);
  return made;
}

/** fib_table_lookup: a route with a tos is for packets of that tos, and an ARP request has none. */
function withoutTos(levels: Trie): Trie {
  const isAsked = ({ tos = 0 }: RouteEntry): boolean => tos === 0;
  return levels.every(({ routes }) => routes.every(isAsked))
    ? levels
    : levelsOf(
        levels.flatMap(({ routes }) => routes.filter(isAsked)),
        inOrder,
      );
}

/** The order of one prefix's routes in a trie (fib_find_alias): the higher table, then the lower metric. */
function inOrder(a: RouteEntry, b: RouteEntry): number {
  return b.table - a.table || a.metric - b.metric;
}

export function nexthopIn(state: HostState, id: number): NexthopEntry | undefined {
  return indexOf(state).nexthops.get(id);
}

/** The links by which a nexthop object leads, or the members of a group. */
export function linksOfNexthop(state: HostState, id: number): LinkName[] {
  const object = nexthopIn(state, id);
  const members = object?.group?.map((member) => nexthopIn(state, member.id)) ?? [object];
  return members.flatMap((member) => member?.interface ?? []);
}

/** Whether an interface of the host has the address (inet_lookup_ifaddr_rcu), be it up or down. */
export function isOwnAddress(state: HostState, address: Ipv4): boolean {
  return indexOf(state).own.has(address);
}

/** The addresses of one interface, in the order of the state. */
export function addressesOn(state: HostState, link: LinkName): readonly AddressEntry[] {
  return indexOf(state).addresses.get(link) ?? [];
}

/** Whether a route or a rule has a realm (fib_num_tclassid_users): the source of all that arrives is looked up then. */
export function hasRealms(state: HostState): boolean {
  return indexOf(state).hasRealms;
}

/** The rules in the order in which they are asked. */
export function rulesInOrder(state: HostState): readonly RuleEntry[] {
  return indexOf(state).rules;
}
