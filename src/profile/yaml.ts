import { EVENT_ID, getScalarValue, parseEvents, SCALAR_STYLE, YAMLException, type Event, type ScalarEvent } from 'js-yaml';
import type { Problem } from './problem.ts';
import { codePointName, forbiddenCharacter, type SourceText } from './source-text.ts';
import { resolvePlain } from './yaml-scalar.ts';

/** One document of a file: its value, and what its places are worked out from. */
export interface YamlDocument {
  readonly source: SourceText;
  /** Maps are objects that inherit nothing. */
  readonly value: unknown;
  readonly events: readonly Event[];
  /** The index of the root's event. */
  readonly root: number;
}

export interface Yaml {
  readonly documents: readonly YamlDocument[];
  readonly problems: readonly Problem[];
}

/** How deeply lists and maps may be nested. */
const DEEPEST = 32;
const TOO_DEEP = `Lists and maps are nested more than ${DEEPEST} levels deep`;

/**
 * Parses the documents of a YAML 1.2 file; empty ones are left out. Refused, though YAML has them: aliases, anchors, merge keys,
 * tags, keys that are no scalars, duplicate keys, numbers that YAML 1.1 reads otherwise, and nesting below 32 levels.
 */
export function parseYaml(source: SourceText): Yaml {
  const forbidden = forbiddenCharacter(source.text);
  if (forbidden >= 0) return { documents: [], problems: [forbiddenProblem(source, forbidden)] };
  let events: readonly Event[];
  try {
    // The parser counts the scalar and the attempt at a key as levels, too; it stops before it recurses any deeper.
    events = parseEvents(source.text, { maxDepth: DEEPEST + 3 });
  } catch (error) {
    return { documents: [], problems: [syntaxProblem(source, error)] };
  }
  const reader: Reader = { source, events, next: 0, depth: 0, problems: [] };
  const documents: YamlDocument[] = [];
  while (reader.next < events.length) {
    const root = ++reader.next;
    const value = readNode(reader);
    reader.next++;
    if (value !== null) documents.push({ source, value, events, root });
  }
  return { documents, problems: reader.problems };
}

function forbiddenProblem(source: SourceText, start: number): Problem {
  return {
    severity: 'error',
    code: 'control-character',
    message: `The file holds the control character ${codePointName(source.text, start)}`,
    at: { source, start, end: start + 1 },
  };
}

function syntaxProblem(source: SourceText, error: unknown): Problem {
  if (!(error instanceof YAMLException)) throw error;
  const tooDeep = error.reason.startsWith('nesting');
  let start = Math.min(error.mark?.position ?? 0, source.text.length);
  // Behind the last line there is nothing to show.
  if (source.text.slice(start).trim() === '') start = Math.max(0, source.text.trimEnd().length - 1);
  return {
    severity: 'error',
    code: tooDeep ? 'nested-too-deeply' : 'yaml-syntax',
    message: tooDeep ? TOO_DEEP : error.reason.slice(0, 1).toUpperCase() + error.reason.slice(1),
    at: { source, start, end: start + 1 },
  };
}

interface Reader {
  readonly source: SourceText;
  readonly events: readonly Event[];
  next: number;
  depth: number;
  readonly problems: Problem[];
}

function refuse(reader: Reader, start: number, end: number, code: string, message: string, more: Partial<Problem> = {}): void {
  reader.problems.push({ severity: 'error', code, message, at: { source: reader.source, start, end }, ...more });
}

function readNode(reader: Reader): unknown {
  const event = reader.events[reader.next++];
  if (event === undefined) return null;
  switch (event.type) {
    case EVENT_ID.SCALAR:
      refuseProperties(reader, event);
      return readScalar(reader, event);
    case EVENT_ID.SEQUENCE:
      refuseProperties(reader, event);
      return readDeeper(reader, event.start, readSequence);
    case EVENT_ID.MAPPING:
      refuseProperties(reader, event);
      return readDeeper(reader, event.start, readMapping);
    case EVENT_ID.ALIAS:
      refuse(reader, event.anchorStart - 1, event.anchorEnd, 'yaml-alias', 'Aliases are not allowed: write the value out');
      return null;
    case EVENT_ID.DOCUMENT:
    case EVENT_ID.POP:
      return null;
  }
}

function readDeeper(reader: Reader, start: number, read: (reader: Reader) => object): object {
  reader.depth++;
  if (reader.depth === DEEPEST + 1) refuse(reader, start, start + 1, 'nested-too-deeply', TOO_DEEP);
  const value = read(reader);
  reader.depth--;
  return value;
}

function refuseProperties(reader: Reader, event: Exclude<Event, { type: 1 | 5 | 6 }>): void {
  if (event.anchorStart >= 0)
    refuse(reader, event.anchorStart - 1, event.anchorEnd, 'yaml-anchor', 'Anchors are not allowed: write each value out');
  if (event.tagStart >= 0) refuse(reader, event.tagStart, event.tagEnd, 'yaml-tag', 'Tags are not allowed: quote the value to mean text');
}

function atEnd(reader: Reader): boolean {
  return reader.events[reader.next]?.type === EVENT_ID.POP;
}

function readSequence(reader: Reader): unknown[] {
  const items: unknown[] = [];
  while (!atEnd(reader)) items.push(readNode(reader));
  reader.next++;
  return items;
}

/** What maps inherit from: nothing. An object without any prototype would do as well, but V8 keeps those as slow hash tables. */
const NOTHING: object = Object.freeze(Object.create(null));

function readMapping(reader: Reader): object {
  const map: Record<string, unknown> = Object.create(NOTHING);
  while (!atEnd(reader)) {
    const key = readKey(reader);
    const value = readNode(reader);
    if (key === undefined) continue;
    if (key.text === '__proto__') {
      // It names no switch either, and zod leaves it out of records without a word.
      refuse(reader, key.start, key.end, 'unknown-key', 'Unknown key "__proto__"');
    } else if (key.text in map) {
      refuse(reader, key.start, key.end, 'duplicate-key', `The key "${key.text}" stands here twice`);
    } else {
      map[key.text] = value;
    }
  }
  reader.next++;
  return map;
}

interface Key {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

function readKey(reader: Reader): Key | undefined {
  const event = reader.events[reader.next];
  if (event?.type !== EVENT_ID.SCALAR) {
    const start = event !== undefined && 'start' in event ? event.start : 0;
    readNode(reader);
    if (event?.type !== EVENT_ID.ALIAS) refuse(reader, start, start + 1, 'key-not-text', 'A key has to be text');
    return undefined;
  }
  reader.next++;
  refuseProperties(reader, event);
  const text = getScalarValue(reader.source.text, event);
  const start = Math.max(0, event.valueStart);
  const end = Math.max(start, event.valueEnd);
  if (text === '<<' && event.style === SCALAR_STYLE.PLAIN) {
    refuse(reader, start, end, 'yaml-merge-key', 'Merge keys are not allowed: write the keys out');
    return undefined;
  }
  refuseEscaped(reader, event, text);
  return { text, start, end };
}

function readScalar(reader: Reader, event: ScalarEvent): unknown {
  const text = getScalarValue(reader.source.text, event);
  if (event.style !== SCALAR_STYLE.PLAIN) {
    refuseEscaped(reader, event, text);
    return text;
  }
  const value = resolvePlain(text);
  // YAML 1.1 reads 010 as 8 and 1_0 as 10; 1.10 loses its zero. Where text was meant, the schema's own mistake replaces this one.
  if (typeof value === 'number' && String(value) !== text) {
    refuse(reader, event.valueStart, event.valueEnd, 'ambiguous-number', `${text} is read as the number ${value}`, {
      instead: String(value),
      tentative: true,
    });
  }
  return value;
}

/** What escapes such as "\x1b" brought into a quoted text. */
function refuseEscaped(reader: Reader, event: ScalarEvent, text: string): void {
  if (event.fast) return;
  const at = forbiddenCharacter(text);
  if (at < 0) return;
  refuse(reader, event.valueStart, event.valueEnd, 'control-character', `The text holds the control character ${codePointName(text, at)}`);
}
