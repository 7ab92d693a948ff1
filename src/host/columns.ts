import { sameValue } from '../model/operation.ts';
import { NO_ADDRESS, addressFromNumber, bytesOfNumbers, numberOfAddress, numbersOfBytes } from './column-numbers.ts';

/*
 * Plain data in which long lists stand as columns: a hundred thousand routes that share everything but their prefix are one column of prefixes, and
 * one value for all of them. Lists that hold the very same things share a column, and are one list again when they are read.
 */

/** Plain data with its long lists taken out of it. */
export interface Packed {
  readonly value: unknown;
  readonly columns: readonly Column[];
}

export type Column =
  /** Values, each with how often it stands in a row. */
  | { readonly runs: readonly (readonly [value: unknown, count: number])[] }
  /** Whole numbers (`bytesOfNumbers`) in base64. */
  | { readonly numbers: string }
  /** IPv4 addresses, with a length or without (`numberOfAddress`), in base64. */
  | { readonly addresses: string }
  /** Objects that all have these keys: the columns of their values. */
  | { readonly fields: Readonly<Record<string, number>> }
  /** Columns one behind the other. */
  | { readonly parts: readonly number[] }
  | { readonly plain: readonly unknown[] };

/** Shorter lists are written as they are. */
const LONG = 32;

/** No list of parp's is longer: what a damaged text tells must not fill the memory. */
const LONGEST = 2 ** 24;

/** What stands in the place of a long list is a list that begins with this; one that really does counts as long. */
export const MARK = '\0';

export function pack(value: unknown): Packed {
  const packer = new Packer();
  return { value: packer.pack(value), columns: packer.columns };
}

/** The inverse of `pack`. Throws for what `pack` never gave. */
export function unpack({ value, columns }: Packed): unknown {
  return new Unpacker(columns).unpack(value);
}

export type List = readonly unknown[];
export type Fields = Readonly<Record<string, unknown>>;

function mapFields<T>(fields: Readonly<Record<string, T>>, make: (value: T) => unknown): Fields {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, make(value)]));
}

class Packer {
  readonly columns: Column[] = [];
  /** The lists that have a column, by their first item. */
  readonly #known = new Map<unknown, { readonly list: List; readonly column: number }[]>();

  pack(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    if (!Array.isArray(value)) return mapFields(value as Fields, (item) => this.pack(item));
    if (value.length >= LONG || value[0] === MARK) return [MARK, this.#columnOf(value)];
    return value.map((item) => this.pack(item));
  }

  #columnOf(list: List): number {
    const alike = this.#known.get(list[0]) ?? [];
    const known = alike.find((other) => other.list === list || isSameList(other.list, list));
    if (known !== undefined) return known.column;
    const parts = partsOf(list);
    const column =
      parts === null
        ? this.#add({ plain: list.map((item) => this.pack(item)) })
        : parts.length === 1
          ? this.#add(this.#makeColumn(list))
          : this.#add({ parts: parts.map((part) => this.#columnOf(part)) });
    this.#known.set(list[0], [...alike, { list, column }]);
    return column;
  }

  #add(column: Column): number {
    return this.columns.push(column) - 1;
  }

  /** Of a list whose items have one shape. */
  #makeColumn(list: List): Column {
    const runs = runsOf(list);
    if (runs !== null) return { runs: runs.map(([value, count]) => [this.pack(value), count]) };
    const [first] = list;
    if (areIntegers(list)) return { numbers: base64(list) };
    if (typeof first === 'string') {
      const numbers = list.map((text) => numberOfAddress(String(text)));
      if (!numbers.includes(NO_ADDRESS)) return { addresses: base64(numbers) };
    }
    const keys = typeof first === 'object' && first !== null && !Array.isArray(first) ? Object.keys(first) : [];
    if (keys.length > 0 && !keys.includes('__proto__')) {
      const fields = keys.map((key) => [key, valuesUnder(key, list as readonly Fields[])] as const);
      // What has no value is not there for JSON.
      if (!fields.some(([, values]) => values.includes(undefined)))
        return { fields: Object.fromEntries(fields.map(([key, values]) => [key, this.#columnOf(values)])) };
    }
    return { plain: list.map((item) => this.pack(item)) };
  }
}

/** The very same items. */
export function isSameList(a: List, b: List): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}

function areIntegers(list: List): list is readonly number[] {
  return list.every((item) => typeof item === 'number' && Number.isInteger(item) && Math.abs(item) < 2 ** 50 && !Object.is(item, -0));
}

function base64(numbers: readonly number[]): string {
  return Buffer.from(bytesOfNumbers(numbers)).toString('base64');
}

/** Of each object the value under a key. */
export function valuesUnder(key: string, list: readonly Fields[]): unknown[] {
  return (LOOPS.get(key) ?? ((items) => items.map((item) => item[key])))(list);
}

/** A loop of its own for each key of parp's longest lists: V8 then knows where in the objects the value lies, which is many times as fast. */
const LOOPS = new Map<string, (items: readonly Fields[]) => unknown[]>(
  Object.entries({
    kind: (items) => items.map(({ kind }) => kind),
    subject: (items) => items.map(({ subject }) => subject),
    from: (items) => items.map(({ from }) => from),
    to: (items) => items.map(({ to }) => to),
    value: (items) => items.map(({ value }) => value),
    operation: (items) => items.map(({ operation }) => operation),
    claims: (items) => items.map(({ claims }) => claims),
    table: (items) => items.map(({ table }) => table),
    metric: (items) => items.map(({ metric }) => metric),
    address: (items) => items.map(({ address }) => address),
    interface: (items) => items.map((item) => item['interface']),
    first: (items) => items.map(({ first }) => first),
    last: (items) => items.map(({ last }) => last),
    as: (items) => items.map((item) => item['as']),
  }),
);

/** What makes two items alike enough for one column: the keys of objects, else the type. */
function shapeOf(item: unknown): string | readonly string[] {
  if (item === null || Array.isArray(item)) return item === null ? 'null' : 'list';
  return typeof item === 'object' ? Object.keys(item) : typeof item;
}

/** Whether `shapeOf` would give that: without making a list of an object's keys, of which there are many thousands. */
function hasShape(item: unknown, shape: string | readonly string[]): boolean {
  if (typeof shape === 'string' || typeof item !== 'object' || item === null || Array.isArray(item)) return shapeOf(item) === shape;
  let at = 0;
  for (const key in item) if (shape[at++] !== key) return false;
  return at === shape.length;
}

/** A list of more parts than this is not worth columns. */
const MOST_PARTS = 64;

/** The list in parts, in each of which the items have one shape; null where those would be too many. */
function partsOf(list: List): List[] | null {
  const starts: number[] = [];
  let last: ReturnType<typeof shapeOf> | undefined;
  for (let at = 0; at < list.length; at++) {
    if (last !== undefined && (list[at] === list[at - 1] || hasShape(list[at], last))) continue;
    starts.push(at);
    last = shapeOf(list[at]);
    if (starts.length > MOST_PARTS) return null;
  }
  return starts.length === 1 ? [list] : starts.map((start, at) => list.slice(start, starts[at + 1]));
}

/** Equal values in a row, with how many they are; null where that would make the list no shorter. */
function runsOf(list: List): [value: unknown, count: number][] | null {
  const runs: [value: unknown, count: number][] = [];
  const most = list.length / 8 + 1;
  for (const item of list) {
    const last = runs.at(-1);
    if (last !== undefined && sameValue(last[0], item)) last[1]++;
    else if (runs.push([item, 1]) > most) return null;
  }
  return runs;
}

class Unpacker {
  readonly #columns: readonly Column[];
  readonly #lists: List[] = [];

  constructor(columns: readonly Column[]) {
    this.#columns = columns;
  }

  unpack(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    if (!Array.isArray(value)) return mapFields(value as Fields, (item) => this.unpack(item));
    return value[0] === MARK ? this.#list(Number(value[1])) : value.map((item) => this.unpack(item));
  }

  #list(at: number): List {
    return (this.#lists[at] ??= this.#makeList(this.#columns[at]));
  }

  #makeList(column: Column | undefined): List {
    if (column === undefined) throw new TypeError('A column is missing');
    if ('numbers' in column) return numbersOfBytes(Buffer.from(column.numbers, 'base64'));
    if ('addresses' in column) return numbersOfBytes(Buffer.from(column.addresses, 'base64')).map(addressFromNumber);
    if ('fields' in column) return this.#rows(Object.entries(column.fields));
    if ('parts' in column) return column.parts.flatMap((part) => this.#list(part));
    if ('plain' in column) return column.plain.map((item) => this.unpack(item));
    const list: unknown[] = [];
    for (const [packed, count] of column.runs) {
      const value = this.unpack(packed);
      if (!(count <= LONGEST)) throw new TypeError('A run is too long');
      for (let at = 0; at < count; at++) list.push(value);
    }
    return list;
  }

  /** Objects are copied from the first one, and given what differs from it: that keeps them all of one kind for V8. */
  #rows(fields: readonly (readonly [key: string, column: number])[]): Fields[] {
    const columns = fields.map(([key, column]) => ({ key, values: this.#list(column) }));
    const first = Object.fromEntries(columns.map(({ key, values }) => [key, values[0]]));
    const different = columns.filter(({ values }) => values.some((value) => value !== values[0]));
    const rows: Fields[] = [];
    for (const row of (columns[0]?.values ?? []).keys()) {
      const item: Record<string, unknown> = { ...first };
      for (const { key, values } of different) item[key] = values[row];
      rows.push(item);
    }
    return rows;
  }
}
