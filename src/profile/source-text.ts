/** A file as text, which mistakes are placed in. */
export interface SourceText {
  readonly file: string;
  readonly text: string;
}

/** Where something stands in a file: line and column count from 1, in characters. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** How many characters it spans on its line, at least 1. */
  readonly length: number;
  readonly excerpt: string;
}

/** Offsets into a source, the end not included. */
export interface Span {
  readonly source: SourceText;
  readonly start: number;
  readonly end: number;
}

export function isSpan(value: object): value is Span {
  return 'source' in value;
}

export type Decoded = { readonly ok: true; readonly source: SourceText } | { readonly ok: false; readonly at: Span };

/** Decodes UTF-8 strictly, without a byte order mark; where bytes are none, the text before them is kept to point behind it. */
export function decodeSource(file: string, bytes: Uint8Array): Decoded {
  try {
    return { ok: true, source: { file, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) } };
  } catch {
    const lenient = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
    const again = new TextEncoder().encode(lenient);
    let offset = 0;
    while (offset < bytes.length && bytes[offset] === again[offset]) offset++;
    // The replacement character shares its first bytes with others: back to where it begins.
    while (offset > 0 && ((again[offset] ?? 0) & 0xc0) === 0x80) offset--;
    const start = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(0, offset)).length;
    return { ok: false, at: { source: { file, text: lenient }, start, end: start + 1 } };
  }
}

/**
 * The offset of the first character that no text of parp's may hold, or -1: control characters but tab and line break, lone
 * surrogates, and marks of byte order and direction, which make a text look other than it is.
 */
export function forbiddenCharacter(text: string): number {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x20 && code < 0x7f) continue;
    if (code === 0x0a || code === 0x09 || (code === 0x0d && text.charCodeAt(i + 1) === 0x0a)) continue;
    if (code < 0xa0 || isMark(code)) return i;
    if (code >= 0xd800 && code < 0xe000) {
      const next = text.charCodeAt(i + 1);
      if (code >= 0xdc00 || !(next >= 0xdc00 && next < 0xe000)) return i;
      i++;
    }
  }
  return -1;
}

function isMark(code: number): boolean {
  if (code >= 0x2028 && code <= 0x202e) return true;
  return (code >= 0x2066 && code <= 0x2069) || code === 0xfeff || code >= 0xfffe;
}

/** `U+001B` for the character at the offset. */
export function codePointName(text: string, offset: number): string {
  return `U+${(text.codePointAt(offset) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

const lineStarts = new WeakMap<SourceText, readonly number[]>();

function startsOf(source: SourceText): readonly number[] {
  const known = lineStarts.get(source);
  if (known !== undefined) return known;
  const starts = [0];
  for (let at = source.text.indexOf('\n'); at >= 0; at = source.text.indexOf('\n', at + 1)) starts.push(at + 1);
  lineStarts.set(source, starts);
  return starts;
}

/** The number of the line, from 0, that holds the offset. */
function lineAt(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The place of a span; what reaches past the end of its first line is cut there. */
export function placeOf(span: Span): Place {
  const { source, start, end } = span;
  const starts = startsOf(source);
  const line = lineAt(starts, start);
  const from = starts[line] ?? 0;
  const until = (starts[line + 1] ?? source.text.length + 1) - 1;
  const excerpt = source.text.slice(from, until).replace(/\r$/, '');
  const before = characters(excerpt.slice(0, start - from));
  const length = characters(excerpt.slice(start - from, end - from));
  return { file: source.file, line: line + 1, column: before + 1, length: Math.max(1, length), excerpt };
}

function characters(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i++) if ((text.charCodeAt(i) & 0xfc00) !== 0xdc00) count++;
  return count;
}
