import { ipv4ToNumber } from '../../net/ipv4.ts';
import { rangeOf } from '../../net/prefix.ts';
import { holds, mergeRanges } from '../../net/range.ts';
import { groupBy } from '../groups.ts';
import type { Risk } from '../risk.ts';
import { riskOf, type ProfileInput } from './risk-input.ts';

/** States of an entry whose MAC somebody has answered with, or set. */
const SEEN: ReadonlySet<string> = new Set(['REACHABLE', 'STALE', 'DELAY', 'PROBE', 'PERMANENT']);

/**
 * Addresses that the host takes for its own where its ARP table knows another owner on that wire. Hosts that move behind it are left
 * out: their old entries are to be expected, and dropped.
 */
export function addressConflict(input: ProfileInput): readonly Risk[] {
  const { before, settings } = input;
  if (before.neighbours.length === 0) return [];
  const own = new Set<string | null>(before.links.map((link) => link.mac));
  const claims = groupBy(
    settings.claims.filter(({ role }) => role !== 'host'),
    (claim) => claim.interface,
  );
  const claimed = new Map([...claims].map(([link, of]) => [link, mergeRanges(of.flatMap(({ addresses }) => addresses.map(rangeOf)))]));
  return before.neighbours.flatMap(({ address, interface: at, mac, state }): Risk[] => {
    if (mac === null || !SEEN.has(state) || own.has(mac)) return [];
    if (!holds(claimed.get(at) ?? [], ipv4ToNumber(address))) return [];
    const message = `${address} was ${mac} on ${at} when this host last talked to it: two would answer for one address; take it from that host first, or choose another`;
    return [riskOf(input, 'address-conflict', 'warning', message)];
  });
}
