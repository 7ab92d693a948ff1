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
  if (rules !== true) {
    if (locals !== true) possible.push({ customRules: false, customLocalRoutes: false });
    if (locals !== false) possible.push({ customRules: false, customLocalRoutes: true });
  }
  if (rules !== false) possible.push({ customRules: true, customLocalRoutes: locals === true });
  return possible;
});

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
