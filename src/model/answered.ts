import { AddressSetBuilder, difference, NO_ADDRESSES, type AddressSet } from '../net/address-set.ts';
import { ipv4FromNumber, ipv4ToNumber } from '../net/ipv4.ts';
import { LOOPBACK, type LinkName } from '../net/link-name.ts';
import { addressOf, lengthOf, numberOf } from '../net/prefix.ts';
import { arpDecision } from './arp-decision.ts';
import { isOwnAddress } from './fib-index.ts';
import type { Partition } from './fib-partition.ts';
import { segmentsOf } from './fib-segments.ts';
import { groupBy } from './groups.ts';
import { hasSettings, isOn, ownSetting } from './link-settings.ts';
import { onceForEach } from './once-for-each.ts';
import type { HostState } from './state.ts';
import { isLoopback } from './route-input.ts';
import { typicalSenders, type Senders } from './typical-sender.ts';

/**
 * For whom an interface answers a typical neighbour (`typicalSenders`). Addresses that an interface of the
 * host has are in none of them: they are answered for anyway.
 */
export interface Answered {
  /** By proxy_arp, proxy_arp_pvlan or a proxy neighbour. */
  readonly proxied: AddressSet;
  /** By a local route, on every interface. */
  readonly local: AddressSet;
  /** Whoever reads the state cannot tell: several hops, a chain of nftables, a rule that selects by what is not known. */
  readonly open: AddressSet;
}

export const NOTHING_ANSWERED: Answered = { proxied: NO_ADDRESSES, local: NO_ADDRESSES, open: NO_ADDRESSES };

/** For whom each interface answers, lo left out: exactly what `arpDecision` says of each address by itself. */
export const answeredBy = onceForEach((state: HostState): ReadonlyMap<LinkName, Answered> => {
  const links = state.links.filter(({ name }) => name !== LOOPBACK);
  return new Map(links.map(({ name }) => [name, answeredOn(state, name)]));
});

/** What of `after` is not in `before`; interfaces of which nothing is new are left out. With the arguments swapped: what is lost. */
export function gained(before: ReadonlyMap<LinkName, Answered>, after: ReadonlyMap<LinkName, Answered>): ReadonlyMap<LinkName, Answered> {
  const differences = new Map<LinkName, Answered>();
  for (const [link, now] of after) {
    const then = before.get(link) ?? NOTHING_ANSWERED;
    if (now === then) continue;
    const proxied = difference(now.proxied, then.proxied);
    const local = difference(now.local, then.local);
    const open = difference(now.open, then.open);
    if (proxied.length + local.length + open.length > 0) differences.set(link, { proxied, local, open });
  }
  return differences;
}

type Verdict = 'proxied' | 'local' | 'open' | 'silence';

/** The same of one interface alone. */
export function answeredOn(state: HostState, at: LinkName): Answered {
  const known = answeredSoFar(state);
  const answered = known.get(at) ?? workedOut(state, at);
  known.set(at, answered);
  return answered;
}

const answeredSoFar = onceForEach((_state: HostState): Map<LinkName, Answered> => new Map());

function workedOut(state: HostState, at: LinkName): Answered {
  const proxies = proxiesOn(state).get(at) ?? proxiesOn(state).get(null) ?? [];
  if (isMute(state, at, proxies.length > 0)) return NOTHING_ANSWERED;
  const senders = typicalSenders(state, at);
  return bySegments(segmentsOf(state), at, exceptionsOf(state, proxies, ipv4ToNumber(senders.usual)), (to) =>
    verdictOn(state, at, senders, to),
  );
}

/** Addresses that are not treated like those around them, in ascending order. */
interface Exceptions {
  readonly sorted: readonly number[];
  readonly own: ReadonlySet<number>;
  /** Somebody else asks for it. */
  readonly usual: number;
}

function exceptionsOf(state: HostState, proxies: readonly number[], usual: number): Exceptions {
  const own = ownAddresses(state);
  return { sorted: [...new Set([...sortedOwn(state), ...proxies, usual])].sort(ascending), own, usual };
}

/** Whether an interface answers for nobody but the host itself, whatever the routes say. */
function isMute(state: HostState, at: LinkName, hasProxies: boolean): boolean {
  if (!hasSettings(state, at) || hasLocalRoutes(state) || isOn(state, at, 'route_localnet')) return false;
  const answers = hasProxies || isOn(state, at, 'proxy_arp') || isOn(state, at, 'proxy_arp_pvlan');
  return !answers || ownSetting(state, at, 'forwarding') === 0;
}

/** Whether a route makes any address the host's that no interface has (KERNEL.md F5), those of loopback left out. */
const hasLocalRoutes = onceForEach((state: HostState): boolean =>
  state.routes.some(({ type, to }) => {
    if (type !== 'local' || isLoopback(addressOf(to))) return false;
    return lengthOf(to) < 32 || !isOwnAddress(state, addressOf(to));
  }),
);

function verdictOn(state: HostState, at: LinkName, { usual, other }: Senders, target: number): Verdict {
  const to = ipv4FromNumber(target);
  const { answer, because } = arpDecision(state, { interface: at, from: to === usual ? other : usual, to });
  if (answer === 'reply') return because === 'local-address' ? 'local' : 'proxied';
  return answer === 'depends' ? 'open' : 'silence';
}

type Decide = (to: number) => Verdict;

/** Decides once for each class of segments; of those whose routes do not lead by the interface itself, once for each shape. */
class Verdicts {
  readonly #classes: Partition['classes'];
  readonly #at: LinkName;
  readonly #decide: Decide;
  readonly #ofClass: (Verdict | undefined)[] = [];
  readonly #ofShape: (Verdict | undefined)[] = [];

  constructor(classes: Partition['classes'], at: LinkName, decide: Decide) {
    this.#classes = classes;
    this.#at = at;
    this.#decide = decide;
  }

  known(is: number): Verdict | undefined {
    return this.#ofClass[is];
  }

  /** `to` is an address of such a segment. */
  find(is: number, to: number): Verdict {
    const of = this.#classes[is];
    const shape = of === undefined || of.links.has(this.#at) ? undefined : of.shape;
    const verdict = (shape === undefined ? undefined : this.#ofShape[shape]) ?? this.#decide(to);
    if (shape !== undefined) this.#ofShape[shape] = verdict;
    this.#ofClass[is] = verdict;
    return verdict;
  }
}

/** Goes through all segments; exceptions are cut out of them and decided by themselves. */
function bySegments({ starts, classOf, classes }: Partition, at: LinkName, exceptions: Exceptions, decide: Decide): Answered {
  const usually = new Verdicts(classes, at, decide);
  const proxied = new Verdicts(classes, at, decide);
  const found = { proxied: new AddressSetBuilder(), local: new AddressSetBuilder(), open: new AddressSetBuilder() };
  const add = (verdict: Verdict, first: number, last: number): void => {
    if (verdict !== 'silence') found[verdict].add(first, last);
  };
  const { sorted, own, usual } = exceptions;
  let next = 0;
  let exception = sorted[next] ?? 2 ** 32;
  for (let i = 0; i < starts.length; i++) {
    const is = classOf[i] ?? 0;
    const last = (starts[i + 1] ?? 2 ** 32) - 1;
    let first = starts[i] ?? 0;
    for (; exception <= last; exception = sorted[++next] ?? 2 ** 32) {
      if (first < exception) add(usually.known(is) ?? usually.find(is, first), first, exception - 1);
      first = exception + 1;
      if (own.has(exception)) continue;
      add(exception === usual ? decide(exception) : (proxied.known(is) ?? proxied.find(is, exception)), exception, exception);
    }
    if (first <= last) add(usually.known(is) ?? usually.find(is, first), first, last);
  }
  return { proxied: found.proxied.set(), local: found.local.set(), open: found.open.set() };
}

function ascending(a: number, b: number): number {
  return a - b;
}

const ownAddresses = onceForEach(
  ({ addresses }: HostState): ReadonlySet<number> => new Set(addresses.map(({ address }) => numberOf(address))),
);

const sortedOwn = onceForEach((state: HostState): readonly number[] => [...ownAddresses(state)].sort(ascending));

/** The addresses of proxy neighbours on each interface that has any of its own, with those of every interface; null: on all others. */
const proxiesOn = onceForEach(({ proxies }: HostState): ReadonlyMap<LinkName | null, readonly number[]> => {
  const groups = groupBy(proxies, (entry) => entry.interface);
  const everywhere = (groups.get(null) ?? []).map(({ address }) => ipv4ToNumber(address));
  return new Map(
    [...groups].map(([link, entries]) => {
      const here = entries.map(({ address }) => ipv4ToNumber(address));
      return [link, link === null ? here : [...here, ...everywhere]];
    }),
  );
});
