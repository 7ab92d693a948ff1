import { withoutAddresses } from './address-change.ts';
import { addressesAssigned } from './address-effects.ts';
import type { RouteSetting, Wanted } from './establish.ts';
import type { Ledger } from './ledger.ts';
import { net, RTPROT_KERNEL, subjectKey, type AddressSubject, type AddressValue, type Operation, type Setting } from './operation.ts';
import { isSatisfied, servesAs } from './remaining.ts';
import { routesOf, type HostState } from './state.ts';
import { undo } from './undo.ts';

/**
 * The host as the plan's addresses leave it: those that nobody wants any more are gone, those that the profiles being applied lack are
 * there, and so are the routes that the kernel makes of them.
 */
export function expectedHost(wanted: Wanted, applying: ReadonlySet<string>, state: HostState, ledger: Ledger): HostState {
  const unwanted: Operation[] = [];
  for (const [key, { operation }] of ledger.entries) if (operation.kind === 'address' && !wanted.has(key)) unwanted.push(operation);
  const { operations, relaid } = undo(unwanted, state, false, ledger);
  const gone = new Set(net([...operations, ...relaid]).map(subjectKey));
  const coming: (AddressSubject & AddressValue)[] = [];
  for (const { setting, claims } of wanted.values()) {
    if (setting.kind === 'address' && claims.some((name) => applying.has(name)) && !isSatisfied(setting, state))
      coming.push({ ...setting.subject, ...setting.value });
  }
  return gone.size === 0 && coming.length === 0 ? state : addressesAssigned(withoutAddresses(state, gone), coming);
}

/** Whether others saw to a setting until now, but will no longer. */
export function isLostBy(expected: HostState, setting: Setting, state: HostState): boolean {
  return setting.kind === 'route' && expected !== state && isSatisfied(setting, state) && !isSatisfied(setting, expected);
}

/** Whether an address brings a route of the kernel's own to the place of a wanted one, and whether that is as good as it. */
export function kernelRouteComing(
  { subject, value }: RouteSetting,
  state: HostState,
  expected: HostState,
): 'serves' | 'in-the-way' | undefined {
  if (expected === state) return undefined;
  const kernels = routesOf(expected, subject).filter(({ protocol }) => protocol === RTPROT_KERNEL);
  if (kernels.length === 0) return undefined;
  const present = routesOf(state, subject);
  const coming = kernels.find((route) => !present.includes(route));
  if (coming === undefined) return undefined;
  return servesAs(coming, value) ? 'serves' : 'in-the-way';
}
