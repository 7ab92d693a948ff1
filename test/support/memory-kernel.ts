import type { Backend } from '../../src/engine/backend.ts';
import { WriteRefused } from '../../src/engine/backend.ts';
import { forwardingEffects } from '../../src/model/forwarding.ts';
import { isHold, RTPROT_KERNEL, sameValue, subjectKey, type AddressSubject, type Operation } from '../../src/model/operation.ts';
import { routeValue, type AddressEntry, type HostState, type Link, type Neighbour, type RouteEntry } from '../../src/model/state.ts';
import { kernelLinkName, LOOPBACK, type LinkName } from '../../src/net/link-name.ts';
import type { Mac } from '../../src/net/mac.ts';
import { addressOf, lengthOf, networkOf } from '../../src/net/prefix.ts';
import {
  CONF_KEYS,
  confPath,
  IP_FORWARD,
  IP_NONLOCAL_BIND,
  NEIGH_KEYS,
  neighPath,
  type ConfKey,
  type SysctlPath,
} from '../../src/net/sysctl-path.ts';

type Mutable = { -readonly [K in keyof HostState]: HostState[K] };

/**
 * A kernel in memory that keeps state as the real one does where parp depends on it: ip_forward rewrites other switches, addresses bring
 * connected routes and take secondaries and, with the last one, every route over the interface and its neighbours along; adds are exclusive.
 */
export class MemoryKernel implements Backend {
  readonly name = 'iproute2';
  state: Mutable;
  /** Consulted before each operation: a text refuses it with these words. */
  refuse: (operation: Operation, at: number) => string | undefined = () => undefined;
  written = 0;

  constructor(state: HostState) {
    this.state = structuredClone(state);
  }

  observe(): Promise<HostState> {
    return Promise.resolve(structuredClone(this.state));
  }

  async write(operations: readonly Operation[], progress?: (done: number) => void): Promise<void> {
    for (const [at, operation] of operations.entries()) {
      const refusal = this.refuse(operation, at) ?? this.#write(operation);
      if (refusal !== undefined) throw new WriteRefused(operation, refusal);
      this.written++;
      progress?.(at + 1);
      await Promise.resolve();
    }
  }

  flush(neighbours: readonly Pick<Neighbour, 'address' | 'interface'>[]): Promise<number> {
    const before = this.state.neighbours.length;
    this.state.neighbours = this.state.neighbours.filter(
      (entry) => !neighbours.some((gone) => gone.address === entry.address && gone.interface === entry.interface),
    );
    return Promise.resolve(before - this.state.neighbours.length);
  }

  #write(operation: Operation): string | undefined {
    if (operation.kind !== 'sysctl' && isHold(operation)) return undefined;
    switch (operation.kind) {
      case 'sysctl':
        return this.#setSysctl(operation.subject, operation.to ?? '');
      case 'address':
        return operation.to === null ? this.#deleteAddress(operation.subject) : this.#addAddress(operation.subject);
      case 'route':
        return this.#writeRoute(operation);
      case 'proxy':
        return this.#writeProxy(operation);
      case 'nat': {
        const { [operation.subject]: _gone, ...others } = this.state.nat;
        this.state.nat = operation.to === null ? others : { ...others, [operation.subject]: operation.to };
        return undefined;
      }
    }
  }

  #setSysctl(path: SysctlPath, value: string): string | undefined {
    if (this.state.sysctls[path] === undefined) return 'No such file or directory';
    const effects = path === IP_FORWARD && this.state.sysctls[path] !== value ? forwardingEffects(this.state, value) : [];
    this.state.sysctls = {
      ...this.state.sysctls,
      [path]: value,
      ...Object.fromEntries(effects.map((effect) => [effect.path, effect.value])),
    };
    return undefined;
  }

  #addAddress(subject: AddressSubject): string | undefined {
    const { address, interface: at } = subject;
    if (this.state.addresses.some((entry) => entry.interface === at && entry.address === address)) return 'File exists';
    const secondary = this.state.addresses.some((entry) => entry.interface === at && networkOf(entry.address) === networkOf(address));
    const entry: AddressEntry = { address, interface: at, scope: 'global', ...(secondary ? { secondary: true } : {}) };
    this.state.addresses = [...this.state.addresses, entry];
    if (!secondary && lengthOf(address) < 32) {
      const route: RouteEntry = {
        to: networkOf(address),
        table: 254,
        metric: 0,
        type: 'unicast',
        interface: at,
        scope: 'link',
        protocol: RTPROT_KERNEL,
        source: addressOf(address),
      };
      this.state.routes = [...this.state.routes, route];
    }
    return undefined;
  }

  #deleteAddress({ address, interface: at }: AddressSubject): string | undefined {
    const entry = this.state.addresses.find((candidate) => candidate.interface === at && candidate.address === address);
    if (entry === undefined) return 'Cannot assign requested address';
    this.state.addresses = this.state.addresses.filter(
      (other) =>
        other !== entry &&
        !(
          entry.secondary !== true &&
          other.secondary === true &&
          other.interface === at &&
          networkOf(other.address) === networkOf(address)
        ),
    );
    const last = !this.state.addresses.some((other) => other.interface === at);
    if (last) {
      this.state.proxies = this.state.proxies.filter((proxy) => proxy.interface !== at);
      this.state.neighbours = this.state.neighbours.filter((neighbour) => neighbour.interface !== at);
    }
    this.state.routes = this.state.routes.filter((route) => {
      const connected = route.protocol === RTPROT_KERNEL && route.interface === at && route.to === networkOf(address);
      if (connected) return entry.secondary === true;
      if (route.source === addressOf(address) && !this.state.addresses.some((other) => addressOf(other.address) === route.source))
        return false;
      return !(last && route.interface === at);
    });
    return undefined;
  }

  #writeRoute(operation: Extract<Operation, { kind: 'route' }>): string | undefined {
    const key = subjectKey(operation);
    const present = this.state.routes.filter((route) => subjectKey({ kind: 'route', subject: route }) === key);
    if (operation.from !== null) {
      const gone = present.find((route) => sameValue(routeValue(route), operation.from));
      if (gone === undefined) return 'No such process';
      this.state.routes = this.state.routes.filter((route) => route !== gone);
    } else if (present.length > 0) return 'File exists';
    if (operation.to !== null) this.state.routes = [...this.state.routes, { ...operation.subject, ...operation.to }];
    return undefined;
  }

  #writeProxy(operation: Extract<Operation, { kind: 'proxy' }>): string | undefined {
    const { address, interface: at } = operation.subject;
    const others = this.state.proxies.filter((entry) => entry.address !== address || entry.interface !== at);
    if (operation.to === null && others.length === this.state.proxies.length) return 'No such file or directory';
    this.state.proxies = operation.to === null ? others : [...others, { address, interface: at, protocol: operation.to.protocol }];
    return undefined;
  }
}

/** A host with these interfaces besides lo, all up, with the switches of a fresh namespace. */
export function freshHost(names: readonly string[]): HostState {
  const links = [LOOPBACK, ...names.map(kernelLinkName)];
  const sysctls: Record<string, string> = { [IP_FORWARD]: '0', [IP_NONLOCAL_BIND]: '0' };
  const ones = new Set<ConfKey>(['accept_redirects', 'arp_evict_nocarrier', 'secure_redirects', 'send_redirects', 'shared_media']);
  for (const holder of ['all', 'default', ...links] as (LinkName | 'all' | 'default')[]) {
    for (const key of CONF_KEYS) if (holder !== 'all' || key !== 'forwarding') sysctls[confPath(holder, key)] = ones.has(key) ? '1' : '0';
  }
  const delays = { proxy_delay: '800ms', locktime: '1000ms', proxy_qlen: '64' };
  for (const link of links) for (const key of NEIGH_KEYS) sysctls[neighPath(link, key)] = delays[key];
  return {
    links: links.map((name, at): Link => ({
      index: at + 1,
      name,
      mac: name === LOOPBACK ? null : (`02:00:00:00:00:0${at}` as Mac),
      flags: ['UP', 'LOWER_UP'],
      kind: null,
      mtu: 1500,
      master: null,
    })),
    addresses: [],
    routes: [],
    rules: [],
    nexthops: [],
    sysctls,
    proxies: [],
    neighbours: [],
    nftables: [],
    nat: {},
    sticky: { customRules: null, customLocalRoutes: null },
    tickMs: 4,
  };
}
