import { excess, NO_UTF8 } from './dictionary.ts';
import type { Random } from './random.ts';

/** What an input is made of: valid ones to begin with, and words to put into them. */
export interface Material {
  readonly corpus: readonly Uint8Array[];
  readonly tokens: readonly Uint8Array[];
}

export function material(corpus: readonly (string | Uint8Array)[], tokens: readonly string[] = []): Material {
  return { corpus: corpus.map(bytesOf), tokens: [...tokens.map(bytesOf), ...NO_UTF8] };
}

export function bytesOf(input: string | Uint8Array): Uint8Array {
  return typeof input === 'string' ? Buffer.from(input, 'utf8') : input;
}

/** An entry of the corpus with a few mutations; once in a while as it is. */
export function mutated(random: Random, from: Material): Uint8Array {
  let bytes = random.pick(from.corpus);
  if (random.chance(0.03)) return bytes;
  for (let left = random.few(6); left > 0; left--) bytes = random.pick(MUTATORS)(random, bytes, from);
  return bytes;
}

type Mutator = (random: Random, bytes: Uint8Array, from: Material) => Uint8Array;

/** Words and lines count for more than bits: most flipped bits are caught by the first check. */
const MUTATORS: readonly Mutator[] = [
  flipBit,
  setByte,
  truncate,
  cut,
  duplicate,
  splice,
  insertToken,
  insertToken,
  replaceWord,
  replaceWord,
  replaceWord,
  copyWord,
  dropLine,
  copyLine,
  insertExcess,
];

/** Bytes for a wire: lengths and types that lie, besides what befalls bytes anyway. */
export function mutatedFrame(random: Random, from: Material): Uint8Array {
  let bytes = random.pick(from.corpus);
  if (random.chance(0.03)) return bytes;
  for (let left = random.few(5); left > 0; left--)
    bytes = random.pick([flipBit, setByte, truncate, cut, duplicate, splice, lie, lie])(random, bytes, from);
  return bytes;
}

function flipBit(random: Random, bytes: Uint8Array): Uint8Array {
  return changed(bytes, random.below(bytes.length), (byte) => byte ^ (1 << random.below(8)));
}

function setByte(random: Random, bytes: Uint8Array): Uint8Array {
  return changed(bytes, random.below(bytes.length), () => random.pick([0, 1, 0x20, 0x7f, 0x80, 0xff, random.below(256)]));
}

function changed(bytes: Uint8Array, at: number, change: (byte: number) => number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  if (copy.length > 0) copy[at] = change(copy[at] ?? 0);
  return copy;
}

function truncate(random: Random, bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, random.below(bytes.length + 1));
}

function cut(random: Random, bytes: Uint8Array): Uint8Array {
  const [from, to] = stretch(random, bytes);
  return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
}

function duplicate(random: Random, bytes: Uint8Array): Uint8Array {
  const [from, to] = stretch(random, bytes);
  const times = random.chance(0.05) ? random.between(2, 200) : 1;
  const part = bytes.subarray(from, to);
  return Buffer.concat([bytes.subarray(0, to), ...Array.from({ length: times }, () => part), bytes.subarray(to)]);
}

function splice(random: Random, bytes: Uint8Array, { corpus }: Material): Uint8Array {
  const other = random.pick(corpus);
  return Buffer.concat([bytes.subarray(0, random.below(bytes.length + 1)), other.subarray(random.below(other.length + 1))]);
}

function insertToken(random: Random, bytes: Uint8Array, { tokens }: Material): Uint8Array {
  const at = random.chance(0.1) ? 0 : random.below(bytes.length + 1);
  return replaced(bytes, [at, at], random.pick(tokens));
}

function replaceWord(random: Random, bytes: Uint8Array, { tokens }: Material): Uint8Array {
  return replaced(bytes, wordIn(random, bytes), random.pick(tokens));
}

/** Another word of the input in the place of one: the right form in the wrong place. */
function copyWord(random: Random, bytes: Uint8Array): Uint8Array {
  const [from, to] = wordIn(random, bytes);
  return replaced(bytes, wordIn(random, bytes), bytes.subarray(from, to));
}

function dropLine(random: Random, bytes: Uint8Array): Uint8Array {
  return replaced(bytes, lineIn(random, bytes), new Uint8Array());
}

function copyLine(random: Random, bytes: Uint8Array): Uint8Array {
  const [from, to] = lineIn(random, bytes);
  const [at] = lineIn(random, bytes);
  return replaced(bytes, [at, at], bytes.subarray(from, to));
}

function insertExcess(random: Random, bytes: Uint8Array): Uint8Array {
  const at = random.below(bytes.length + 1);
  return replaced(bytes, random.chance(0.5) ? wordIn(random, bytes) : [at, at], Buffer.from(excess(random)));
}

/** A field of 1, 2 or 4 bytes, in either order, that says something else. */
function lie(random: Random, bytes: Uint8Array): Uint8Array {
  const size = random.pick([1, 2, 4]);
  if (bytes.length < size) return bytes;
  const copy = Uint8Array.from(bytes);
  const value = random.pick([0, 1, size, bytes.length - 1, bytes.length, bytes.length + 1, 2 ** (8 * size) - 1, 2 ** (8 * size - 1)]);
  const at = random.below(bytes.length - size + 1);
  for (let byte = 0; byte < size; byte++) copy[at + byte] = Math.floor(value / 2 ** (8 * (size - 1 - byte)));
  if (random.chance(0.3)) copy.subarray(at, at + size).reverse();
  return copy;
}

type Span = readonly [from: number, to: number];

function replaced(bytes: Uint8Array, [from, to]: Span, by: Uint8Array): Uint8Array {
  return Buffer.concat([bytes.subarray(0, from), by, bytes.subarray(to)]);
}

/** Mostly short, at times everything behind a place. */
function stretch(random: Random, bytes: Uint8Array): Span {
  const from = random.below(bytes.length + 1);
  const longest = bytes.length - from;
  return [from, from + random.below((random.chance(0.8) ? Math.min(longest, 32) : longest) + 1)];
}

function wordIn(random: Random, bytes: Uint8Array): Span {
  let from = random.below(bytes.length);
  while (from < bytes.length && !isWord(bytes[from])) from++;
  let to = from;
  while (from > 0 && isWord(bytes[from - 1])) from--;
  while (to < bytes.length && isWord(bytes[to])) to++;
  return [from, to];
}

/** Letters, digits, and what addresses, names and keys are written with. */
function isWord(byte: number | undefined): boolean {
  return byte !== undefined && (byte >= 0x80 || /[\w./-]/.test(String.fromCharCode(byte)));
}

function lineIn(random: Random, bytes: Uint8Array): Span {
  const at = random.below(bytes.length);
  const to = bytes.indexOf(0x0a, at);
  return [at === 0 ? 0 : bytes.lastIndexOf(0x0a, at - 1) + 1, to < 0 ? bytes.length : to + 1];
}
