import { ipv4ToNumber } from '../net/ipv4.ts';
import { lengthOf } from '../net/prefix.ts';
import { nexthopIn, rulesInOrder, trieOf, type Trie } from './fib-index.ts';
import { actionOf, ruleMatches, suppresses, type Refusal } from './fib-rules.ts';
import type { Flow } from './flow.ts';
import { isOn } from './link-settings.ts';
import { RT_TABLE_LOCAL, RT_TABLE_MAIN, RT_TABLE_DEFAULT, type Hop } from './operation.ts';
import { placeOf } from './route-index.ts';
import { linkNamed, type HostState, type RouteEntry, type RuleEntry } from './state.ts';
import { scopeNumber } from './route-scope.ts';

export interface FoundRoute {
  readonly found: 'route';
  readonly route: RouteEntry;
  readonly table: number;
  /** Those that are usable; which of several a packet takes, a hash decides that nobody can foretell. */
  readonly hops: readonly Hop[];
  /** With those that are not, as fib_info_nh_uses_dev looks at them. */
  readonly everyHop: readonly Hop[];
  /** The rule that led to its table, where rules were asked. */
  readonly rule?: RuleEntry;
}

export type FibResult =
  | FoundRoute
  | {
      readonly found: 'refusal';
      readonly by: Refusal;
      /** null: a rule refuses. */ readonly route: RouteEntry | null;
      readonly rule?: RuleEntry;
    }
  | { readonly found: 'nothing' }
  /** It hangs on a rule that selects by what the state does not show. */
  | { readonly found: 'unknown'; readonly rule: RuleEntry };

const NOTHING: FibResult = { found: 'nothing' };

/**
 * The route for a flow (fib_lookup). Until rules were ever touched, nobody asks them: tables local and main are one trie
 * (fib_new_table), and default comes behind where that knows no way; afterwards the rules lead from table to table.
 */
export function fibLookup(state: HostState, flow: Flow, customRules: boolean): FibResult {
  if (customRules && rulesInOrder(state).length > 0) return rulesLookup(state, flow);
  if (customRules && state.sticky.customRules === true) return NOTHING;
  const result = tableLookup(state, trieOf(state, RT_TABLE_LOCAL, RT_TABLE_MAIN), flow);
  return result.found === 'nothing' ? tableLookup(state, trieOf(state, RT_TABLE_DEFAULT), flow) : result;
}

/** Every trie that `fibLookup` may look into, whatever the flow. */
export function triesAsked(state: HostState, customRules: boolean): readonly Trie[] {
  if (!customRules || (rulesInOrder(state).length === 0 && state.sticky.customRules !== true))
    return [trieOf(state, RT_TABLE_LOCAL, RT_TABLE_MAIN), trieOf(state, RT_TABLE_DEFAULT)];
  return rulesInOrder(state)
    .map(actionOf)
    .flatMap((action) => (action.kind === 'table' ? [trieOf(state, action.table)] : []));
}

/** The table that `ip route show table local` shows, as the kernel itself looks into it (fib_get_table). */
export function localTable(state: HostState, customRules: boolean): Trie {
  return customRules ? trieOf(state, RT_TABLE_LOCAL) : trieOf(state, RT_TABLE_LOCAL, RT_TABLE_MAIN);
}

/** fib_rules_lookup with fib4_rule_action. */
function rulesLookup(state: HostState, flow: Flow): FibResult {
  const rules = rulesInOrder(state);
  for (let at = 0; at < rules.length; at++) {
    const rule = rules[at];
    const matches = rule === undefined ? false : ruleMatches(rule, flow, state);
    if (rule === undefined || matches === false) continue;
    if (matches === 'unknown') return { found: 'unknown', rule };
    const action = actionOf(rule);
    if (action.kind === 'refuse') return { found: 'refusal', by: action.by, route: null, rule };
    if (action.kind === 'goto') {
      const target = rules.findIndex(({ priority }) => priority === action.priority);
      if (target > at) at = target - 1;
    } else if (action.kind === 'table') {
      const result = tableLookup(state, trieOf(state, action.table), flow);
      const suppressed = result.found === 'route' ? suppresses(rule, lengthOf(result.route.to)) : false;
      if (suppressed === 'unknown') return { found: 'unknown', rule };
      if (result.found !== 'nothing' && !suppressed) return { ...result, rule };
    }
  }
  return NOTHING;
}

/**
 * The longest prefix of a table with a usable hop (fib_table_lookup). Refusing types answer before anybody asks for a hop; `throw`
 * leaves the table, never for a shorter prefix of it.
 */
export function tableLookup(state: HostState, trie: Trie, flow: Flow): FibResult {
  const to = ipv4ToNumber(flow.to);
  for (const level of trie) {
    const { mask, networks, routes } = level;
    const network = (to & mask) >>> 0;
    for (let at = placeOf(level, network); networks[at] === network; at++) {
      const route = routes[at];
      if (route === undefined) continue;
      if (flow.scope !== undefined && scopeNumber(route.scope) < flow.scope) continue;
      if (route.type === 'throw') return NOTHING;
      if (route.type === 'blackhole' || route.type === 'unreachable' || route.type === 'prohibit') {
        return { found: 'refusal', by: route.type, route };
      }
      const everyHop = hopsOf(state, route);
      if (everyHop === 'blackhole') return { found: 'refusal', by: everyHop, route };
      const [only] = everyHop;
      const hops =
        everyHop.length === 1 && only !== undefined && isUsable(state, only, route, flow)
          ? everyHop
          : everyHop.filter((hop) => isUsable(state, hop, route, flow));
      if (hops.length > 0) return { found: 'route', route, table: route.table, hops, everyHop };
    }
  }
  return NOTHING;
}

type FlaggedHop = Hop & { readonly flags?: readonly string[] };

function hopsOf(state: HostState, route: RouteEntry): readonly FlaggedHop[] | 'blackhole' {
  const object = route.nexthop === undefined ? undefined : nexthopIn(state, route.nexthop);
  if (object?.blackhole === true) return 'blackhole';
  const members = object?.group?.map(({ id }) => nexthopIn(state, id)).filter((member) => member !== undefined);
  if (members !== undefined) return members.map(plainHop);
  if (object !== undefined) return [plainHop(object)];
  return route.hops ?? [plainHop(route)];
}

function plainHop({ interface: at, via, onlink, flags }: FlaggedHop): FlaggedHop {
  const hop: { -readonly [K in keyof FlaggedHop]: FlaggedHop[K] } = {};
  if (at !== undefined) hop.interface = at;
  if (via !== undefined) hop.via = via;
  if (onlink !== undefined) hop.onlink = onlink;
  if (flags !== undefined) hop.flags = flags;
  return hop;
}

/**
 * fib_lookup_good_nhc. The hops of a local route are beyond the state of their link (RT_SCOPE_NOWHERE, fib_sync_down_dev). rtnetlink
 * also calls `dead` what is down and to be ignored therefore; that follows from the switch, which may have changed since.
 */
function isUsable(state: HostState, hop: FlaggedHop, route: RouteEntry, flow: Flow): boolean {
  if (flow.oif !== undefined && hop.interface !== flow.oif) return false;
  if (hop.interface === undefined || route.scope === 'host') return true;
  const link = linkNamed(state, hop.interface);
  if (link === undefined) return true;
  const flags = hop.flags ?? [];
  const isLinkdown = flags.includes('linkdown') || !link.flags.includes('LOWER_UP');
  if (!link.flags.includes('UP') || (flags.includes('dead') && !isLinkdown)) return false;
  return !isLinkdown || flow.ignoreLinkState === true || !isOn(state, link.name, 'ignore_routes_with_linkdown');
}
