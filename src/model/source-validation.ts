import type { Ipv4 } from '../net/ipv4.ts';
import { LOOPBACK, type LinkName } from '../net/link-name.ts';
import { isOwnAddress, rulesInOrder } from './fib-index.ts';
import { fibLookup } from './fib-lookup.ts';
import { hasRealm } from './fib-rules.ts';
import { isOn, largerSetting } from './link-settings.ts';
import type { RoutingHistory } from './routing-history.ts';
import type { HostState } from './state.ts';

/** A packet or ARP request as it arrives. */
export interface Arrival {
  readonly interface: LinkName;
  readonly from: Ipv4;
  readonly to: Ipv4;
}

/** Whether the sender is accepted, and why in words; 'unknown' where that hangs on a rule that the state does not show. */
export interface Validation {
  readonly passes: boolean | 'unknown';
  readonly step: string;
}

/** Whether the host accepts a sender (fib_validate_source). `out` is where the way to the target leaves; null for a target of the host's own. */
export function validateSource(state: HostState, arrival: Arrival, out: LinkName | null, history: RoutingHistory): Validation {
  const { interface: at, from } = arrival;
  const filter = largerSetting(state, at, 'rp_filter');
  const redirects = out === at && isOn(state, at, 'send_redirects');
  const realms = rulesInOrder(state).some(hasRealm);
  if (filter !== 0 || realms || redirects) return fullCheck(state, arrival, out, filter, history);
  if (isOn(state, at, 'accept_local')) return accepted(from, `accept_local of ${at} is on`);
  if (history.customRules || history.customLocalRoutes) return fullCheck(state, arrival, out, filter, history);
  return isOwnAddress(state, from) ? rejected(from, 'it is an address of the host itself') : accepted(from, `rp_filter of ${at} is off`);
}

/** __fib_validate_source: would the host send to the sender by the interface that the sender is heard on? */
function fullCheck(state: HostState, arrival: Arrival, out: LinkName | null, filter: number, history: RoutingHistory): Validation {
  const { interface: at, from, to } = arrival;
  const back = fibLookup(state, { to: from, from: to, iif: out ?? LOOPBACK }, history.customRules);
  const filtered = `rp_filter of ${at} is ${filter}`;
  if (back.found === 'unknown')
    return { passes: 'unknown', step: `The way back to ${from} hangs on the rule of priority ${back.rule.priority}` };
  if (back.found !== 'route') return filter === 0 ? accepted(from, filtered) : rejected(from, `${filtered}, and no route leads back`);
  const { type } = back.route;
  if (type === 'local' && !isOn(state, at, 'accept_local')) return rejected(from, 'it is an address of the host itself');
  if (type !== 'unicast' && type !== 'local') return rejected(from, `the way back to it is a ${type} route`);
  if (back.everyHop.some((hop) => hop.interface === at) || (type === 'local' && at === LOOPBACK))
    return accepted(from, `the way back to it leaves by ${at}`);
  const other = back.hops[0]?.interface ?? 'another interface';
  if (!state.addresses.some((entry) => entry.interface === at)) {
    return filter === 0
      ? accepted(from, filtered)
      : rejected(from, `${filtered}, ${at} has no address, and the way back leaves by ${other}`);
  }
  return filter === 1 ? rejected(from, `${filtered}, and the way back leaves by ${other}`) : accepted(from, filtered);
}

function accepted(from: Ipv4, why: string): Validation {
  return { passes: true, step: `The sender ${from} is accepted: ${why}` };
}

function rejected(from: Ipv4, why: string): Validation {
  return { passes: false, step: `The sender ${from} is rejected: ${why}` };
}
