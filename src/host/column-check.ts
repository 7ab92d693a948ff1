import { numberOfAddress, numbersOfBytes } from './column-numbers.ts';
import { isSameList, MARK, valuesUnder, type Column, type Fields, type List, type Packed } from './columns.ts';

/** Whether `unpack` would give back just this value, as JSON sees it: found out without making it once more, for it can be large. */
export function holds({ value, columns }: Packed, original: unknown): boolean {
  return new Check(columns).same(value, original);
}

class Check {
  readonly #columns: readonly Column[];
  /** What a column was found to hold. */
  readonly #held: List[] = [];
  readonly #numbers = new Map<string, readonly number[]>();

  constructor(columns: readonly Column[]) {
    this.#columns = columns;
  }

  same(packed: unknown, original: unknown): boolean {
    if (typeof packed !== 'object' || packed === null) return packed === original;
    if (typeof original !== 'object' || original === null) return false;
    if (!Array.isArray(packed)) {
      if (Array.isArray(original)) return false;
      const keys = Object.keys(original).filter((key) => (original as Fields)[key] !== undefined);
      if (keys.length !== Object.keys(packed).length) return false;
      return keys.every((key) => Object.hasOwn(packed, key) && this.same((packed as Fields)[key], (original as Fields)[key]));
    }
    if (!Array.isArray(original)) return false;
    if (packed[0] === MARK) return this.#isList(Number(packed[1]), original);
    return packed.length === original.length && packed.every((item, at) => this.same(item, original[at]));
  }

  #isList(at: number, list: List): boolean {
    const held = this.#held[at];
    if (held !== undefined) return isSameList(held, list);
    const column = this.#columns[at];
    if (column === undefined || this.#lengthOf(column) !== list.length || !this.#isColumn(column, list)) return false;
    this.#held[at] = list;
    return true;
  }

  #isColumn(column: Column, list: List): boolean {
    if ('numbers' in column) return isSameList(this.#numbersIn(column.numbers), list);
    if ('addresses' in column) return this.#numbersIn(column.addresses).every((number, at) => isAddress(list[at], number));
    if ('fields' in column) {
      const fields = Object.entries(column.fields);
      if (!list.every((item) => isObjectOf(item, fields.length))) return false;
      return fields.every(([key, field]) => this.#isList(field, valuesUnder(key, list as readonly Fields[])));
    }
    if ('parts' in column) {
      let start = 0;
      return column.parts.every((part) => this.#isList(part, list.slice(start, (start += this.#lengthAt(part)))));
    }
    if ('plain' in column) return column.plain.every((item, at) => this.same(item, list[at]));
    let start = 0;
    return column.runs.every(([value, count]) => this.#isRun(value, list, start, (start += count)));
  }

  #isRun(value: unknown, list: List, start: number, end: number): boolean {
    // Most of a run is one and the same object.
    let last: unknown;
    for (let at = start; at < end; at++) {
      if (at > start && list[at] === last) continue;
      last = list[at];
      if (!this.same(value, last)) return false;
    }
    return true;
  }

  #lengthAt(at: number): number {
    const column = this.#columns[at];
    return column === undefined ? Number.NaN : this.#lengthOf(column);
  }

  #lengthOf(column: Column): number {
    if ('numbers' in column) return this.#numbersIn(column.numbers).length;
    if ('addresses' in column) return this.#numbersIn(column.addresses).length;
    if ('fields' in column) return this.#lengthAt(Object.values(column.fields)[0] ?? -1);
    if ('parts' in column) return column.parts.reduce((sum, part) => sum + this.#lengthAt(part), 0);
    if ('plain' in column) return column.plain.length;
    return column.runs.reduce((sum, [, count]) => sum + count, 0);
  }

  #numbersIn(base64: string): readonly number[] {
    const known = this.#numbers.get(base64);
    if (known !== undefined) return known;
    const numbers = numbersOfBytes(Buffer.from(base64, 'base64'));
    this.#numbers.set(base64, numbers);
    return numbers;
  }
}

function isAddress(item: unknown, number: number): boolean {
  return typeof item === 'string' && numberOfAddress(item) === number;
}

/** An object of so many keys. */
function isObjectOf(item: unknown, keys: number): boolean {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return false;
  let count = 0;
  for (const _key in item) count++;
  return count === keys;
}
