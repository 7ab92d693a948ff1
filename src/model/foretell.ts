import { confPath, IP_FORWARD, type SysctlPath } from '../net/sysctl-path.ts';
import { addressesAssigned, addressesDeleted } from './address-effects.ts';
import { enter, groupBy } from './groups.ts';
import { canonicalSysctl, forwardingEffects } from './forwarding.ts';
import {
  isHold,
  routeKey,
  subjectKey,
  type AddressSubject,
  type AddressValue,
  type Operation,
  type RouteSubject,
  type RouteValue,
} from './operation.ts';
import { routesOf, hasRouteValue, routeEntry, type HostState, type ProxyEntry, type RouteEntry } from './state.ts';

/**
 * The host as it will be when these operations have been written in their order, and none was refused: with what the kernel changes by
 * itself because of them. Not foretold is what a write of conf/default carries to interfaces that nobody has set (devinet_copy_dflt_conf).
 */
export function foretell(state: HostState, operations: readonly Operation[]): HostState {
  const draft = new Draft(state);
  for (const operation of operations) draft.write(operation);
  return draft.finish();
}

type OperationOf<K extends Operation['kind']> = Extract<Operation, { kind: K }>;

/** A state being written to: a plan can hold a hundred thousand routes, or many thousand addresses. */
class Draft {
  /** All but what the fields below hold. */
  #state: HostState;
  #nat: HostState['nat'];
  #sticky: HostState['sticky'];
  #sysctls: Record<SysctlPath, string>;
  /** Routes that came, and those of them and of the state that are gone. */
  #added: RouteEntry[] = [];
  #gone = new Set<RouteEntry>();
  /** Those that came by key, once one of them may have to go. */
  #addedByKey: Map<string, RouteEntry[]> | undefined;
  #proxies: Map<string, ProxyEntry> | undefined;
  /** Addresses in a row to be assigned, or to be deleted: what the kernel makes of them is worked out once for all. */
  #coming: (AddressSubject & AddressValue)[] = [];
  #going: AddressSubject[] = [];

  constructor(state: HostState) {
    this.#state = state;
    this.#nat = state.nat;
    this.#sticky = state.sticky;
    this.#sysctls = { ...state.sysctls };
  }

  finish(): HostState {
    this.#settleAddresses();
    return this.#settled();
  }

  /** The state with everything but the addresses in a row. */
  #settled(): HostState {
    const { routes, proxies } = this.#state;
    return {
      ...this.#state,
      nat: this.#nat,
      sticky: this.#sticky,
      sysctls: this.#sysctls,
      routes: this.#gone.size === 0 ? routes.concat(this.#added) : routes.concat(this.#added).filter((route) => !this.#gone.has(route)),
      proxies: this.#proxies === undefined ? proxies : [...this.#proxies.values()],
    };
  }

  #settleAddresses(): void {
    if (this.#coming.length + this.#going.length === 0) return;
    this.#state = addressesDeleted(addressesAssigned(this.#settled(), this.#coming), this.#going);
    this.#added = [];
    this.#gone = new Set();
    this.#addedByKey = undefined;
    this.#proxies = undefined;
    this.#coming = [];
    this.#going = [];
  }

  write(operation: Operation): void {
    if (operation.kind !== 'sysctl' && isHold(operation)) return;
    if (operation.kind === 'address') {
      this.#writeAddress(operation);
      return;
    }
    this.#settleAddresses();
    switch (operation.kind) {
      case 'sysctl':
        this.#writeSysctl(operation.subject, operation.to);
        break;
      case 'route':
        this.#writeRoute(operation);
        break;
      case 'proxy':
        this.#writeProxy(operation);
        break;
      case 'nat': {
        const { [operation.subject]: _replaced, ...others } = this.#nat;
        this.#nat = operation.to === null ? others : { ...others, [operation.subject]: operation.to };
      }
    }
  }

  #writeSysctl(path: SysctlPath, value: string | null): void {
    const canonical = canonicalSysctl(path);
    if (value === null || this.#sysctls[canonical] === undefined) return;
    if (canonical === IP_FORWARD && this.#sysctls[canonical] !== value) {
      for (const effect of forwardingEffects(this.#state, value)) this.#sysctls[effect.path] = effect.value;
      const all = confPath('all', 'forwarding');
      if (this.#sysctls[all] !== undefined) this.#sysctls[all] = value;
    }
    this.#sysctls[canonical] = value;
  }

  #writeAddress({ subject, to }: OperationOf<'address'>): void {
    if ((to === null ? this.#coming : this.#going).length > 0) this.#settleAddresses();
    if (to === null) this.#going.push(subject);
    else this.#coming.push({ ...subject, ...to });
  }

  #writeRoute({ subject, from, to }: OperationOf<'route'>): void {
    if (from !== null) this.#takeUp(subject, from);
    if (to === null) return;
    if (to.type === 'local') this.#sticky = { ...this.#sticky, customLocalRoutes: true };
    const route = routeEntry(subject, to);
    this.#added.push(route);
    if (this.#addedByKey !== undefined) enter(this.#addedByKey, routeKey(route), route);
  }

  #takeUp(subject: RouteSubject, from: RouteValue): void {
    this.#addedByKey ??= groupBy(this.#added, routeKey);
    const came = this.#addedByKey.get(routeKey(subject)) ?? [];
    const present = [...routesOf(this.#state, subject), ...came].filter((route) => !this.#gone.has(route));
    const gone = present.find((route) => hasRouteValue(route, from)) ?? present[0];
    if (gone !== undefined) this.#gone.add(gone);
  }

  #writeProxy(operation: OperationOf<'proxy'>): void {
    this.#proxies ??= proxiesByKey(this.#state);
    const key = subjectKey(operation);
    if (operation.to === null) this.#proxies.delete(key);
    else this.#proxies.set(key, { ...operation.subject, ...operation.to });
  }
}

function proxiesByKey({ proxies }: HostState): Map<string, ProxyEntry> {
  return new Map(
    proxies.map((entry) => {
      const { address, interface: at } = entry;
      return [at === null ? address : subjectKey({ kind: 'proxy', subject: { address, interface: at } }), entry];
    }),
  );
}
