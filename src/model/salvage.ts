import { PARP_PROTOCOL, type Operation } from './operation.ts';
import { orderForward } from './order.ts';
import { routeValue, type HostState } from './state.ts';

/**
 * What gives back everything that the kernel itself marks as parp's, without any record: routes and proxy neighbours of its protocol, and the tables
 * that are just as it writes them. Sysctls and addresses bear no mark.
 */
export function salvageable(state: HostState): Operation[] {
  const routes = state.routes
    .filter(({ protocol }) => protocol === PARP_PROTOCOL)
    .map((route): Operation => {
      const { to, table, metric, tos } = route;
      return { kind: 'route', subject: { to, table, metric, ...(tos === undefined ? {} : { tos }) }, from: routeValue(route), to: null };
    });
  const proxies = state.proxies.flatMap(({ address, interface: at, protocol }): Operation[] =>
    at !== null && protocol === PARP_PROTOCOL ? [{ kind: 'proxy', subject: { address, interface: at }, from: { protocol }, to: null }] : [],
  );
  const tables = Object.entries(state.nat).flatMap(([subject, table]): Operation[] =>
    'unrecognised' in table ? [] : [{ kind: 'nat', subject, from: table, to: null }],
  );
  return orderForward([...routes, ...tables, ...proxies]).toReversed();
}
