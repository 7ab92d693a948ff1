import type { LinkName } from '../../net/link-name.ts';
import { DEFAULT_PREFIX, lengthOf } from '../../net/prefix.ts';
import { nexthopIn } from '../fib-index.ts';
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
  for (const route of state.routes) {
    if (route.type !== 'unicast') continue;
    for (const link of linksOf(state, route)) {
      any.add(link);
      if (route.to === DEFAULT_PREFIX) byDefault.add(link);
      if (lengthOf(route.to) < 32) wide.add(link);
    }
  }
  return { any, wide, byDefault };
});

function linksOf(state: HostState, { interface: at, hops, nexthop }: RouteEntry): readonly LinkName[] {
  if (nexthop !== undefined) {
    const object = nexthopIn(state, nexthop);
    const members = object?.group?.map(({ id }) => nexthopIn(state, id)) ?? [object];
    return members.flatMap((member) => member?.interface ?? []);
  }
  if (hops !== undefined) return hops.flatMap((hop) => hop.interface ?? []);
  return at === undefined ? [] : [at];
}
