import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadAll } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import type { Draft } from '../../src/profile/draft.ts';
import { draftText } from '../../src/profile/draft-text.ts';
import { must } from '../../src/net/parsed.ts';
import { interview } from '../../src/profile/interview.ts';
import { exampleOf, profileJsonSchema } from '../../src/profile/json-schema.ts';
import { PROFILE_KINDS, type ProfileKind } from '../../src/profile/schema.ts';
import { COMMON_EXAMPLES, EXAMPLES } from '../../src/profile/schema-examples.ts';
import { withSet } from '../../src/profile/set-value.ts';
import { withoutAsking } from '../../src/profile/unasked.ts';
import { satisfies } from './json-schema-check.ts';
import { hostsFiles, parseText } from './mistakes.ts';
import { RIGHT, WRONG } from './schema-corpus.ts';
import { DIFFERENCES } from './schema-differences.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const HOSTS = hostsFiles({ 'near.hosts': '10.0.0.66\n', 'wlan0.hosts': '10.0.0.200\n', 'wrong.hosts': '10.0.0.66 printer\n' });
const SCHEMA = profileJsonSchema();

/** Whether an editor, which reads YAML 1.2 by itself, marks nothing. */
function passesSchema(text: string): boolean {
  let documents: unknown[];
  try {
    documents = loadAll(text);
  } catch {
    return false;
  }
  return documents.filter((value) => value !== null).every((value) => satisfies(SCHEMA, value));
}

/** The codes of the mistakes that parp finds. */
function mistakesOf(text: string, file = 'x.yaml'): string[] {
  const errors = parseText(text, HOSTS, file).diagnostics.filter(({ severity }) => severity === 'error');
  return errors.map(({ code }) => code);
}

/** The profiles that pages show. */
function shownIn(page: string): string[] {
  return [...readFileSync(`${ROOT}${page}`, 'utf8').matchAll(/```yaml\n([^`]*)```/g)]
    .map(([, block]) => block ?? '')
    .filter((block) => /^version: 1$/m.test(block));
}

/** What the wizard writes of each kind where nobody is asked. */
function written(kind: ProfileKind): string {
  const { missing } = withoutAsking(interview({ host: null, given: { kind } }));
  const said = missing.flatMap((flags) => flags.split(/ ?--set /)).filter((text) => text !== '');
  const given = said.reduce<Draft>((draft, text) => must(withSet(draft, kind, text)), { kind });
  return draftText(withoutAsking(interview({ host: null, given })).result.draft, { file: 'x.yaml', schema: './parp.schema.json' });
}

const PAGES = [
  'README.md',
  ...readdirSync(`${ROOT}docs`)
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
const GOOD: readonly (readonly [from: string, text: string])[] = [
  ...RIGHT.map((text) => ['the table', text] as const),
  ...readdirSync(`${ROOT}profiles`)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => [name, readFileSync(`${ROOT}profiles/${name}`, 'utf8')] as const),
  ...PAGES.flatMap((page) => shownIn(page).map((text) => [page, text] as const)),
  ...PROFILE_KINDS.map((kind) => [`parp init, ${kind}`, written(kind)] as const),
];

type Path = readonly (string | number)[];

const isHolder = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Every value in a value, by its path. */
function pathsIn(value: unknown, path: Path = []): Path[] {
  if (!isHolder(value)) return [path];
  const steps = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return [path, ...steps.flatMap((step) => pathsIn(Reflect.get(value, step), [...path, step]))];
}

/** The value with another one at a path; none there where it is undefined. */
function changed(value: unknown, [step, ...rest]: Path, to: unknown): unknown {
  if (step === undefined) return to;
  if (Array.isArray(value))
    return value.flatMap((one, i) => (i === step ? (to === undefined && rest.length === 0 ? [] : [changed(one, rest, to)]) : [one]));
  return { ...(value as object), [step]: changed(Reflect.get(value as object, step), rest, to) };
}

const ODD_TEXTS = `x X 1 5 5ms 90m keep lo all eth0 guest* default blackhole local 10.0.0.9 10.0.0.9/24 10.0.0.0/24 10.0.0.0/8 10.0.0.9-10.0.0.20 127.0.0.1 0.0.0.0/0`;
const ODD: readonly unknown[] = [
  ...ODD_TEXTS.split(' '),
  '',
  undefined,
  null,
  true,
  false,
  0,
  1,
  -1,
  1.5,
  2,
  254,
  1e10,
  [],
  ['x'],
  [7],
  [null],
  {},
  { x: 1 },
  { interface: 'eth5' },
];

/** Profiles of a kind with each of its values replaced by odd ones and by every other one that any key has, or left out; and with a key too many. */
function* othersThan(kind: ProfileKind): Generator {
  const values = Object.values({ ...COMMON_EXAMPLES, ...EXAMPLES[kind] }).flat();
  const inner = values.flatMap((value) =>
    pathsIn(value).map((path) => path.reduce((at: unknown, step) => Reflect.get(at as object, step), value)),
  );
  const pool = [...new Map([...ODD, ...inner].map((value) => [JSON.stringify(value), value])).values()];
  const commons = Object.fromEntries(Object.entries(COMMON_EXAMPLES).map(([key, [first]]) => [key, first]));
  const whole = { ...commons, ...exampleOf(kind) };
  for (const path of pathsIn(whole)) {
    if (path.length > 0) for (const value of pool) yield changed(whole, path, value);
    const at = path.reduce((value: unknown, step) => Reflect.get(value as object, step), whole);
    if (isHolder(at) && !Array.isArray(at))
      for (const key of ['more', 'interface', 'address', 'hosts', 'toString']) yield changed(whole, [...path, key], 'eth0');
  }
}

describe('the JSON Schema and parp validate', () => {
  it('know profiles of every source', () => {
    expect(GOOD.length).toBeGreaterThan(45);
    expect(WRONG.length).toBeGreaterThan(150);
    expect(new Set(WRONG).size).toBe(WRONG.length);
  });

  it.each(GOOD)('both pass what has no mistakes, of %s (%#)', (_from, text) => {
    expect({ schema: passesSchema(text), parp: mistakesOf(text) }).toEqual({ schema: true, parp: [] });
  });

  it.each(WRONG)('both refuse %j', (text) => {
    expect({ schema: passesSchema(text), parp: mistakesOf(text).length > 0 }).toEqual({ schema: false, parp: true });
  });

  it.each(DIFFERENCES)('differ in $code: $why', ({ code, example, file }) => {
    expect({ schema: passesSchema(example), parp: new Set(mistakesOf(example, file)) }).toEqual({ schema: true, parp: new Set([code]) });
  });

  it('differ in what docs/editors.md lists, and in nothing else', () => {
    const rows = readFileSync(`${ROOT}docs/editors.md`, 'utf8').matchAll(/^\| `([a-z-]+)` +\| (.*?) +\|$/gm);
    expect([...rows].map(([, code, why]) => `${code}: ${why}`)).toEqual(DIFFERENCES.map(({ code, why }) => `${code}: ${why}`));
  });

  it.each(PROFILE_KINDS)('agree on every %s of which one value is another, but for what is listed', (kind) => {
    const known: ReadonlySet<string> = new Set(DIFFERENCES.map(({ code }) => code));
    const answers = { right: 0, wrong: 0, beyond: 0 };
    for (const other of othersThan(kind)) {
      const text = JSON.stringify(other);
      const [schema, mistakes] = [passesSchema(text), mistakesOf(text)];
      const beyond = mistakes.length > 0 && mistakes.every((code) => known.has(code));
      if (!(schema && beyond)) expect({ text, schema }).toEqual({ text, schema: mistakes.length === 0 });
      answers[mistakes.length === 0 ? 'right' : beyond ? 'beyond' : 'wrong']++;
    }
    expect(answers.right).toBeGreaterThan(50);
    expect(answers.wrong).toBeGreaterThan(1000);
  });
});
