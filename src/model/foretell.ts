import { confPath, IP_FORWARD, type SysctlPath } from '../net/sysctl-path.ts';
import { withAddress, withoutAddress } from './address-effects.ts';
import { canonicalSysctl, forwardingEffects } from './forwarding.ts';
import { isHold, sameValue, subjectKey, type Operation } from './operation.ts';
import { routeValue, type HostState, type ProxyEntry, type RouteEntry } from './state.ts';

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

/** A state being written to, by key: a plan can hold a hundred thousand routes. */
class Draft {
  /** All but what the maps below hold. */
  #state: HostState;
  #sysctls: Record<SysctlPath, string>;
  #routes: Map<string, readonly RouteEntry[]>;
  #proxies: Map<string, ProxyEntry>;

  constructor(state: HostState) {
    this.#state = state;
    this.#sysctls = { ...state.sysctls };
    this.#routes = routesByKey(state);
    this.#proxies = proxiesByKey(state);
  }

  finish(): HostState {
    return { ...this.#state, sysctls: this.#sysctls, routes: [...this.#routes.values()].flat(), proxies: [...this.#proxies.values()] };
  }

  write(operation: Operation): void {
    if (operation.kind !== 'sysctl' && isHold(operation)) return;
    switch (operation.kind) {
      case 'sysctl':
        this.#writeSysctl(operation.subject, operation.to);
        break;
      case 'address':
        this.#writeAddress(operation);
        break;
      case 'route':
        this.#writeRoute(operation);
        break;
      case 'proxy':
        this.#writeProxy(operation);
        break;
      case 'nat': {
        const { [operation.subject]: _replaced, ...others } = this.#state.nat;
        this.#state = { ...this.#state, nat: operation.to === null ? others : { ...others, [operation.subject]: operation.to } };
      }
    }
  }

  #writeSysctl(path: SysctlPath, value: string | null): void {
    const canonical = canonicalSysctl(path);
    if (value === null || this.#sysctls[canonical] === undefined) return;
    if (canonical === IP_FORWARD && this.#sysctls[canonical] !== value) {
      for (const effect of forwardingEffects({ ...this.#state, sysctls: this.#sysctls }, value)) this.#sysctls[effect.path] = effect.value;
      const all = confPath('all', 'forwarding');
      if (this.#sysctls[all] !== undefined) this.#sysctls[all] = value;
    }
    this.#sysctls[canonical] = value;
  }

  #writeAddress({ subject, to }: OperationOf<'address'>): void {
    const present = this.finish();
    const { routes, proxies, ...rest } = to === null ? withoutAddress(present, subject) : withAddress(present, subject, to);
    this.#state = { ...rest, routes, proxies };
    if (routes !== present.routes) this.#routes = routesByKey(this.#state);
    if (proxies !== present.proxies) this.#proxies = proxiesByKey(this.#state);
  }

  #writeRoute(operation: OperationOf<'route'>): void {
    const { subject, from, to } = operation;
    const key = subjectKey(operation);
    const present = this.#routes.get(key) ?? [];
    const gone = from === null ? undefined : (present.find((route) => sameValue(routeValue(route), from)) ?? present[0]);
    const routes = [...present.filter((route) => route !== gone), ...(to === null ? [] : [{ ...subject, ...to }])];
    if (routes.length === 0) this.#routes.delete(key);
    else this.#routes.set(key, routes);
    if (to?.type === 'local') this.#state = { ...this.#state, sticky: { ...this.#state.sticky, customLocalRoutes: true } };
  }

  #writeProxy(operation: OperationOf<'proxy'>): void {
    const key = subjectKey(operation);
    if (operation.to === null) this.#proxies.delete(key);
    else this.#proxies.set(key, { ...operation.subject, ...operation.to });
  }
}

function routesByKey({ routes }: HostState): Map<string, readonly RouteEntry[]> {
  const byKey = new Map<string, RouteEntry[]>();
  for (const route of routes) {
    const key = subjectKey({ kind: 'route', subject: route });
    const others = byKey.get(key);
    if (others === undefined) byKey.set(key, [route]);
    else others.push(route);
  }
  return byKey;
}

function proxiesByKey({ proxies }: HostState): Map<string, ProxyEntry> {
  return new Map(
    proxies.map((entry) => {
      const { address, interface: at } = entry;
      return [at === null ? `proxy ${address}` : subjectKey({ kind: 'proxy', subject: { address, interface: at } }), entry];
    }),
  );
}
