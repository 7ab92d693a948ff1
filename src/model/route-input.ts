import { ipv4ToNumber, UNSPECIFIED, type Ipv4 } from '../net/ipv4.ts';
import { LOOPBACK, type LinkName } from '../net/link-name.ts';
import { depends, type ArpOutcome, type ArpReason, type Deciding, type Step } from './arp-outcome.ts';
import { fibLookup, type FibResult, type FoundRoute } from './fib-lookup.ts';
import { isOn, lacksIpv4, ownSetting, ownWords } from './link-settings.ts';
import { routeWords, ruleWords, tableWords } from './route-words.ts';
import type { RoutingHistory } from './routing-history.ts';
import { validateSource, type Arrival } from './source-validation.ts';
import type { HostState } from './state.ts';

/** Where an arrival is taken: to the host itself, or on by an interface; else how it ends. */
export type Routed =
  | { readonly to: 'host'; readonly steps: readonly Step[]; readonly by: Deciding }
  | { readonly to: 'link'; readonly out: LinkName; readonly steps: readonly Step[]; readonly by: Deciding }
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
  if (isMulticast(from) || isLimitedBroadcast(from)) return [fails('source-rejected', [() => `No host sends from ${from}`])];
  if (isLimitedBroadcast(to) || to === UNSPECIFIED) return [fails('target-not-unicast', [() => `${to} is nobody's address`])];
  if (from === UNSPECIFIED) return [fails('source-rejected', ['No host sends from 0.0.0.0'])];
  if (isLoopback(from) && !isLoopback(to) && !isOn(state, at, 'route_localnet'))
    return [fails('source-rejected', [() => `The sender ${from} is a loopback address, and route_localnet of ${at} is off`])];
  const found = fibLookup(state, { to, from, iif: at }, history.customRules);
  if (found.found !== 'route') return [unrouted(found, to)];
  const { route, rule } = found;
  const by: Deciding = rule === undefined ? { route } : { route, rule };
  const step: Step = () => `The route to ${to} is ${foundWords(found)}`;
  const { type } = route;
  if (type === 'broadcast') return [fails('broadcast', [step, () => `${to} is a broadcast address`], by)];
  if (type === 'local') return [validated(state, arrival, null, history, [step], by)];
  const forwarding: Step = () => ownWords(state, at, 'forwarding');
  if (ownSetting(state, at, 'forwarding') === 0)
    return [fails('forwarding-off', [step, () => `forwarding of ${at} is off (${forwarding()})`], by)];
  if (type !== 'unicast') return [fails('target-not-unicast', [step], by)];
  const steps: readonly Step[] = [step, () => `forwarding of ${at} is on (${forwarding()})`];
  return found.hops.map((hop) => onward(state, arrival, hop.interface ?? LOOPBACK, history, steps, by));
}

/** __mkroute_input, but for its last question: that is about ARP alone. */
function onward(state: HostState, arrival: Arrival, out: LinkName, history: RoutingHistory, steps: readonly Step[], by: Deciding): Routed {
  if (lacksIpv4(state, out)) return fails('no-ipv4', [...steps, () => `${out} has no IPv4`], { ...by, out });
  return validated(state, arrival, out, history, steps, by);
}

function validated(
  state: HostState,
  arrival: Arrival,
  out: LinkName | null,
  history: RoutingHistory,
  before: readonly Step[],
  by: Deciding,
): Routed {
  const { passes, step, back } = validateSource(state, arrival, out, history);
  const steps = [...before, step];
  if (passes === 'unknown') return { to: 'nowhere', outcome: depends('unknown-rule', ...steps) };
  if (!passes) return fails('source-rejected', steps, { ...by, ...(out === null ? {} : { out }), ...(back === undefined ? {} : { back }) });
  return out === null ? { to: 'host', steps, by } : { to: 'link', out, steps, by: { ...by, out } };
}

function unrouted(found: Exclude<FibResult, FoundRoute>, to: Ipv4): Routed {
  switch (found.found) {
    case 'nothing':
      return fails('no-route', [() => `No route leads to ${to}`]);
    case 'refusal': {
      const { route, rule, by } = found;
      const who = (): string =>
        route === null
          ? rule === undefined
            ? 'A rule'
            : firstUpper(ruleWords(rule))
          : `The route ${routeWords(route)} of table ${tableWords(route.table)}`;
      const deciding = { ...(route === null ? {} : { route }), ...(rule === undefined ? {} : { rule }) };
      return fails('refusing-route', [() => `${who()} makes ${to} ${REFUSED[by]}`], deciding);
    }
    case 'unknown':
      return { to: 'nowhere', outcome: depends('unknown-rule', () => `The way to ${to} hangs on ${ruleWords(found.rule)}`) };
  }
}

const REFUSED = { blackhole: 'a black hole', unreachable: 'unreachable', prohibit: 'prohibited' } as const;

function firstUpper(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function fails(because: ArpReason, steps: readonly Step[], by: Deciding = {}): Routed {
  return { to: 'nowhere', outcome: { answer: 'silence', because, steps, by } };
}

function foundWords({ route, hops, table, rule }: FoundRoute): string {
  const led = rule === undefined ? '' : `, by ${ruleWords(rule)}`;
  return `${routeWords(route, hops)} of table ${tableWords(table)}${led}`;
}
