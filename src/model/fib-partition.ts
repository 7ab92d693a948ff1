import type { LinkName } from '../net/link-name.ts';
import type { Trie } from './fib-index.ts';
import { groupBy } from './groups.ts';
import type { Level } from './route-index.ts';
import type { RouteEntry } from './state.ts';

/** The addresses from 0 to 2^32 - 1 in pieces: segment i begins at `starts[i]` and ends before the next one. */
export interface Partition {
  readonly starts: Float64Array;
  /** What each segment is, as an index into `classes`. */
  readonly classOf: Uint32Array;
  readonly classes: readonly SegmentClass[];
}

/** What all segments of a kind have in common: addresses in them are looked up alike. */
export interface SegmentClass {
  /** Equal for classes that differ in nothing but the names of links of the same make. */
  readonly shape: number;
  /** The links by which the routes of the segment lead, those included that a longer prefix hides. */
  readonly links: ReadonlySet<LinkName>;
  /** Of 0.0.0.0/0 alone, of a longer prefix, too, or of none. */
  readonly heldBy: 'none' | 'default' | 'longer';
}

/** What of a route the outcome of a lookup hangs on. */
export interface RouteClass {
  readonly id: number;
  /** Equal for classes that differ in nothing but the names of links of the same make. */
  readonly shape: number;
  readonly links: readonly LinkName[];
  /** Whether its prefix is 0.0.0.0/0. */
  readonly isDefault: boolean;
}

/** Whole numbers for pairs of such, the same for the same pair. */
export class Pairs {
  readonly #known = new Map<number, number>();
  #lastKey = -1;
  #last = 0;

  /** Both less than 2^26. */
  number(a: number, b: number): number {
    const key = a * 2 ** 26 + b;
    if (key === this.#lastKey) return this.#last;
    this.#last = this.#known.get(key) ?? this.#known.size + 1;
    if (this.#last > this.#known.size) this.#known.set(key, this.#last);
    this.#lastKey = key;
    return this.#last;
  }
}

/** Where no prefix is. */
const EMPTY: SegmentClass = { shape: 0, links: new Set(), heldBy: 'none' };

function wider(a: SegmentClass['heldBy'], b: SegmentClass['heldBy']): SegmentClass['heldBy'] {
  if (a === 'none' || b === 'longer') return b;
  return a;
}

/** Behind the last address. */
const END = 2 ** 32;

type Classify = (route: RouteEntry, length: number) => RouteClass;

/** A prefix that no route has, but that is treated in its own way. */
export interface Cut {
  readonly first: number;
  readonly length: number;
}

/**
 * The segments that a table's prefixes cut, each with the routes that hold it, the longest first (fib_table_lookup tries them so), and
 * those that other prefixes cut besides.
 */
export function partitionByRoutes(trie: Trie, classify: Classify, cuts: readonly Cut[], shapes: Pairs): Partition {
  const lists = new RouteLists();
  const levels = trie.map((level) => prefixesOf(level, classify, lists));
  return partition([...levels, ...prefixesCut(cuts, lists)], lists, shapes);
}

/** Each cut is a class of its own: with numbers that no route has. */
function prefixesCut(cuts: readonly Cut[], lists: RouteLists): Prefixes[] {
  let count = 0;
  return [...groupBy(cuts, ({ length }) => length)].map(([length, group]): Prefixes => {
    const firsts = Uint32Array.from(new Set(group.map(({ first }) => first))).sort();
    const own = (): number => {
      const id = CUTS_FROM + count++;
      return lists.number([{ id, shape: id, links: [], isDefault: false }]);
    };
    return { length, firsts, lists: Uint32Array.from(firsts, own) };
  });
}

/** More classes of routes than there are routes in a table. */
const CUTS_FROM = 2 ** 25;

/** Prefixes of one length in ascending order, and the routes of each as the number of their list. */
interface Prefixes {
  readonly length: number;
  readonly firsts: Uint32Array;
  readonly lists: Uint32Array;
}

/** The routes of one prefix in the order in which they are tried: few different lists, as numbers. */
class RouteLists {
  readonly all: (readonly RouteClass[])[] = [];
  readonly #known = new Map<string, number>();
  #lastOnly: RouteClass | undefined;
  #last = 0;

  number(routes: readonly RouteClass[]): number {
    const key = routes.map(({ id }) => id).join(' ');
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#known.set(key, this.all.length);
    return this.all.push(routes) - 1;
  }

  /** Of one route alone, as almost all are. */
  numberOfOne(only: RouteClass): number {
    if (only !== this.#lastOnly) this.#last = this.number([only]);
    this.#lastOnly = only;
    return this.#last;
  }
}

function prefixesOf({ length, networks, routes }: Level<RouteEntry>, classify: Classify, all: RouteLists): Prefixes {
  const firsts = new Uint32Array(networks.length);
  const lists = new Uint32Array(networks.length);
  let count = 0;
  for (let at = 0, next = 0; at < networks.length; at = next) {
    const network = networks[at] ?? 0;
    for (next = at + 1; networks[next] === network;) next++;
    const first = routes[at];
    if (first === undefined) continue;
    firsts[count] = network;
    lists[count] =
      next === at + 1
        ? all.numberOfOne(classify(first, length))
        : all.number(routes.slice(at, next).map((route) => classify(route, length)));
    count++;
  }
  return { length, firsts: firsts.subarray(0, count), lists: lists.subarray(0, count) };
}

function partition(levels: readonly Prefixes[], lists: RouteLists, shapes: Pairs): Partition {
  const classes: SegmentClass[] = [EMPTY];
  const pairs = new Pairs();
  const within = (outer: number, list: number): number => {
    const inner = pairs.number(outer, list);
    if (inner === classes.length) classes.push((lists.all[list] ?? []).reduceRight(behind, classes[outer] ?? EMPTY));
    return inner;
  };
  const behind = (outer: SegmentClass, route: RouteClass): SegmentClass => ({
    shape: shapes.number(outer.shape, route.shape),
    links: route.links.every((link) => outer.links.has(link)) ? outer.links : new Set([...outer.links, ...route.links]),
    heldBy: route.isDefault ? wider(outer.heldBy, 'default') : 'longer',
  });
  const segments = new Segments(1 + 2 * levels.reduce((sum, { firsts }) => sum + firsts.length, 0));
  /** The prefixes that hold the present one, the innermost last: where each ends, and its class; before all of them the whole space. */
  const lasts = [END];
  const inside = [0];
  let deepest = 0;
  const close = (before: number): void => {
    for (let last = lasts[deepest] ?? 0; last < before; last = lasts[deepest] ?? 0) {
      deepest--;
      segments.begin(last + 1, inside[deepest] ?? 0);
    }
  };
  segments.begin(0, 0);
  // Every prefix in ascending order; of those that begin alike, the shortest first.
  const ordered = levels.toSorted((a, b) => a.length - b.length);
  const nexts = new Uint32Array(ordered.length);
  const heads = Float64Array.from(ordered, ({ firsts }) => firsts[0] ?? END);
  for (;;) {
    let least = 0;
    for (let i = 1; i < heads.length; i++) if ((heads[i] ?? END) < (heads[least] ?? END)) least = i;
    const level = ordered[least];
    const first = heads[least] ?? END;
    if (level === undefined || first === END) break;
    close(first);
    const next = nexts[least] ?? 0;
    const is = within(inside[deepest] ?? 0, level.lists[next] ?? 0);
    deepest++;
    lasts[deepest] = first + 2 ** (32 - level.length) - 1;
    inside[deepest] = is;
    segments.begin(first, is);
    nexts[least] = next + 1;
    heads[least] = level.firsts[next + 1] ?? END;
  }
  close(END);
  return { ...segments.all(), classes };
}

/** Segments in ascending order while they are gathered: at most so many. */
class Segments {
  readonly #starts: Float64Array;
  readonly #classOf: Uint32Array;
  #count = 0;

  constructor(most: number) {
    this.#starts = new Float64Array(most);
    this.#classOf = new Uint32Array(most);
  }

  /** From `start` on addresses are of that class; what was said of the same start before is taken back. */
  begin(start: number, is: number): void {
    if (start >= END) return;
    if (this.#count > 0 && this.#starts[this.#count - 1] === start) this.#count--;
    if (this.#count > 0 && this.#classOf[this.#count - 1] === is) return;
    this.#starts[this.#count] = start;
    this.#classOf[this.#count] = is;
    this.#count++;
  }

  all(): Pick<Partition, 'starts' | 'classOf'> {
    return { starts: this.#starts.subarray(0, this.#count), classOf: this.#classOf.subarray(0, this.#count) };
  }
}

/** Both partitions laid over each other. */
export function overlay(a: Partition, b: Partition, shapes: Pairs): Partition {
  if (a.starts.length === 1 && a.classOf[0] === 0) return b;
  if (b.starts.length === 1 && b.classOf[0] === 0) return a;
  const classes: SegmentClass[] = [EMPTY];
  const pairs = new Pairs();
  const segments = new Segments(a.starts.length + b.starts.length);
  for (let i = 0, j = 0; i < a.starts.length && j < b.starts.length;) {
    const inA = a.classOf[i] ?? 0;
    const inB = b.classOf[j] ?? 0;
    const is = pairs.number(inA, inB);
    if (is === classes.length) {
      const [one, other] = [a.classes[inA], b.classes[inB]];
      const links = new Set([...(one?.links ?? []), ...(other?.links ?? [])]);
      classes.push({
        shape: shapes.number(one?.shape ?? 0, other?.shape ?? 0),
        links,
        heldBy: wider(one?.heldBy ?? 'none', other?.heldBy ?? 'none'),
      });
    }
    segments.begin(Math.max(a.starts[i] ?? 0, b.starts[j] ?? 0), is);
    const nextA = a.starts[i + 1] ?? END;
    const nextB = b.starts[j + 1] ?? END;
    if (nextA <= nextB) i++;
    if (nextB <= nextA) j++;
  }
  return { ...segments.all(), classes };
}
