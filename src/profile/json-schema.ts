import * as z from 'zod';
import { PATTERNS, withPattern, type TextKind } from './patterns.ts';
import { CONDITIONS, type JsonSchema } from './schema-conditions.ts';
import { COMMON_EXAMPLES, EXAMPLES } from './schema-examples.ts';
import { PROFILE_KINDS, profileSchema, type ProfileKind } from './schema.ts';

/**
 * The JSON Schema (draft 7) of a profile, for editors and other programs. What a mistake is, `parp validate` knows in full. What zod does not
 * need to read a profile is put in here alone: patterns, examples, and what keys demand of one another.
 */
export function profileJsonSchema(): object {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'parp profile',
    description: 'A profile of parp: Linux proxy ARP for one purpose',
    oneOf: PROFILE_KINDS.map(schemaOf),
  };
}

function schemaOf(kind: ProfileKind): JsonSchema {
  const { $schema: _, ...schema } = z.toJSONSchema(profileSchema(kind), { target: 'draft-7', io: 'input' });
  return finished(schema, [exampleOf(kind)], { kind, path: '' });
}

/** A whole profile of a kind. */
export function exampleOf(kind: ProfileKind): Readonly<Record<string, unknown>> {
  const firsts = Object.entries(EXAMPLES[kind]).map(([key, [first]]) => [key, first] as const);
  return { version: 1, kind, ...Object.fromEntries(firsts) };
}

/** The right values of a key of a profile, known by its kind. */
export function examplesOfKey(kind: ProfileKind, key: string): readonly unknown[] {
  const known = Object.hasOwn(EXAMPLES[kind], key) ? EXAMPLES[kind] : COMMON_EXAMPLES;
  return key === 'kind' ? [kind] : Object.hasOwn(known, key) ? (known[key] ?? []) : [];
}

/** Where in a profile of a kind a schema holds: `segments[].hosts`. */
interface At {
  readonly kind: ProfileKind;
  readonly path: string;
}

/** The schema of the value at a path, with what zod does not say; `values` are right ones. */
function finished(schema: JsonSchema, values: readonly unknown[], at: At): JsonSchema {
  // What zod says of the keys of a record is that they are text, which they always are.
  const { as, properties, items, anyOf, propertyNames: _, ...rest } = schema;
  const condition = CONDITIONS[at.kind].get(at.path) ?? {};
  const examples = distinct(values);
  const inKey = (one: JsonSchema, key: string): JsonSchema => finished(one, valuesOf(key, examples, at), within(at, key));
  const inKeys = (one: JsonSchema, pattern: string): JsonSchema =>
    finished(one, valuesOf(new RegExp(pattern), examples, at), within(at, '*'));
  const member = (one: JsonSchema): JsonSchema =>
    finished(
      one,
      examples.filter((value) => isFor(one, value)),
      at,
    );
  return {
    ...rest,
    ...(isTextKind(as) ? withPattern(PATTERNS[as]) : {}),
    ...(isMap(items) ? { items: finished(items, examples.filter(Array.isArray).flat(), within(at, '[]')) } : {}),
    ...(isMap(properties) ? { properties: each(properties, inKey) } : {}),
    ...(Array.isArray(anyOf) ? { anyOf: anyOf.filter(isMap).map(member) } : {}),
    ...condition,
    ...(isMap(condition['patternProperties']) ? { patternProperties: each(condition['patternProperties'], inKeys) } : {}),
    ...(examples.length === 0 ? {} : { examples }),
  };
}

function within({ kind, path }: At, step: string): At {
  return { kind, path: path === '' || step === '[]' ? `${path}${step}` : `${path}.${step}` };
}

function each(schemas: JsonSchema, finish: (schema: JsonSchema, key: string) => JsonSchema): JsonSchema {
  return Object.fromEntries(Object.entries(schemas).map(([key, one]) => [key, isMap(one) ? finish(one, key) : one]));
}

/** The values of a key, or of the keys of a pattern, in some maps; of a profile those that are told of it. */
function valuesOf(key: string | RegExp, maps: readonly unknown[], { kind, path }: At): readonly unknown[] {
  if (path === '' && typeof key === 'string') return examplesOfKey(kind, key);
  const is = (one: string): boolean => (typeof key === 'string' ? one === key : key.test(one));
  return maps.filter(isMap).flatMap((map) =>
    Object.entries(map)
      .filter(([one]) => is(one))
      .map(([, value]) => value),
  );
}

function isMap(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a member of a union is the one for a value. */
function isFor({ type, const: only, enum: some }: JsonSchema, value: unknown): boolean {
  if (only !== undefined) return value === only;
  if (Array.isArray(some)) return some.includes(value);
  return type === 'integer' ? Number.isInteger(value) : typeof value === type;
}

function isTextKind(as: unknown): as is TextKind {
  return typeof as === 'string' && Object.hasOwn(PATTERNS, as);
}

function distinct(values: readonly unknown[]): readonly unknown[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}
