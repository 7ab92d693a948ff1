import { lengthOf, netmask, numberOf, type Prefix } from '../net/prefix.ts';

/** Routes of one prefix length, by their networks in ascending order. */
export interface Level<R> {
  readonly length: number;
  readonly mask: number;
  /** The network of the route at the same place. */
  readonly networks: Uint32Array;
  readonly routes: readonly R[];
}

/**
 * Routes by prefix, the longest first; those of one prefix are in `order`, and in that of the list where it calls them equal. Typed arrays: a map
 * of a hundred thousand texts takes several times as long to make.
 */
export function levelsOf<R extends { readonly to: Prefix }>(routes: readonly R[], order: (a: R, b: R) => number): readonly Level<R>[] {
  const counts = new Uint32Array(33);
  for (const { to } of routes) counts[lengthOf(to)] = (counts[lengthOf(to)] ?? 0) + 1;
  const drafts = Array.from(counts, (count, length): Draft<R> => ({
    length,
    mask: netmask(length),
    networks: new Uint32Array(count),
    routes: [],
    isSorted: true,
  }));
  for (const route of routes) {
    const draft = drafts[lengthOf(route.to)];
    if (draft === undefined) continue;
    const { networks, mask } = draft;
    const at = draft.routes.push(route) - 1;
    const network = (numberOf(route.to) & mask) >>> 0;
    networks[at] = network;
    const before = draft.routes[at - 1];
    if (before === undefined) continue;
    const last = networks[at - 1] ?? 0;
    if (network < last || (network === last && order(before, route) > 0)) draft.isSorted = false;
  }
  return drafts
    .filter(({ routes: of }) => of.length > 0)
    .map((draft) => (draft.isSorted ? draft : sorted(draft, order)))
    .toReversed();
}

/** The same of two lists together, by their levels. */
export function mergeLevels<R>(a: readonly Level<R>[], b: readonly Level<R>[], order: (a: R, b: R) => number): readonly Level<R>[] {
  const lengths = new Set([...a, ...b].map(({ length }) => length));
  return [...lengths]
    .sort((one, other) => other - one)
    .flatMap((length): Level<R>[] => {
      const [first, second] = [a, b].map((levels) => levels.find((level) => level.length === length));
      if (first !== undefined && second !== undefined) return [merged(first, second, order)];
      const only = first ?? second;
      return only === undefined ? [] : [only];
    });
}

function merged<R>(a: Level<R>, b: Level<R>, order: (a: R, b: R) => number): Level<R> {
  const networks = new Uint32Array(a.networks.length + b.networks.length);
  const routes: R[] = [];
  let [i, j] = [0, 0];
  while (i < a.routes.length || j < b.routes.length) {
    const [one, other] = [a.routes[i], b.routes[j]];
    const [first, second] = [a.networks[i] ?? Infinity, b.networks[j] ?? Infinity];
    const isFirst = first < second || (first === second && one !== undefined && other !== undefined && order(one, other) <= 0);
    const route = isFirst ? one : other;
    if (route === undefined) break;
    networks[routes.push(route) - 1] = isFirst ? first : second;
    if (isFirst) i++;
    else j++;
  }
  return { length: a.length, mask: a.mask, networks, routes };
}

interface Draft<R> extends Level<R> {
  readonly routes: R[];
  isSorted: boolean;
}

/** Of more routes than this a network and a place do not fit into one number. */
const MOST_NUMBERED = 2 ** 21;

function sorted<R>({ length, mask, networks, routes }: Level<R>, order: (a: R, b: R) => number): Level<R> {
  const places = routes.length > MOST_NUMBERED ? placesCompared(networks) : placesNumbered(networks);
  const moved: R[] = [];
  const there = new Uint32Array(networks.length);
  for (const [at, place] of places.entries()) {
    there[at] = networks[place] ?? 0;
    const route = routes[place];
    if (route !== undefined) moved.push(route);
  }
  const level: Level<R> = { length, mask, networks: there, routes: moved };
  return { ...level, routes: inOrderWithin(level, order) };
}

/** In which order the networks ascend, those that are equal in the order of their places. */
export function placesCompared(networks: Uint32Array): Uint32Array {
  return new Uint32Array(networks.keys()).sort((a, b) => (networks[a] ?? 0) - (networks[b] ?? 0) || a - b);
}

/** The same by one number for each route, the network above its place: numbers are sorted ten times as fast as by a function that compares. */
export function placesNumbered(networks: Uint32Array): Uint32Array {
  const count = networks.length;
  const numbers = new Float64Array(count);
  for (let at = 0; at < count; at++) numbers[at] = (networks[at] ?? 0) * count + at;
  numbers.sort();
  const places = new Uint32Array(count);
  for (let at = 0; at < count; at++) places[at] = (numbers[at] ?? 0) % count;
  return places;
}

/** The routes of a sorted level, those of each network in order. */
function inOrderWithin<R>({ networks, routes }: Level<R>, order: (a: R, b: R) => number): readonly R[] {
  const ordered = [...routes];
  for (let from = 0, end = 0; from < networks.length; from = end) {
    for (end = from + 1; end < networks.length && networks[end] === networks[from];) end++;
    if (end === from + 1) continue;
    for (const [at, route] of routes.slice(from, end).sort(order).entries()) ordered[from + at] = route;
  }
  return ordered;
}

/** Where in the level the routes of a network begin, if there are any; else where they would. */
export function placeOf({ networks }: Level<unknown>, network: number): number {
  let low = 0;
  let high = networks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((networks[middle] ?? 0) < network) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Finds the routes of prefixes. Prefixes in ascending order, as they mostly come, are found each behind the one before. */
export class PrefixFinder<R> {
  readonly #levels: (Level<R> | undefined)[] = [];
  readonly #nexts = new Uint32Array(33);

  constructor(levels: readonly Level<R>[]) {
    for (const level of levels) this.#levels[level.length] = level;
  }

  /** The routes of just this prefix. */
  find(to: Prefix): readonly R[] {
    const length = lengthOf(to);
    const level = this.#levels[length];
    if (level === undefined) return NONE;
    const { networks, routes } = level;
    const network = numberOf(to);
    const next = this.#nexts[length] ?? 0;
    // Behind the end of a run, or where one would be: never in the middle of one.
    const from = networks[next] === network ? next : placeOf(level, network);
    let end = from;
    while (networks[end] === network) end++;
    this.#nexts[length] = end;
    return from === end ? NONE : routes.slice(from, end);
  }
}

const NONE: readonly never[] = [];
