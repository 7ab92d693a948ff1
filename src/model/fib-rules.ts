import { ipv4ToNumber, parseIpv4, type Ipv4 } from '../net/ipv4.ts';
import { LOOPBACK, type LinkName } from '../net/link-name.ts';
import { netmask } from '../net/prefix.ts';
import type { Flow } from './flow.ts';
import { linkNamed, type HostState, type RuleEntry } from './state.ts';
import { RT_TABLE_LOCAL, RT_TABLE_MAIN, RT_TABLE_DEFAULT } from './operation.ts';

/** Why a route or a rule makes a lookup fail. */
export type Refusal = 'blackhole' | 'unreachable' | 'prohibit';

export type RuleAction =
  | { readonly kind: 'table'; readonly table: number }
  | { readonly kind: 'refuse'; readonly by: Refusal }
  | { readonly kind: 'goto'; readonly priority: number }
  | { readonly kind: 'nop' };

/**
 * Whether a rule is for this flow (fib_rule_match, fib4_rule_match). Mark, tos, protocol, ports and user of an ARP request are 0;
 * 'unknown' where the rule selects by what the state does not show.
 */
export function ruleMatches(rule: RuleEntry, flow: Flow, state: HostState): boolean | 'unknown' {
  const selected = selects(rule, flow, state);
  if (selected === 'unknown') return selected;
  return 'not' in rule ? !selected : selected;
}

function selects(rule: RuleEntry, flow: Flow, state: HostState): boolean | 'unknown' {
  if (!isInterface(rule, 'iif', flow.iif) || !isInterface(rule, 'oif', flow.oif)) return false;
  if (!holds(rule, 'src', flow.from) || !holds(rule, 'dst', flow.to)) return false;
  if (((numberIn(rule, 'fwmark') ?? 0) & (numberIn(rule, 'fwmask') ?? 0xffffffff)) !== 0) return false;
  if (NONZERO.some((key) => key in rule && numberIn(rule, key) !== 0)) return false;
  if ('l3mdev' in rule && !isOfVrf(state, flow.iif)) return false;
  return 'l3mdev' in rule || Object.keys(rule).some((key) => !KNOWN.has(key)) ? 'unknown' : true;
}

/** Selectors that a flow of zeros meets only with 0; uid_start is the least user of a range. */
const NONZERO = ['tos', 'dscp', 'tun_id', 'uid_start', 'ipproto', 'sport', 'sport_start', 'dport', 'dport_start'] as const;

/** Every key of `ip -json rule` whose meaning is known here; any other may select. */
const KNOWN: ReadonlySet<string> = new Set([
  ...NONZERO,
  ...'priority not src srclen dst dstlen fwmark fwmask iif iif_detached oif oif_detached l3mdev uid_end sport_end dport_end'.split(' '),
  ...'table suppress_prefixlen suppress_ifgroup flow flow_from flow_to protocol action goto unresolved nop'.split(' '),
]);

function isInterface(rule: RuleEntry, key: 'iif' | 'oif', name: LinkName | undefined): boolean {
  return rule[key] === undefined || (rule[key] === name && !(`${key}_detached` in rule));
}

function holds(rule: RuleEntry, key: 'src' | 'dst', address: Ipv4): boolean {
  const text = rule[key];
  const prefix = typeof text === 'string' ? parseIpv4(text) : undefined;
  if (prefix?.ok !== true) return true;
  const mask = netmask(numberIn(rule, `${key}len`) ?? 32);
  return ((ipv4ToNumber(prefix.value) ^ ipv4ToNumber(address)) & mask) === 0;
}

/** Rules of VRFs are for interfaces in one (l3mdev_fib_rule_match); which table they mean then, the state does not show. */
function isOfVrf(state: HostState, name: LinkName): boolean {
  const link = linkNamed(state, name);
  const master = link?.master == null ? undefined : linkNamed(state, link.master);
  return name !== LOOPBACK && (link?.kind === 'vrf' || master?.kind === 'vrf');
}

const TABLE_NAMES: Readonly<Record<string, number>> = { local: RT_TABLE_LOCAL, main: RT_TABLE_MAIN, default: RT_TABLE_DEFAULT };

/** FR_ACT_*, as names and as the numbers that -N prints; every other action fails like a blackhole (fib4_rule_action). */
const REFUSALS: Readonly<Record<string, Refusal>> = {
  unreachable: 'unreachable',
  prohibit: 'prohibit',
  '7': 'unreachable',
  '8': 'prohibit',
};

/** What a rule that matches does. */
export function actionOf(rule: RuleEntry): RuleAction {
  if ('goto' in rule) return { kind: 'goto', priority: numberIn(rule, 'goto') ?? Number.NaN };
  if ('nop' in rule) return { kind: 'nop' };
  if ('action' in rule) return { kind: 'refuse', by: REFUSALS[String(rule['action'])] ?? 'blackhole' };
  const table = rule['table'];
  return { kind: 'table', table: (typeof table === 'string' ? TABLE_NAMES[table] : undefined) ?? numberIn(rule, 'table') ?? RT_TABLE_MAIN };
}

/**
 * Whether the rule passes a route over (fib4_rule_suppress): one with at most so many bits, or by an interface of a group, of which
 * the state shows nothing.
 */
export function suppresses(rule: RuleEntry, length: number): boolean | 'unknown' {
  const most = numberIn(rule, 'suppress_prefixlen') ?? -1;
  if (length <= most) return true;
  return 'suppress_ifgroup' in rule ? 'unknown' : false;
}

/** Whether a rule or route, by the keys of `ip -json`, gives its packets a realm (FRA_FLOW, RTA_FLOW). */
export function hasRealm(entry: Readonly<Record<string, unknown>>): boolean {
  return 'flow' in entry || 'flow_from' in entry || 'flow_to' in entry;
}

function numberIn(rule: RuleEntry, key: string): number | undefined {
  const value = rule[key];
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}
