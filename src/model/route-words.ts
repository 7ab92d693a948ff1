import { RT_TABLE_DEFAULT, RT_TABLE_LOCAL, RT_TABLE_MAIN, type Hop } from './operation.ts';
import type { RouteEntry, RuleEntry } from './state.ts';

const TABLES: Readonly<Record<number, string>> = { [RT_TABLE_DEFAULT]: 'default', [RT_TABLE_MAIN]: 'main', [RT_TABLE_LOCAL]: 'local' };

/** A routing table as a person calls it. */
export function tableWords(table: number): string {
  return TABLES[table] ?? String(table);
}

/** A route as ip(8) shows it, with where it leads: `10.0.1.0/24 dev eth1`, `blackhole 10.9.0.0/24 metric 5`. */
export function routeWords({ type, to, metric }: RouteEntry, hops: readonly Hop[] = []): string {
  const ways = hops.map((hop) => [...(hop.via === undefined ? [] : [`via ${hop.via}`]), `dev ${hop.interface ?? 'lo'}`].join(' '));
  return [
    ...(type === 'unicast' ? [] : [type]),
    to === '0.0.0.0/0' ? 'default' : to,
    ...(ways.length === 0 ? [] : [ways.join(' or ')]),
    ...(metric === 0 ? [] : [`metric ${metric}`]),
  ].join(' ');
}

/** A rule as ip(8) shows it, as far as it takes part here: `rule 10 (from 10.0.0.0/24 lookup 100)`. */
export function ruleWords(rule: RuleEntry): string {
  const selectors = [
    ...('not' in rule ? ['not'] : []),
    `from ${selectorWords(rule, 'src')}`,
    ...(rule['dst'] === undefined ? [] : [`to ${selectorWords(rule, 'dst')}`]),
    ...['iif', 'oif', 'fwmark', 'tos', 'ipproto'].filter((key) => key in rule).map((key) => `${key} ${words(rule, key, '')}`),
  ];
  return `rule ${rule.priority} (${[...selectors, ...actionWords(rule)].join(' ')})`;
}

function selectorWords(rule: RuleEntry, key: 'src' | 'dst'): string {
  const length = words(rule, `${key}len`, '');
  return `${words(rule, key, 'all')}${length === '' ? '' : `/${length}`}`;
}

/** No value of a rule has parts. */
function words(rule: RuleEntry, key: string, otherwise: string): string {
  const value = rule[key];
  return typeof value === 'string' || typeof value === 'number' ? `${value}` : otherwise;
}

const ACTIONS: Readonly<Record<string, string>> = { '6': 'blackhole', '7': 'unreachable', '8': 'prohibit' };

function actionWords(rule: RuleEntry): string[] {
  if ('goto' in rule) return [`goto ${words(rule, 'goto', '')}`];
  if ('nop' in rule) return ['nop'];
  if ('action' in rule) return [ACTIONS[words(rule, 'action', '')] ?? words(rule, 'action', '')];
  const table = Number(rule['table']);
  return [
    `lookup ${Number.isNaN(table) ? words(rule, 'table', 'main') : tableWords(table)}`,
    ...('suppress_prefixlen' in rule ? [`suppress_prefixlength ${words(rule, 'suppress_prefixlen', '')}`] : []),
  ];
}
