import type { LinkName } from '../../net/link-name.ts';
import { DEFAULT_PREFIX, lengthOf, type Prefix } from '../../net/prefix.ts';
import { linksOfNexthop } from '../fib-index.ts';
import { onceForEach } from '../once-for-each.ts';
import type { HostState, RouteEntry } from '../state.ts';

/** By which interfaces unicast routes leave, of all tables. */
export interface WaysOut {
  readonly any: ReadonlySet<LinkName>;
  /** For more than one address. */
  readonly wide: ReadonlySet<LinkName>;
  /** For every address that nothing longer covers. */
  readonly byDefault: ReadonlySet<LinkName>;
}

export const waysOut = onceForEach((state: HostState): WaysOut => {
  const [any, wide, byDefault] = [new Set<LinkName>(), new Set<LinkName>(), new Set<LinkName>()];
  const add = (link: LinkName, to: Prefix): void => {
    any.add(link);
    if (to === DEFAULT_PREFIX) byDefault.add(link);
    if (lengthOf(to) < 32) wide.add(link);
  };
  let latest: RouteEntry | undefined;
  for (const route of state.routes) {
    if (route.type !== 'unicast') continue;
    if (route.hops !== undefined || route.nexthop !== undefined) for (const link of linksOf(state, route)) add(link, route.to);
    // A hundred thousand host routes by one interface follow one another.
    else if (route.interface !== undefined && !(route.interface === latest?.interface && route.to.endsWith('/32'))) {
      add(route.interface, route.to);
      latest = route;
    }
  }
  return { any, wide, byDefault };
});

function linksOf(state: HostState, { hops = [], nexthop }: RouteEntry): readonly LinkName[] {
  return [...hops.flatMap((hop) => hop.interface ?? []), ...(nexthop === undefined ? [] : linksOfNexthop(state, nexthop))];
}
