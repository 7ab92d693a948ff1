import { addressOf, networkOf } from '../net/prefix.ts';
import type { LinkName } from '../net/link-name.ts';
import type { Ledger } from './ledger.ts';
import { invert, PARP_PROTOCOL, RTPROT_KERNEL, subjectKey, type AddressSubject, type Operation, type Subject } from './operation.ts';
import { orderForward } from './order.ts';
import { groupBy } from './groups.ts';
import { isOn } from './link-settings.ts';
import { onceForEach } from './once-for-each.ts';
import { routeValue, type AddressEntry, type HostState, type ProxyEntry, type RouteEntry } from './state.ts';

type AddressOperation = Extract<Operation, { kind: 'address' }>;

function isDeletion(operation: Operation): operation is AddressOperation {
  return operation.kind === 'address' && operation.to === null;
}

/**
 * What of others the kernel would delete together with each address that the operations delete (inet_del_ifa, fib_del_ifaddr): its
 * secondaries, routes that name it as source where it stays on no other interface, and with an interface's last address (fib_disable_ip)
 * every route over it, its proxy neighbours and its permanent ones. In words, by the key of the address; where nothing is lost, there is
 * no entry.
 */
export function addressLosses(operations: readonly Operation[], state: HostState, ledger: Ledger): ReadonlyMap<string, readonly string[]> {
  const losses = new Map<string, readonly string[]>();
  const deletions = operations.filter(isDeletion);
  if (deletions.length === 0) return losses;
  const going = deletedKeys(operations);
  const staying = state.addresses.filter((entry) => !going.has(addressKey(entry)));
  const foreign = state.routes.filter(
    (route) =>
      route.protocol !== RTPROT_KERNEL && route.protocol !== PARP_PROTOCOL && !going.has(subjectKey({ kind: 'route', subject: route })),
  );
  const secondariesIn = groupBy(
    staying.filter(({ secondary }) => secondary === true),
    subnetKey,
  );
  const onLink = groupBy(staying, (entry) => entry.interface);
  const withLocal = groupBy(staying, ({ address }) => addressOf(address));
  const bySource = groupBy(foreign, ({ source }) => source);
  for (const { subject } of deletions) {
    const secondaries = deletesSecondaries(subject, state) ? (secondariesIn.get(subnetKey(subject)) ?? []) : [];
    const along = new Set(secondaries);
    const bare = (onLink.get(subject.interface)?.length ?? 0) === secondaries.length;
    const locals = new Set([subject, ...secondaries].map(({ address }) => addressOf(address)));
    const sources = [...locals].filter((local) => (withLocal.get(local) ?? []).every((entry) => along.has(entry)));
    const sourced = new Set(sources.flatMap((local) => bySource.get(local) ?? []));
    const routes = bare ? foreign.filter((route) => sourced.has(route) || goesWithInterface(route, subject.interface)) : [...sourced];
    const others = secondaries.filter((entry) => !isOwn({ kind: 'address', subject: entry }, ledger));
    const words = [
      ...others.map((entry) => `address ${entry.address}`),
      ...routes.map((route) => `route ${route.to}`),
      ...(bare ? foreignNeighbours(subject.interface, going, state, ledger) : []),
    ];
    if (words.length > 0) losses.set(addressKey(subject), words);
  }
  return losses;
}

/** Proxy neighbours and permanent ones of an interface that are not parp's. */
function foreignNeighbours(name: LinkName, going: ReadonlySet<string>, state: HostState, ledger: Ledger): string[] {
  const proxies = state.proxies.filter(
    (entry) =>
      entry.interface === name && !isOwnProxy(entry, ledger) && !laidProxy(entry).some((operation) => going.has(subjectKey(operation))),
  );
  const permanent = state.neighbours.filter((entry) => entry.interface === name && entry.state === 'PERMANENT');
  return [...proxies.map(({ address }) => `proxy neighbour ${address}`), ...permanent.map(({ address }) => `neighbour ${address}`)];
}

export interface Relaid {
  /** The operations, with what goes with an address taken up before it. */
  readonly operations: readonly Operation[];
  /** The same put back: to be written last, in this order. */
  readonly relaid: readonly Operation[];
}

/**
 * Keeps what parp wants from going with an address: secondaries of its own, and its routes and proxy neighbours where an interface loses
 * its last address, are taken up first, and put back when the address is gone. Written out as operations, so that the way back is the
 * same.
 */
export function relay(operations: readonly Operation[], state: HostState, ledger: Ledger): Relaid {
  const deletions = operations.filter(isDeletion);
  if (deletions.length === 0) return { operations, relaid: [] };
  const going = deletedKeys(operations);
  const touched = new Set(operations.map(subjectKey));
  const staying = state.addresses.filter((entry) => !going.has(addressKey(entry)));
  const losing = new Set(deletions.flatMap(({ subject }) => (deletesSecondaries(subject, state) ? [subnetKey(subject)] : [])));
  const isLifted = (entry: AddressEntry): boolean =>
    entry.secondary === true &&
    losing.has(subnetKey(entry)) &&
    isOwn({ kind: 'address', subject: entry }, ledger) &&
    !touched.has(addressKey(entry));
  const lifted = staying.filter(isLifted);
  const rest = staying.filter((entry) => !isLifted(entry));
  const numbered = new Set<string>(rest.map((entry) => entry.interface));
  const bare = new Set<string>(deletions.map(({ subject }) => subject.interface).filter((name) => !numbered.has(name)));
  const shaken = localsOutside(lifted, rest);
  const lost = localsOutside(
    deletions.map(({ subject }) => subject),
    staying,
  );
  const leans = ({ interface: at, source }: Support): boolean =>
    (typeof at === 'string' && bare.has(at)) || (source !== undefined && shaken.has(source));

  const relaid: Operation[] = [];
  const kept = secondariesFirst(operations, state).flatMap((operation): Operation[] => {
    if (!leans(supportOf(operation))) return [operation];
    relaid.push({ ...operation, from: null });
    return operation.from === null ? [] : [{ ...operation, to: null }];
  });
  const dependants = dependantsOf(state, ledger, (support) => leans(support) && !lost.has(support.source ?? '')).filter(
    (operation) => !touched.has(subjectKey(operation)),
  );
  const taken: Operation[] = [...dependants.toReversed(), ...lifted.map(assigned)].map(invert);
  const at = kept.findIndex(isDeletion);
  return {
    operations: [...kept.slice(0, at), ...taken, ...kept.slice(at)],
    relaid: [...lifted.map(assigned), ...orderForward([...relaid, ...dependants])],
  };
}

/** The same operations, with the deletions of addresses in an order in which none takes another along. */
function secondariesFirst(operations: readonly Operation[], state: HostState): Operation[] {
  const deletions = operations.filter(isDeletion);
  const ordered = [
    ...deletions.filter(({ subject }) => isSecondary(subject, state)),
    ...deletions.filter(({ subject }) => !isSecondary(subject, state)),
  ];
  let next = 0;
  return operations.map((operation) => (isDeletion(operation) ? (ordered[next++] ?? operation) : operation));
}

/**
 * parp's own routes and proxy neighbours on interfaces that the operations give their first address, as holds: taking that address back
 * would delete them, and a rollback that is cut off in between must know of them.
 */
export function dependantsAtStake(operations: readonly Operation[], state: HostState, ledger: Ledger): Operation[] {
  const numbered = new Set<string>(state.addresses.map((entry) => entry.interface));
  const gaining = new Set<string>(
    operations.flatMap(({ kind, subject, from }) => (kind === 'address' && from === null ? [subject.interface] : [])),
  );
  if (gaining.size === 0) return [];
  const atStake = dependantsOf(state, ledger, ({ interface: at }) => typeof at === 'string' && gaining.has(at) && !numbered.has(at));
  if (atStake.length === 0) return [];
  const touched = new Set(operations.map(subjectKey));
  return atStake
    .filter((operation) => !touched.has(subjectKey(operation)))
    .map((operation) => ({ ...operation, from: operation.to }) as Operation);
}

/** What a route or proxy neighbour hangs on: its interface, and the address that it names as source. */
interface Support {
  readonly interface?: string | null;
  readonly source?: string;
}

function supportOf(operation: Operation): Support {
  if (operation.to === null) return {};
  if (operation.kind === 'route') return operation.to;
  return operation.kind === 'proxy' ? { interface: operation.subject.interface } : {};
}

/** Those of parp's own routes and proxy neighbours that hang on what is asked for, as what laid them. */
function dependantsOf(state: HostState, ledger: Ledger, hangs: (support: Support) => boolean): Operation[] {
  const routes = state.routes
    .filter((route) => route.protocol === PARP_PROTOCOL && hangs(route))
    .map((route): Operation => {
      const { to, table, metric, tos } = route;
      const subject = { to, table, metric, ...(tos === undefined ? {} : { tos }) };
      return { kind: 'route', subject, from: null, to: routeValue(route) };
    });
  return [
    ...routes,
    ...state.proxies.filter((entry) => hangs({ interface: entry.interface }) && isOwnProxy(entry, ledger)).flatMap(laidProxy),
  ];
}

/** A proxy neighbour as what added it; none where it stands for every interface. */
function laidProxy({ address, interface: at, protocol }: ProxyEntry): Operation[] {
  return at === null ? [] : [{ kind: 'proxy', subject: { address, interface: at }, from: null, to: { protocol } }];
}

/** The kernel keeps the protocol as whoever wrote last gave it, if at all. */
function isOwnProxy(entry: ProxyEntry, ledger: Ledger): boolean {
  if (entry.protocol !== null) return entry.protocol === PARP_PROTOCOL;
  return laidProxy(entry).some((operation) => isOwn(operation, ledger));
}

function assigned({ address, interface: at, scope }: AddressEntry): Operation {
  return { kind: 'address', subject: { address, interface: at }, from: null, to: { scope } };
}

function deletedKeys(operations: readonly Operation[]): ReadonlySet<string> {
  return new Set(operations.filter(({ to }) => to === null).map(subjectKey));
}

function addressKey(subject: AddressSubject): string {
  return subjectKey({ kind: 'address', subject });
}

/** Equal for addresses of one subnet on one interface. */
function subnetKey({ address, interface: at }: AddressSubject): string {
  return `${networkOf(address)} ${at}`;
}

/** Whether parp added the subject, by the ledger. */
function isOwn(subject: Subject, ledger: Ledger): boolean {
  return ledger.entries.get(subjectKey(subject))?.operation.from === null;
}

/** Whether the kernel deletes the secondaries of the subnet with this address: not where it promotes them instead. */
function deletesSecondaries(primary: AddressSubject, state: HostState): boolean {
  return !isOn(state, primary.interface, 'promote_secondaries') && !isSecondary(primary, state);
}

const secondaryKeys = onceForEach(
  ({ addresses }: HostState): ReadonlySet<string> => new Set(addresses.filter(({ secondary }) => secondary === true).map(addressKey)),
);

function isSecondary(subject: AddressSubject, state: HostState): boolean {
  return secondaryKeys(state).has(addressKey(subject));
}

/** The addresses, without their lengths, that are not among the others on any interface. */
function localsOutside(entries: readonly AddressSubject[], others: readonly AddressSubject[]): ReadonlySet<string> {
  const elsewhere = new Set(others.map(({ address }) => addressOf(address)));
  return new Set(entries.map(({ address }) => addressOf(address)).filter((local) => !elsewhere.has(local)));
}

/** Whether the kernel deletes the route, or a hop of it, with the interface's last address (fib_sync_down_dev); it spares nexthop objects. */
function goesWithInterface(route: RouteEntry, link: LinkName): boolean {
  if (route.nexthop !== undefined) return false;
  return route.interface === link || route.hops?.some((hop) => hop.interface === link) === true;
}
