import { ipv4ToNumber, UNSPECIFIED, type Ipv4 } from '../net/ipv4.ts';
import { LOOPBACK, type LinkName } from '../net/link-name.ts';
import { depends, silence, type ArpOutcome, type ArpReason } from './arp-outcome.ts';
import { fibLookup, type FibResult, type FoundRoute } from './fib-lookup.ts';
import { isOn, lacksIpv4, ownSetting } from './link-settings.ts';
import type { RoutingHistory } from './routing-history.ts';
import { validateSource, type Arrival } from './source-validation.ts';
import type { HostState } from './state.ts';

/** Where an arrival is taken: to the host itself, or on by an interface; else how it ends. */
export type Routed =
  | { readonly to: 'host'; readonly steps: readonly string[] }
  | { readonly to: 'link'; readonly out: LinkName; readonly steps: readonly string[] }
  | { readonly to: 'nowhere'; readonly outcome: ArpOutcome };

/** 224.0.0.0/4 (ipv4_is_multicast). */
export function isMulticast(address: Ipv4): boolean {
  return ipv4ToNumber(address) >>> 28 === 14;
}

/** 127.0.0.0/8 (ipv4_is_loopback). */
export function isLoopback(address: Ipv4): boolean {
  return address.startsWith('127.');
}

export function isLimitedBroadcast(address: Ipv4): boolean {
  return address === '255.255.255.255';
}

/** ip_route_input_slow for an arrival that asks: one way, or as many as a route has hops, of which the kernel takes one by a hash. */
export function routeInput(state: HostState, arrival: Arrival, history: RoutingHistory): readonly Routed[] {
  const { interface: at, from, to } = arrival;
  if (isMulticast(from) || isLimitedBroadcast(from)) return [fails('source-rejected', `No host sends from ${from}`)];
  if (isLimitedBroadcast(to) || to === UNSPECIFIED) return [fails('target-not-unicast', `${to} is nobody's address`)];
  if (from === UNSPECIFIED) return [fails('source-rejected', 'No host sends from 0.0.0.0')];
  if (isLoopback(from) && !isLoopback(to) && !isOn(state, at, 'route_localnet'))
    return [fails('source-rejected', `The sender ${from} is a loopback address, and route_localnet of ${at} is off`)];
  const found = fibLookup(state, { to, from, iif: at }, history.customRules);
  if (found.found !== 'route') return [unrouted(found, to)];
  const step = `The route to ${to} is ${routeWords(found)}`;
  const { type } = found.route;
  if (type === 'broadcast') return [fails('broadcast', `${step}: a broadcast address`)];
  if (type === 'local') return [validated(state, arrival, null, history, [step], (steps) => ({ to: 'host', steps }))];
  if (ownSetting(state, at, 'forwarding') === 0) return [fails('forwarding-off', step, `forwarding of ${at} is off`)];
  if (type !== 'unicast') return [fails('target-not-unicast', step)];
  return found.hops.map((hop) => onward(state, arrival, hop.interface ?? LOOPBACK, history, step));
}

/** __mkroute_input, but for its last question: that is about ARP alone. */
function onward(state: HostState, arrival: Arrival, out: LinkName, history: RoutingHistory, step: string): Routed {
  if (lacksIpv4(state, out)) return fails('no-ipv4', step, `${out} has no IPv4`);
  return validated(state, arrival, out, history, [step], (steps) => ({ to: 'link', out, steps }));
}

function validated(
  state: HostState,
  arrival: Arrival,
  out: LinkName | null,
  history: RoutingHistory,
  steps: readonly string[],
  pass: (steps: readonly string[]) => Routed,
): Routed {
  const { passes, step } = validateSource(state, arrival, out, history);
  if (passes === 'unknown') return { to: 'nowhere', outcome: depends('unknown-rule', ...steps, step) };
  return passes ? pass([...steps, step]) : fails('source-rejected', ...steps, step);
}

function unrouted(found: Exclude<FibResult, FoundRoute>, to: Ipv4): Routed {
  switch (found.found) {
    case 'nothing':
      return fails('no-route', `No route leads to ${to}`);
    case 'refusal':
      return fails('refusing-route', `${found.route === null ? 'A rule' : `The route ${found.route.to}`} makes ${to} ${REFUSED[found.by]}`);
    case 'unknown':
      return { to: 'nowhere', outcome: depends('unknown-rule', `The way to ${to} hangs on the rule of priority ${found.rule.priority}`) };
  }
}

const REFUSED = { blackhole: 'a black hole', unreachable: 'unreachable', prohibit: 'prohibited' } as const;

function fails(because: ArpReason, ...steps: readonly string[]): Routed {
  return { to: 'nowhere', outcome: silence(because, ...steps) };
}

function routeWords({ route, hops, table }: FoundRoute): string {
  const links = hops.map(
    (hop) => `${hop.via === undefined ? '' : ` via ${hop.via}`}${hop.interface === undefined ? '' : ` dev ${hop.interface}`}`,
  );
  return `${route.type === 'unicast' ? '' : `${route.type} `}${route.to}${links.join(' or')} of table ${table}`;
}
