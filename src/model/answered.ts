import { ipv4FromNumber, ipv4ToNumber } from '../net/ipv4.ts';
import { LOOPBACK, type LinkName } from '../net/link-name.ts';
import { addressOf, lengthOf, numberOf } from '../net/prefix.ts';
import { mergeRanges, subtractRanges, type Range } from '../net/range.ts';
import { arpDecision } from './arp-decision.ts';
import { isOwnAddress } from './fib-index.ts';
import { segmentOf, type Partition } from './fib-partition.ts';
import { segmentsOf } from './fib-segments.ts';
import { groupBy } from './groups.ts';
import { hasSettings, isOn, ownSetting } from './link-settings.ts';
import { onceForEach } from './once-for-each.ts';
import type { HostState } from './state.ts';
import { isLoopback } from './route-input.ts';
import { typicalSenders, type Senders } from './typical-sender.ts';

/**
 * For whom an interface answers a typical neighbour (`typicalSenders`): sorted, disjoint ranges. Addresses that an interface of the
 * host has are in none of them: they are answered for anyway.
 */
export interface Answered {
  /** By proxy_arp, proxy_arp_pvlan or a proxy neighbour. */
  readonly proxied: readonly Range[];
  /** By a local route, on every interface. */
  readonly local: readonly Range[];
  /** Whoever reads the state cannot tell: several hops, a chain of nftables, a rule that selects by what is not known. */
  readonly open: readonly Range[];
}

export const NOTHING_ANSWERED: Answered = { proxied: [], local: [], open: [] };

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
    const proxied = subtractRanges(now.proxied, then.proxied);
    const local = subtractRanges(now.local, then.local);
    const open = subtractRanges(now.open, then.open);
    if (proxied.length + local.length + open.length > 0) differences.set(link, { proxied, local, open });
  }
  return differences;
}

type Verdict = 'proxied' | 'local' | 'open' | 'silence';
type Ranges = { readonly [V in Verdict]: Range[] };

function answeredOn(state: HostState, at: LinkName): Answered {
  const proxies = proxiesOn(state).get(at) ?? proxiesOn(state).get(null) ?? [];
  if (isMute(state, at, proxies.length > 0)) return NOTHING_ANSWERED;
  const own = ownAddresses(state);
  const senders = typicalSenders(state, at);
  const usual = ipv4ToNumber(senders.usual);
  const singles = [...new Set([...proxies, usual])].filter((number) => !own.set.has(number)).sort(ascending);
  const exceptions = [...new Set([...own.sorted, ...singles])].sort(ascending);
  const decide = (to: number): Verdict => verdictOn(state, at, senders, to);
  const base = bySegments(segmentsOf(state), at, exceptions, decide);
  const single = bySingles(segmentsOf(state), at, singles, usual, decide);
  const holes = mergeRanges(exceptions.map(alone));
  const joined = (verdict: Verdict): readonly Range[] => mergeRanges([...subtractRanges(base[verdict], holes), ...single[verdict]]);
  return { proxied: joined('proxied'), local: joined('local'), open: joined('open') };
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

/** Decides once for each class of segments, of those whose routes do not lead by the interface itself once for each shape. */
function byClass({ classes }: Partition, at: LinkName, decide: (to: number) => Verdict) {
  const ofClass: (Verdict | undefined)[] = [];
  const ofShape: (Verdict | undefined)[] = [];
  return {
    known: (is: number): Verdict | undefined => ofClass[is],
    find: (is: number, to: number): Verdict => {
      const { links, shape } = classes[is] ?? { links: NO_LINKS, shape: 0 };
      const verdict = links.has(at) ? decide(to) : (ofShape[shape] ?? decide(to));
      if (!links.has(at)) ofShape[shape] = verdict;
      ofClass[is] = verdict;
      return verdict;
    },
  };
}

const NO_LINKS: ReadonlySet<LinkName> = new Set();

function noRanges(): Ranges {
  return { proxied: [], local: [], open: [], silence: [] };
}

/** The segments by what is said for their addresses, but for the exceptions: each class is decided by an address that is none. */
function bySegments(partition: Partition, at: LinkName, exceptions: readonly number[], decide: (to: number) => Verdict): Ranges {
  const { starts, classOf } = partition;
  const { known, find } = byClass(partition, at, decide);
  const found = noRanges();
  let next = 0;
  for (const [i, first] of starts.entries()) {
    const last = (starts[i + 1] ?? 2 ** 32) - 1;
    const is = classOf[i] ?? 0;
    let verdict = known(is);
    if (verdict === undefined) {
      while (next < exceptions.length && (exceptions[next] ?? 0) < first) next++;
      let to = first;
      for (let beyond = next; exceptions[beyond] === to; beyond++) to++;
      if (to > last) continue;
      verdict = find(is, to);
    }
    if (verdict !== 'silence') found[verdict].push({ first, last });
  }
  return found;
}

/** Addresses of proxy neighbours, and the typical sender, by what is said for each. */
function bySingles(partition: Partition, at: LinkName, singles: readonly number[], usual: number, decide: (to: number) => Verdict): Ranges {
  const { known, find } = byClass(partition, at, decide);
  const found = noRanges();
  for (const number of singles) {
    const is = partition.classOf[segmentOf(partition, number)] ?? 0;
    found[number === usual ? decide(number) : (known(is) ?? find(is, number))].push(alone(number));
  }
  return found;
}

function ascending(a: number, b: number): number {
  return a - b;
}

function alone(number: number): Range {
  return { first: number, last: number };
}

const ownAddresses = onceForEach(({ addresses }: HostState) => {
  const sorted = addresses.map(({ address }) => numberOf(address)).sort(ascending);
  return { sorted, set: new Set(sorted) };
});

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
