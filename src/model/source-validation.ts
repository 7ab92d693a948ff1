import type { Ipv4 } from '../net/ipv4.ts';
import { LOOPBACK, type LinkName } from '../net/link-name.ts';
import type { Step } from './arp-outcome.ts';
import { addressesOn, hasRealms, isOwnAddress } from './fib-index.ts';
import { fibLookup } from './fib-lookup.ts';
import { isOn, largerSetting, largerWords, onWords } from './link-settings.ts';
import { routeWords, ruleWords, tableWords } from './route-words.ts';
import type { RoutingHistory } from './routing-history.ts';
import type { HostState, RouteEntry } from './state.ts';

/** A packet or ARP request as it arrives. */
export interface Arrival {
  readonly interface: LinkName;
  readonly from: Ipv4;
  readonly to: Ipv4;
}

/** Whether the sender is accepted, and why in words; 'unknown' where that hangs on a rule that the state does not show. */
export interface Validation {
  readonly passes: boolean | 'unknown';
  readonly step: Step;
  /** The route back to the sender, if it was looked up. */
  readonly back?: RouteEntry;
}

/** Whether the host accepts a sender (fib_validate_source). `out` is where the way to the target leaves; null for a target of the host's own. */
export function validateSource(state: HostState, arrival: Arrival, out: LinkName | null, history: RoutingHistory): Validation {
  const { interface: at, from } = arrival;
  const filter = largerSetting(state, at, 'rp_filter');
  const redirects = out === at && isOn(state, at, 'send_redirects');
  if (filter !== 0 || redirects || hasRealms(state)) return fullCheck(state, arrival, out, filter, history);
  if (isOn(state, at, 'accept_local')) return accepted(from, () => onWords(state, at, 'accept_local'));
  if (history.customRules || history.customLocalRoutes) return fullCheck(state, arrival, out, filter, history);
  return isOwnAddress(state, from) ? rejected(from, OWN) : accepted(from, () => largerWords(state, at, 'rp_filter'));
}

/** __fib_validate_source: would the host send to the sender by the interface that the sender is heard on? */
function fullCheck(state: HostState, arrival: Arrival, out: LinkName | null, filter: number, history: RoutingHistory): Validation {
  const { interface: at, from, to } = arrival;
  const back = fibLookup(state, { to: from, from: to, iif: out ?? LOOPBACK }, history.customRules);
  const filtered = (): string => largerWords(state, at, 'rp_filter');
  if (back.found === 'unknown') return { passes: 'unknown', step: () => `The way back to ${from} hangs on ${ruleWords(back.rule)}` };
  if (back.found !== 'route') {
    return filter === 0 ? accepted(from, filtered) : rejected(from, () => `${filtered()}, and no route leads back`);
  }
  const { route } = back;
  if (route.type === 'local' && !isOn(state, at, 'accept_local')) return rejected(from, OWN, route);
  if (route.type !== 'unicast' && route.type !== 'local') {
    return rejected(from, () => `the way back to it is ${routeWords(route)} of table ${tableWords(route.table)}`, route);
  }
  if (back.everyHop.some((hop) => hop.interface === at) || (route.type === 'local' && at === LOOPBACK))
    return accepted(from, () => `the way back to it leaves by ${at}`);
  const elsewhere = (): string => `the way back is ${routeWords(route, back.hops)}`;
  if (addressesOn(state, at).length === 0) {
    return filter === 0 ? accepted(from, filtered) : rejected(from, () => `${filtered()}, ${at} has no address, and ${elsewhere()}`, route);
  }
  return filter === 1 ? rejected(from, () => `${filtered()}, and ${elsewhere()}`, route) : accepted(from, filtered);
}

const OWN = (): string => 'it is an address of the host itself';

function accepted(from: Ipv4, why: () => string): Validation {
  return { passes: true, step: () => `The sender ${from} is accepted: ${why()}` };
}

function rejected(from: Ipv4, why: () => string, back?: RouteEntry): Validation {
  return { passes: false, step: () => `The sender ${from} is rejected: ${why()}`, ...(back === undefined ? {} : { back }) };
}
