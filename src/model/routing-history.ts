import { lengthOf, numberOf, rangeOf } from '../net/prefix.ts';
import type { Range } from '../net/range.ts';
import { actionOf } from './fib-rules.ts';
import { onceForEach } from './once-for-each.ts';
import { RT_TABLE_LOCAL, RT_TABLE_MAIN, RT_TABLE_DEFAULT, RTPROT_KERNEL } from './operation.ts';
import type { HostState, RuleEntry } from './state.ts';

/**
 * What the namespace remembers of rules and local routes added by hand, long after they are gone (fib_has_custom_rules,
 * fib_has_custom_local_routes). With `customRules` the second no longer matters.
 */
export interface RoutingHistory {
  readonly customRules: boolean;
  readonly customLocalRoutes: boolean;
}

/** Every history that the state leaves possible: one, where nothing about it is unknown. */
export const historiesOf = onceForEach((state: HostState): readonly RoutingHistory[] => {
  // A list without any rule is of a state that nobody asked for them: every namespace begins with three.
  const rules = hasCustomRules(state.rules) || (state.sticky.customRules ?? (state.rules.length === 0 ? false : null));
  const locals = hasCustomLocalRoutes(state) || state.sticky.customLocalRoutes;
  const possible: RoutingHistory[] = [];
  const alike = rules === null && tablesAgree(state);
  if (rules !== true) {
    if (locals !== true) possible.push({ customRules: false, customLocalRoutes: false });
    // With rules that are those of the beginning again, both only switch the short source check off.
    if (locals !== false || alike) possible.push({ customRules: false, customLocalRoutes: true });
  }
  if (rules !== false && !alike) possible.push({ customRules: true, customLocalRoutes: locals === true });
  return possible;
});

/**
 * Whether tables local and main give the same as one trie and one behind the other (KERNEL.md F21): where main knows nothing inside a
 * prefix of local, neither holds what only the other should, and no rule selects anything.
 */
function tablesAgree({ routes, rules }: HostState): boolean {
  if (rules.some((rule) => rule['src'] !== 'all' || Object.keys(rule).some((key) => !PLAIN_KEYS.has(key)))) return false;
  const wide: Range[] = [];
  for (const { table, type, to } of routes) {
    if (table !== RT_TABLE_LOCAL) continue;
    if (type !== 'local' && type !== 'broadcast') return false;
    if (lengthOf(to) < 32) wide.push(rangeOf(to));
  }
  return !routes.some(({ table, type, to }) => {
    if (table !== RT_TABLE_MAIN) return false;
    if (type === 'local') return true;
    const number = numberOf(to);
    return wide.some(({ first, last }) => first <= number && number <= last);
  });
}

/** What a rule says that selects nothing. */
const PLAIN_KEYS: ReadonlySet<string> = new Set(['priority', 'src', 'table', 'protocol']);

const DEFAULT_RULES: readonly (readonly [priority: number, table: number])[] = [
  [0, RT_TABLE_LOCAL],
  [32766, RT_TABLE_MAIN],
  [32767, RT_TABLE_DEFAULT],
];

/** Whether the rules differ from what every namespace begins with: who has added or deleted one has made the kernel remember. */
function hasCustomRules(rules: readonly RuleEntry[]): boolean {
  if (rules.length === 0) return false;
  return (
    rules.length !== DEFAULT_RULES.length ||
    DEFAULT_RULES.some(([priority, table]) => {
      const rule = rules.find((candidate) => candidate.priority === priority);
      const action = rule === undefined ? undefined : actionOf(rule);
      return action?.kind !== 'table' || action.table !== table;
    })
  );
}

function hasCustomLocalRoutes(state: HostState): boolean {
  return state.routes.some(({ type, protocol }) => type === 'local' && protocol !== RTPROT_KERNEL);
}
