import type { Parsed } from '../net/parsed.ts';
import { Failure } from './failure.ts';

// Checks over JSON that anyone may have written. Each gives the value as what it has to be, or throws `Failure` with the place.

export type Fields = Readonly<Record<string, unknown>>;

/** Reads a value that stands at a place of the document. */
export type Reader<T> = (value: unknown, at: string) => T;

function wrong(at: string, wanted: string): Failure {
  return new Failure('invalid', 'capture', `The capture has something else than ${wanted} at ${at}`);
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function record(value: unknown, at: string): Fields {
  if (!isFields(value)) throw wrong(at, 'an object');
  return value;
}

export function array(value: unknown, at: string): readonly unknown[] {
  if (!Array.isArray(value)) throw wrong(at, 'a list');
  return value;
}

/** The list of objects under a key, each read by itself. */
export function list<T>(of: Fields, key: string, read: (entry: Fields, at: string) => T): T[] {
  return array(of[key], key).map((entry, index) => read(record(entry, `${key}[${index}]`), `${key}[${index}]`));
}

export function string(value: unknown, at: string): string {
  if (typeof value !== 'string') throw wrong(at, 'a text');
  return value;
}

export function number(value: unknown, at: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw wrong(at, 'a number');
  return value;
}

export function boolean(value: unknown, at: string): boolean {
  if (typeof value !== 'boolean') throw wrong(at, 'true or false');
  return value;
}

export function nullable<T>(value: unknown, at: string, read: Reader<T>): T | null {
  return value === null ? null : read(value, at);
}

/** The key with its value where the object has it, else nothing. */
export function optional<K extends string, T>(key: K, of: Fields, at: string, read: Reader<T>): { readonly [P in K]?: T } {
  const value = of[key];
  return value === undefined ? {} : ({ [key]: read(value, `${at}.${key}`) } as { readonly [P in K]?: T });
}

export function oneOf<T extends string>(value: unknown, at: string, known: readonly T[]): T {
  const found = known.find((one) => one === value);
  if (found === undefined) throw wrong(at, `one of ${known.join(', ')}`);
  return found;
}

/** A text that one of the parsers of net/ takes. */
export function minted<T>(parse: (text: string) => Parsed<T>): Reader<T> {
  return (value, at) => {
    const result = parse(string(value, at));
    if (!result.ok) throw new Failure('invalid', 'capture', `${result.problem}, in the capture at ${at}`);
    return result.value;
  };
}
