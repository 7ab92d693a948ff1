import { UNSPECIFIED, type Ipv4 } from '../net/ipv4.ts';
import { LOOPBACK } from '../net/link-name.ts';
import { isOwnAddress, trieOf } from './fib-index.ts';
import { fibLookup, tableLookup, type FibResult } from './fib-lookup.ts';
import type { Flow } from './flow.ts';
import { foretell } from './foretell.ts';
import { RT_TABLE_MAIN, isHold, type Operation, type RouteValue } from './operation.ts';
import { historiesOf, type RoutingHistory } from './routing-history.ts';
import { linkNamed, type HostState } from './state.ts';
import { scopeNumber } from './route-scope.ts';

type RouteOperation = Extract<Operation, { kind: 'route' }>;

export interface RefusedGateway {
  readonly operation: RouteOperation;
  /** What is wrong, and what to write instead. */
  readonly message: string;
}

/**
 * The routes among operations whose gateway the kernel would refuse at the moment of writing (fib_check_nh_v4_gw): it has to be found
 * by routes of link scope, on the route's own interface where one is said, and that has to be up. An own address of that very
 * interface counts as found. With `onlink` the kernel does not look.
 */
export function refusedGateways(state: HostState, operations: readonly Operation[]): RefusedGateway[] {
  if (!operations.some(hasGateway)) return [];
  const refused: RefusedGateway[] = [];
  let host = state;
  let waiting: Operation[] = [];
  let isStale = false;
  for (const operation of operations) {
    if (hasGateway(operation) && !isHold(operation)) {
      if (isStale) {
        host = foretell(host, waiting);
        waiting = [];
        isStale = false;
      }
      const problem = problemOf(host, operation, operation.to, operation.to.via);
      if (problem !== undefined)
        refused.push({ operation, message: `The route ${operation.subject.to} via ${operation.to.via} cannot be: ${problem}` });
    }
    waiting.push(operation);
    isStale ||= changesLinkScope(operation);
  }
  return refused;
}

type GatewayOperation = RouteOperation & { readonly to: RouteValue & { readonly via: Ipv4 } };

function hasGateway(operation: Operation): operation is GatewayOperation {
  return operation.kind === 'route' && operation.to?.via !== undefined && operation.to.onlink !== true;
}

const RT_SCOPE_LINK = scopeNumber('link');

/** Whether the operation may change how gateways are found: routes of a wider scope are not asked. */
function changesLinkScope(operation: Operation): boolean {
  if (operation.kind === 'address') return !isHold(operation);
  return (
    operation.kind === 'route' &&
    [operation.from, operation.to].some((value) => value !== null && scopeNumber(value.scope) >= RT_SCOPE_LINK)
  );
}

/** What every history of the namespace makes of it: where one would let the route pass, nothing is known to be wrong. */
function problemOf(host: HostState, { subject }: RouteOperation, value: RouteValue, via: Ipv4): string | undefined {
  const at = value.interface;
  if (at !== undefined && linkNamed(host, at)?.flags.includes('UP') === false) return `${at} is down: bring it up first`;
  const flow: Flow = {
    to: via,
    from: UNSPECIFIED,
    iif: LOOPBACK,
    ...(at === undefined ? {} : { oif: at }),
    scope: Math.max(scopeNumber(value.scope) + 1, RT_SCOPE_LINK),
    ignoreLinkState: true,
  };
  const found = historiesOf(host).map((history) => findGateway(host, flow, subject.table, history));
  if (found.some((result) => result.found === 'unknown' || isGateway(result))) return undefined;
  const on = at === undefined ? 'any interface' : at;
  const [result] = found;
  if (result?.found === 'route') return `its gateway is a ${result.route.type} address: name the router's own`;
  if (at !== undefined && isOwnAddress(host, via)) return `its gateway is an address of the host itself: name the router's own`;
  return `its gateway is not on ${on}: give the interface an address of the gateway's subnet, or write onlink`;
}

function isGateway(result: FibResult): boolean {
  return result.found === 'route' && (result.route.type === 'unicast' || result.route.type === 'local');
}

/** In the route's own table first, then as for any packet. */
function findGateway(host: HostState, flow: Flow, table: number, { customRules }: RoutingHistory): FibResult {
  const own = table === RT_TABLE_MAIN ? undefined : tableLookup(host, trieOf(host, table), flow);
  return own?.found === 'route' ? own : fibLookup(host, flow, customRules);
}
