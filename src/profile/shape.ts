import type * as z from 'zod';
import { locate } from './locate.ts';
import { pathText, spotOf, type Details, type Path, type Report } from './problem.ts';
import { isOptionalAt, keysAt } from './schema-keys.ts';
import { suggest } from './suggest.ts';

type Issue = z.core.$ZodIssue;

/** Suggestions are looked for so many unknown keys of one map; more are not shown anyway. */
const MOST_SUGGESTIONS = 32;

/** So many wrong values of one document are compared with the right ones: of further ones nobody is told, and each takes its time. */
const MOST_MEANT = 100;

/** So many numbers that should be text are looked up as they were written. */
const MOST_QUOTED = 1000;

const INTERFACE_KEYS: ReadonlySet<unknown> = new Set(['interface', 'interfaces', 'outside', 'inside']);

/** Inventing a map makes its own keys missing, and so on. */
const MOST_REPAIRS = 4;

/**
 * The document as the schema types it. Every mistake is reported; so that the rest can be checked as well, unknown keys are left
 * out, and what is wrong or missing is left out or invented. Undefined where that makes nothing whole.
 */
export function checkShape<S extends z.ZodType>(schema: S, report: Report): z.output<S> | undefined {
  try {
    return shapeOf(schema, report);
  } catch (error) {
    // zod hands the mistakes of a list on as the arguments of one call: more than a hundred thousand do not fit on the stack.
    if (!(error instanceof RangeError)) throw error;
    report.at([], 'too-many-mistakes', 'One list of the profile has more mistakes than can be told apart');
    return undefined;
  }
}

function shapeOf<S extends z.ZodType>(schema: S, report: Report): z.output<S> | undefined {
  const { value } = report.document;
  let result = schema.safeParse(value);
  if (result.success) return result.data;
  if (quoteNumbers(flatten(result.error.issues), report)) result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = flatten(result.error.issues);
  // Unknown keys first: of one that is misspelt nobody need be told that it is missing.
  for (const issue of issues) if (issue.code === 'unrecognized_keys') reportIssue(issue, report, schema, true);
  const values = issues.filter(({ code }) => code !== 'unrecognized_keys');
  for (const [i, issue] of values.entries()) reportIssue(issue, report, schema, i < MOST_MEANT);
  for (let i = 0; i < MOST_REPAIRS && !result.success; i++) {
    for (const [at, issue] of flatten(result.error.issues).entries()) if (!repair(issue, report, schema, at < MOST_MEANT)) return undefined;
    result = schema.safeParse(value);
  }
  return result.success ? result.data : undefined;
}

/** For unions, the issues of the branch that the value was meant for: the one that at least has the right type. */
function flatten(issues: readonly Issue[], parent: Issue['path'] = []): Issue[] {
  const flat: Issue[] = [];
  for (const issue of issues) {
    const path = [...parent, ...issue.path];
    const meant =
      issue.code === 'invalid_union' ? issue.errors.find((branch) => branch.length > 0 && !branch.some(isOfAnotherType)) : undefined;
    if (meant !== undefined) flat.push(...flatten(meant, path));
    else flat.push(parent.length === 0 ? issue : { ...issue, path });
  }
  return flat;
}

function isOfAnotherType(issue: Issue): boolean {
  return issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value');
}

/**
 * Puts what was written in the place of numbers and booleans where text belongs, and reports each: an unquoted 100 names no
 * interface, and an unquoted 10.1 no address.
 */
function quoteNumbers(issues: readonly Issue[], report: Report): boolean {
  const { document } = report;
  const all = issues
    .filter((issue) => issue.code === 'invalid_type' && issue.expected === 'string')
    .map((issue) => ({ path: stepsOf(issue), value: valueAt(document.value, stepsOf(issue)) }))
    .filter(({ value }) => typeof value === 'number' || typeof value === 'boolean');
  // What no longer can be shown needs no place.
  const meant = all.slice(0, MOST_QUOTED);
  for (const { path, value } of all.slice(MOST_QUOTED)) setAt(document.value, path, String(value));
  const spots = meant.map(({ path }) => spotOf(report, path));
  const spans = locate(document, spots);
  meant.forEach(({ path, value }, i) => {
    const spot = spots[i];
    const span = spot === undefined ? undefined : spans.get(spot);
    if (span === undefined) return;
    const written = document.source.text.slice(span.start, span.end);
    setAt(document.value, path, written);
    const isInterface = INTERFACE_KEYS.has(path.findLast((step) => typeof step === 'string'));
    report.at(
      path,
      isInterface ? 'unquoted-interface' : 'unquoted-text',
      `${written} is ${typeof value === 'number' ? 'a number' : 'true or false'} to YAML, not ${isInterface ? 'the name of an interface' : 'text'}: quote it`,
      { instead: `"${written}"`, tentative: true },
    );
  });
  return meant.length > 0;
}

/** `compare`: whether to look for what a wrong value was meant to be. */
function reportIssue(issue: Issue, report: Report, schema: z.ZodType, compare: boolean): void {
  const path = stepsOf(issue);
  const value = valueAt(report.document.value, path);
  if (issue.code === 'unrecognized_keys') {
    reportUnknownKeys(issue.keys, path, value, report, keysAt(schema, path));
  } else if (value === undefined) {
    const parent = path.slice(0, -1);
    const whole = parent.length === 0 ? 'The profile' : `"${pathText(parent)}"`;
    const key = String(path.at(-1));
    report.lacks(parent, [key], `${whole} lacks the key "${key}"`);
  } else {
    const { code, message, ...details } = wrongValue(issue, path, value, compare);
    report.at(path, code, message, details);
  }
}

function reportUnknownKeys(unknown: readonly string[], path: Path, map: unknown, report: Report, known: readonly string[]): void {
  const free = known.filter((key) => valueAt(map, [key]) === undefined);
  unknown.forEach((key, i) => {
    const missing = i < MOST_SUGGESTIONS ? suggest(key, free) : undefined;
    if (missing !== undefined) report.misspelt.add(pathText([...path, missing]));
    const instead = missing ?? (i < MOST_SUGGESTIONS ? suggest(key, known) : undefined);
    report.at([...path, key], 'unknown-key', `Unknown key "${key}"`, { part: 'key', instead });
  });
}

interface Mistake extends Details {
  readonly code: string;
  readonly message: string;
}

function wrongValue(issue: Issue, path: Path, value: unknown, compare: boolean): Mistake {
  const name = `"${pathText(path)}"`;
  if (issue.code === 'too_small' || issue.code === 'too_big') return outOfRange(issue, name, value);
  if (issue.code === 'invalid_value') return notOneOf(name, value, issue.values, [], compare);
  if (issue.code === 'invalid_type') return wrongType(name, value, typeName(issue.expected));
  if (issue.code !== 'invalid_union') return { code: 'wrong-value', message: `${name} is not as it should be: ${issue.message}` };
  const parts = issue.errors.flatMap((branch) => branch.slice(0, 1));
  const values = parts.flatMap((part) => (part.code === 'invalid_value' ? part.values : []));
  const types = parts.flatMap((part) => (part.code === 'invalid_type' ? [typeName(part.expected)] : []));
  if (types.length === 0 || typeof value === 'string') return notOneOf(name, value, values, types, compare);
  return wrongType(name, value, [...types, ...values.map(String)].join(' or '));
}

function wrongType(name: string, value: unknown, expected: string): Mistake {
  if (value === null) return { code: 'empty-value', message: `${name} is empty: give it a value or leave the key out` };
  if (typeof value === 'number' && expected === 'a whole number')
    return { code: 'wrong-type', message: `${name} has to be a whole number` };
  const mistake = { code: 'wrong-type', message: `${name} is ${nameOf(value)}, but has to be ${expected}` };
  return typeof value === 'string' && /^\d{1,15}$/.test(value) && expected === 'a whole number'
    ? { ...mistake, message: `${name} has to be a whole number without quotes`, instead: String(Number(value)) }
    : mistake;
}

function outOfRange(issue: Extract<Issue, { code: 'too_small' | 'too_big' }>, name: string, value: unknown): Mistake {
  const limit = issue.code === 'too_small' ? `at least ${issue.minimum}` : `at most ${issue.maximum}`;
  if (!Array.isArray(value)) return { code: 'out-of-range', message: `${name} is ${String(value)}, but has to be ${limit}` };
  return { code: 'too-few', message: `${name} needs ${limit} ${limit.endsWith(' 1') ? 'entry' : 'entries'}, and has ${value.length}` };
}

/** What people write where YAML 1.2 wants true or false. */
const BOOLEAN_WORDS: ReadonlyMap<string, boolean> = new Map([
  ...['yes', 'on', 'true', 'enabled'].map((word) => [word, true] as const),
  ...['no', 'off', 'false', 'disabled', 'none'].map((word) => [word, false] as const),
]);

function notOneOf(name: string, value: unknown, allowed: readonly unknown[], types: readonly string[], compare: boolean): Mistake {
  const choice = [...types, ...allowed.map(String)].join(', ').replace(/, ([^,]*)$/, ' or $1');
  if (allowed.length === 1 && value === String(allowed[0]))
    return { code: 'wrong-type', message: `${name} has to be ${choice} without quotes`, instead: choice };
  const shown = typeof value === 'string' ? `"${value}"` : nameOf(value);
  if (value === null) return { code: 'empty-value', message: `${name} is empty, but has to be ${choice}` };
  const meant = meantValue(value, allowed, compare);
  const instead = meant === undefined ? undefined : String(meant);
  return { code: 'unknown-value', message: `${name} is ${shown}, but has to be ${choice}`, instead };
}

function meantValue(value: unknown, allowed: readonly unknown[], compare: boolean): string | number | boolean | undefined {
  if (allowed.length === 1 && isPlain(allowed[0])) return allowed[0];
  if (typeof value !== 'string') return undefined;
  const meant = BOOLEAN_WORDS.get(value.toLowerCase());
  if (meant !== undefined && allowed.includes(meant)) return meant;
  if (!compare) return undefined;
  return suggest(
    value,
    allowed.filter((one) => typeof one === 'string'),
  );
}

function isPlain(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function typeName(expected: string): string {
  switch (expected) {
    case 'string':
      return 'text';
    case 'int':
    case 'number':
      return 'a whole number';
    case 'boolean':
      return 'true or false';
    case 'array':
      return 'a list';
    default:
      return 'a map of keys';
  }
}

function nameOf(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map of keys';
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : 'text';
}

/** Takes what the issue complains of out of the document, or puts something of the right type there; false where neither helps. */
function repair(issue: Issue, report: Report, schema: z.ZodType, compare: boolean): boolean {
  const root = report.document.value;
  const path = stepsOf(issue);
  if (issue.code === 'unrecognized_keys') {
    for (const unknown of issue.keys) deleteAt(root, [...path, unknown]);
    return true;
  }
  const filler = fillerFor(issue, valueAt(root, path), compare);
  if (filler !== undefined && path.length > 0) {
    report.invented.add(pathText(path));
    setAt(root, path, filler);
    return true;
  }
  if (!isOptionalAt(schema, path)) return false;
  deleteAt(root, path);
  return true;
}

function fillerFor(issue: Issue, value: unknown, compare: boolean): unknown {
  if (issue.code === 'invalid_value') return meantValue(value, issue.values, compare) ?? issue.values[0];
  if (issue.code === 'too_small' && issue.origin !== 'array') return issue.minimum;
  if (issue.code === 'too_big' && issue.origin !== 'array') return issue.maximum;
  if (issue.code !== 'invalid_type') return undefined;
  if (issue.expected === 'string') return '';
  if (issue.expected === 'array') return [];
  if (issue.expected === 'object') return Object.create(null);
  return issue.expected === 'boolean' ? false : 1;
}

function deleteAt(root: unknown, path: Path): void {
  const parent = valueAt(root, path.slice(0, -1));
  const key = path.at(-1);
  if (typeof parent === 'object' && parent !== null && key !== undefined) Reflect.deleteProperty(parent, key);
}

function setAt(root: unknown, path: Path, value: unknown): void {
  const parent = valueAt(root, path.slice(0, -1));
  const key = path.at(-1);
  if (typeof parent === 'object' && parent !== null && key !== undefined) Reflect.set(parent, key, value);
}

function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.hasOwn(value, step) ? Reflect.get(value, step) : undefined;
  }
  return value;
}

function stepsOf(issue: Issue): (string | number)[] {
  return issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
}
