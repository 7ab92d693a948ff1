import { LOOPBACK, type LinkName } from '../../net/link-name.ts';
import { lengthOf, networkOf, rangeOf, type Prefix } from '../../net/prefix.ts';
import { rangeSize, subtractRanges } from '../../net/range.ts';
import { groupBy } from '../groups.ts';
import { proxyDelay } from '../link-settings.ts';
import { RT_TABLE_MAIN } from '../operation.ts';
import type { Risk } from '../risk.ts';
import type { HostState } from '../state.ts';
import { isAnswering } from './answering.ts';
import { named, riskOf, type ProfileInput } from './risk-input.ts';

/**
 * Subnets that stand on two interfaces: only one of their connected routes counts. On the other interface proxy_arp answers in place of
 * the owners on that very wire, and with proxy_delay 0 before them (KERNEL.md F91).
 */
export function sameSubnetTwice(input: ProfileInput): readonly Risk[] {
  const { before, after, concern } = input;
  const known = new Set(twins(before).map(wordsOf));
  return twins(after)
    .filter((twin) => (concern.links.has(twin.loser) || concern.links.has(twin.winner)) && !known.has(wordsOf(twin)))
    .map((twin) => riskOf(input, 'same-subnet-twice', twin.hijacks === 'at-once' ? 'refusal' : 'warning', messageOf(twin)));
}

interface Twin {
  readonly subnet: Prefix;
  /** By which the subnet is reached. */
  readonly winner: LinkName;
  /** By which it is not, but for what has routes of its own. */
  readonly loser: LinkName;
  readonly hijacks: 'never' | 'late' | 'at-once';
  /** How many addresses have no such route. */
  readonly unrouted: number;
}

function wordsOf({ subnet, winner, loser, hijacks }: Twin): string {
  return `${subnet} ${winner} ${loser} ${hijacks}`;
}

function twins(state: HostState): Twin[] {
  const wide = state.addresses.filter(({ address, interface: at }) => at !== LOOPBACK && lengthOf(address) < 32);
  const bySubnet = groupBy(wide, ({ address }) => networkOf(address));
  return [...bySubnet].flatMap(([subnet, entries]) => {
    const links = new Set(entries.map((entry) => entry.interface));
    return links.size < 2 ? [] : twinsOf(state, subnet, links);
  });
}

function twinsOf(state: HostState, subnet: Prefix, links: ReadonlySet<LinkName>): Twin[] {
  const routes = state.routes.filter(({ type, table }) => type === 'unicast' && table === RT_TABLE_MAIN);
  const winner = routes.filter(({ to }) => to === subnet).toSorted((a, b) => a.metric - b.metric)[0]?.interface;
  if (winner === undefined) return [];
  const { first, last } = rangeOf(subnet);
  const longer = routes
    .filter(({ to }) => to !== subnet && lengthOf(to) > lengthOf(subnet))
    .map(({ to }) => rangeOf(to))
    .filter((range) => first <= range.first && range.last <= last);
  // Neither the network's own address nor the broadcast address is anybody's.
  const hosts = lengthOf(subnet) > 30 ? { first, last } : { first: first + 1, last: last - 1 };
  const unrouted = subtractRanges([hosts], longer).reduce((sum, range) => sum + rangeSize(range), 0);
  if (unrouted === 0) return [];
  return [...links]
    .filter((link) => link !== winner)
    .map((loser) => ({ subnet, winner, loser, unrouted, hijacks: hijacking(state, loser) }));
}

function hijacking(state: HostState, link: LinkName): Twin['hijacks'] {
  if (!isAnswering(state, link, 'proxy_arp')) return 'never';
  return proxyDelay(state, link) === 0 ? 'at-once' : 'late';
}

function messageOf({ subnet, winner, loser, hijacks, unrouted }: Twin): string {
  const twice = `${named([winner, loser])} both have an address of ${subnet}, which is reached by ${winner}`;
  if (hijacks === 'never')
    return `${twice}: neighbours on ${loser} without a route of their own are looked for on the wrong wire; give ${loser} a /32`;
  const race = hijacks === 'at-once' ? 'and as fast as they, since its proxy_delay is 0' : 'where they are slow to answer';
  return `${twice}: on ${loser} this host answers for ${unrouted} addresses in place of their owners on that very wire, ${race}; give ${loser} a /32 and list its hosts`;
}
