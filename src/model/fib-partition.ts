import type { LinkName } from '../net/link-name.ts';
import type { Trie } from './fib-index.ts';
import type { RouteEntry } from './state.ts';

/** The addresses from 0 to 2^32 - 1 in pieces: segment i begins at `starts[i]` and ends before the next one. */
export interface Partition {
  readonly starts: readonly number[];
  /** What each segment is, as an index into `classes`. */
  readonly classOf: readonly number[];
  readonly classes: readonly SegmentClass[];
}

/** What all segments of a kind have in common: addresses in them are looked up alike. */
export interface SegmentClass {
  /** Equal for classes that differ in nothing but the names of links of the same make. */
  readonly shape: number;
  /** The links by which the routes of the segment lead, those included that a longer prefix hides. */
  readonly links: ReadonlySet<LinkName>;
}

/** What of a route the outcome of a lookup hangs on. */
export interface RouteClass {
  readonly id: number;
  readonly shape: number;
  readonly links: readonly LinkName[];
}

/** Whole numbers for pairs of such, the same for the same pair. */
export class Pairs {
  readonly #known = new Map<number, number>();

  /** Both less than 2^26. */
  number(a: number, b: number): number {
    const key = a * 2 ** 26 + b;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#known.set(key, this.#known.size + 1);
    return this.#known.size;
  }
}

/** A prefix as one number: sorted, the outer ones come before the inner ones. */
function keyOf(first: number, length: number): number {
  return first * 64 + length;
}

/** The segments that a table's prefixes cut, each with the routes that hold it, the longest first (fib_table_lookup tries them so). */
export function partitionByRoutes(trie: Trie, classify: (route: RouteEntry, length: number) => RouteClass, shapes: Pairs): Partition {
  const levels = new Map(trie.map(({ mask, networks }) => [Math.clz32(~mask), networks]));
  const keys = new Float64Array(trie.reduce((sum, { networks }) => sum + networks.size, 0));
  let count = 0;
  for (const [length, networks] of levels) for (const network of networks.keys()) keys[count++] = keyOf(network >>> 0, length);
  return partition(keys.sort(), shapes, (first, length) =>
    (levels.get(length)?.get(first | 0) ?? []).map((route) => classify(route, length)).toReversed(),
  );
}

/** The segments that prefixes cut, each prefix different from all others. */
export function partitionByPrefixes(prefixes: readonly { readonly first: number; readonly length: number }[], shapes: Pairs): Partition {
  const keys = Float64Array.from(new Set(prefixes.map(({ first, length }) => keyOf(first, length)))).sort();
  let next = 0;
  return partition(keys, shapes, () => [{ id: next++, shape: next, links: [] }]);
}

function partition(keys: Float64Array, shapes: Pairs, classesOf: (first: number, length: number) => readonly RouteClass[]): Partition {
  const classes: SegmentClass[] = [{ shape: 0, links: new Set() }];
  const pairs = new Pairs();
  const within = (outer: number, route: RouteClass): number => {
    const inner = pairs.number(outer, route.id);
    const parent = classes[outer];
    if (inner === classes.length && parent !== undefined) {
      const links = route.links.every((link) => parent.links.has(link)) ? parent.links : new Set([...parent.links, ...route.links]);
      classes.push({ shape: shapes.number(parent.shape, route.shape), links });
    }
    return inner;
  };
  const segments = new Segments();
  const open: { readonly last: number; readonly is: number }[] = [];
  const close = (before: number): void => {
    for (let top = open.at(-1); top !== undefined && top.last < before; top = open.at(-1)) {
      open.pop();
      segments.begin(top.last + 1, open.at(-1)?.is ?? 0);
    }
  };
  segments.begin(0, 0);
  for (const key of keys) {
    const length = key % 64;
    const first = (key - length) / 64;
    close(first);
    const is = classesOf(first, length).reduce(within, open.at(-1)?.is ?? 0);
    open.push({ last: first + 2 ** (32 - length) - 1, is });
    segments.begin(first, is);
  }
  close(2 ** 32);
  return { ...segments.all(), classes };
}

/** Segments in ascending order while they are gathered. */
class Segments {
  readonly #starts: number[] = [];
  readonly #classOf: number[] = [];

  /** From `start` on addresses are of that class; what was said of the same start before is taken back. */
  begin(start: number, is: number): void {
    if (start >= 2 ** 32) return;
    if (this.#starts.at(-1) === start) {
      this.#starts.pop();
      this.#classOf.pop();
    }
    if (this.#classOf.at(-1) === is) return;
    this.#starts.push(start);
    this.#classOf.push(is);
  }

  all(): Pick<Partition, 'starts' | 'classOf'> {
    return { starts: this.#starts, classOf: this.#classOf };
  }
}

/** Both partitions laid over each other. */
export function overlay(a: Partition, b: Partition, shapes: Pairs): Partition {
  if (a.starts.length === 1 && a.classOf[0] === 0) return b;
  if (b.starts.length === 1 && b.classOf[0] === 0) return a;
  const classes: SegmentClass[] = [{ shape: 0, links: new Set() }];
  const pairs = new Pairs();
  const segments = new Segments();
  for (let i = 0, j = 0; i < a.starts.length && j < b.starts.length;) {
    const [inA = 0, inB = 0] = [a.classOf[i], b.classOf[j]];
    const is = pairs.number(inA, inB);
    if (is === classes.length) {
      const [one, other] = [a.classes[inA], b.classes[inB]];
      const links = new Set([...(one?.links ?? []), ...(other?.links ?? [])]);
      classes.push({ shape: shapes.number(one?.shape ?? 0, other?.shape ?? 0), links });
    }
    segments.begin(Math.max(a.starts[i] ?? 0, b.starts[j] ?? 0), is);
    const [nextA = 2 ** 32, nextB = 2 ** 32] = [a.starts[i + 1], b.starts[j + 1]];
    if (nextA <= nextB) i++;
    if (nextB <= nextA) j++;
  }
  return { ...segments.all(), classes };
}

/** The segment that holds an address, as an index. */
export function segmentOf({ starts }: Partition, address: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= address) low = middle;
    else high = middle - 1;
  }
  return low;
}
