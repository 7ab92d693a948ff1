import { UNSPECIFIED, type Ipv4 } from '../net/ipv4.ts';
import { LOOPBACK, type LinkName } from '../net/link-name.ts';
import { addressOf, contains } from '../net/prefix.ts';
import { depends, reply, silence, type ArpOutcome } from './arp-outcome.ts';
import { addressesOn, isOwnAddress } from './fib-index.ts';
import { fibLookup, localTable, tableLookup } from './fib-lookup.ts';
import { isOn, largerSetting, largerWords, onWords } from './link-settings.ts';
import type { RoutingHistory } from './routing-history.ts';
import { isLimitedBroadcast, isLoopback } from './route-input.ts';
import { ruleWords } from './route-words.ts';
import type { Arrival } from './source-validation.ts';
import { subnetOf, type AddressEntry, type HostState } from './state.ts';
import { scopeNumber } from './route-scope.ts';

/** The answer for an address of the host's own, as arp_ignore and arp_filter leave it: the two that proxied answers do not ask. */
export function localAnswers(state: HostState, arrival: Arrival, history: RoutingHistory): readonly ArpOutcome[] {
  const { interface: at, to } = arrival;
  if (ignores(state, arrival)) return [ignored(state, at, to)];
  const answered = reply('local-address', ownAddress(to));
  return isOn(state, at, 'arp_filter') ? filtered(state, arrival, history, answered) : [answered];
}

/**
 * The answer to a probe (sender 0.0.0.0): for what table local knows as the host's own, without any routing, and for nothing else
 * (arp_process, inet_addr_type_dev_table).
 */
export function probeAnswer(state: HostState, at: LinkName, to: Ipv4, history: RoutingHistory): ArpOutcome {
  if (!isLocalType(state, to, history))
    return silence('probe', () => `Nobody answers a probe for another: ${to} is not an address of the host itself`);
  if (ignores(state, { interface: at, from: UNSPECIFIED, to })) return ignored(state, at, to);
  return reply('local-address', ownAddress(to));
}

function ownAddress(to: Ipv4): () => string {
  return () => `${to} is an address of the host itself`;
}

function isLocalType(state: HostState, address: Ipv4, { customRules }: RoutingHistory): boolean {
  // inet_addr_type_dev_table says so of these whatever the routes.
  if (address === UNSPECIFIED || isLimitedBroadcast(address)) return false;
  const found = tableLookup(state, localTable(state, customRules), { to: address, from: UNSPECIFIED, iif: LOOPBACK });
  return found.found === 'route' && found.route.type === 'local';
}

/** arp_ignore: whether an interface keeps silent about an own address. */
function ignores(state: HostState, { interface: at, from, to }: Arrival): boolean {
  switch (largerSetting(state, at, 'arp_ignore')) {
    case 1:
      return !isConfirmed(state, addressesOn(state, at), to, UNSPECIFIED, 'host');
    case 2:
      return !isConfirmed(state, addressesOn(state, at), to, from, 'host');
    case 3:
      return !state.links.some(({ name }) => isConfirmed(state, addressesOn(state, name), to, UNSPECIFIED, 'link'));
    case 8:
      return true;
    default:
      return false;
  }
}

function ignored(state: HostState, at: LinkName, to: Ipv4): ArpOutcome {
  return silence(
    'arp-ignore',
    () => `${to} is an address of the host itself, but arp_ignore keeps ${at} silent about it (${largerWords(state, at, 'arp_ignore')})`,
  );
}

/** confirm_addr_indev for the addresses of one interface: `to` is one of them, and a subnet among them holds it, and `from` unless that is 0. */
function isConfirmed(state: HostState, entries: readonly AddressEntry[], to: Ipv4, from: Ipv4, widest: 'host' | 'link'): boolean {
  const isWide = ({ scope, interface: at }: AddressEntry): boolean =>
    Math.min(scopeNumber(scope), scopeNumber(isOn(state, at, 'route_localnet') ? 'link' : 'host')) <= scopeNumber(widest);
  return (
    entries.some((entry) => addressOf(entry.address) === to && isWide(entry)) &&
    entries.some((entry) => {
      // inet_ifa_match.
      const subnet = subnetOf(entry);
      return contains(subnet, to) && (from === UNSPECIFIED || contains(subnet, from));
    })
  );
}

/** arp_filter: only where the host's own way to the sender leaves by the interface that asks. */
function filtered(
  state: HostState,
  { interface: at, from, to }: Arrival,
  history: RoutingHistory,
  answered: ArpOutcome,
): readonly ArpOutcome[] {
  const step = (): string => `arp_filter of ${at} is on (${onWords(state, at, 'arp_filter')})`;
  const refused = (why: string): ArpOutcome => silence('arp-filter', () => `${step()}, and ${why}`);
  // ip_route_output_key: an own address that only a table other than local knows may not send.
  if (!isOwnAddress(state, to) && !isLocalType(state, to, history)) return [refused(`the host may not send from ${to}`)];
  const back = fibLookup(state, { to: from, from: to, iif: LOOPBACK }, history.customRules);
  if (back.found === 'unknown')
    return [depends('unknown-rule', () => `${step()}, and the way to ${from} hangs on ${ruleWords(back.rule)}`)];
  if (back.found !== 'route') return [refused(`no route leads to ${from}`)];
  const outs = back.route.type === 'local' ? [LOOPBACK] : back.hops.map((hop) => hop.interface ?? LOOPBACK);
  return outs.map((out) => {
    if (out !== at) return refused(`the way to ${from} leaves by ${out}`);
    if (isLoopback(to) && at !== LOOPBACK && !isOn(state, at, 'route_localnet')) return refused(`the host may not send from ${to}`);
    return answered;
  });
}
