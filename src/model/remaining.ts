import { PARP_PROTOCOL, RTPROT_KERNEL, type RouteValue, type Setting, type Subject } from './operation.ts';
import { routesOf, satisfies, valueOf, type HostState } from './state.ts';

/** A setting that the host does not have, with what it has instead. */
export interface Remaining {
  readonly subject: Subject;
  readonly wanted: unknown;
  readonly found: unknown;
}

/** Whether the host has what a setting wants, be it by parp's own hand or because somebody else saw to it. */
export function isSatisfied(setting: Setting, state: HostState): boolean {
  if (setting.kind === 'route') return routesOf(state, setting.subject).some((route) => servesAs(route, setting.value));
  return satisfies(setting.kind, valueOf(state, setting), setting.value);
}

/** Whether a route is the wanted one: parp's own, or exactly the same made by the kernel. */
export function servesAs(route: RouteValue, wanted: RouteValue): boolean {
  if (route.protocol === PARP_PROTOCOL) return sameRoute(route, wanted);
  if (route.protocol !== RTPROT_KERNEL) return false;
  return sameRoute(wanted.source === undefined ? withoutSource(route) : route, wanted);
}

/** A connected route names its own address as source, where the wanted one leaves the choice to the kernel. */
function withoutSource(route: RouteValue): RouteValue {
  const { source: _source, ...rest } = route;
  return rest;
}

/** Whether two routes lead the same way, whoever made them. */
export function sameRoute(a: RouteValue, b: RouteValue): boolean {
  return (
    a.type === b.type &&
    a.scope === b.scope &&
    a.interface === b.interface &&
    a.via === b.via &&
    a.source === b.source &&
    (a.onlink ?? false) === (b.onlink ?? false) &&
    a.hops === undefined &&
    b.hops === undefined &&
    a.nexthop === b.nexthop
  );
}

/** What of the settings the host does not have: empty when everything wanted is in force. Never a comparison for equality. */
export function remaining(desired: readonly Setting[], state: HostState): Remaining[] {
  return desired
    .filter((setting) => !isSatisfied(setting, state))
    .map((setting) => ({ subject: setting, wanted: setting.value, found: valueOf(state, setting) }));
}
