import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { exampleOf, examplesOfKey, profileJsonSchema } from '../../src/profile/json-schema.ts';
import { PROFILE_KINDS } from '../../src/profile/schema.ts';
import { satisfies } from './json-schema-check.ts';
import { hostsFiles, parseText } from './mistakes.ts';

const FOLDER = fileURLToPath(new URL('../../profiles/', import.meta.url));
const examples = readdirSync(FOLDER).filter((file) => file.endsWith('.yaml'));

describe('the examples', () => {
  it('are all there', () => {
    expect(examples).toEqual(['custom.yaml', 'mixed-masks.yaml', 'nat-proxy.yaml', 'private-vlan.yaml', 'pseudo-bridge.yaml']);
  });

  it.each(examples)('%s has no mistakes, and begins with its story', (file) => {
    const text = readFileSync(`${FOLDER}${file}`, 'utf8');
    const { profiles, diagnostics } = parseText(text, undefined, file);
    expect(diagnostics).toEqual([]);
    expect(profiles).toHaveLength(1);
    expect(text.split('\n').findIndex((line) => !line.startsWith('#'))).toBeGreaterThan(7);
  });

  it.each(examples)('%s leads an editor to the schema, document by document', (file) => {
    const documents = readFileSync(`${FOLDER}${file}`, 'utf8').split(/^---$/m);
    for (const document of documents) {
      const named = /^# yaml-language-server: \$schema=(\S+)$/m.exec(document)?.[1] ?? '';
      expect(JSON.parse(readFileSync(join(FOLDER, named), 'utf8'))).toEqual(profileJsonSchema());
    }
  });
});

/** A schema in the profile's schema, and how it came to be there. */
interface Node {
  readonly path: string;
  readonly as: 'key' | 'entry' | 'member';
  readonly schema: Readonly<Record<string, unknown>>;
}

const isSchema = (value: unknown): value is Node['schema'] => typeof value === 'object' && value !== null && !Array.isArray(value);

/** What is below a schema of values; conditions between keys have no type, and describe nothing. */
function nodesBelow(schema: Node['schema'], path: string): Node[] {
  const found: Node[] = [];
  const add = (as: Node['as'], step: string, inner: unknown): void => {
    if (isSchema(inner)) found.push({ as, path: `${path}${step}`, schema: inner });
  };
  for (const keyword of ['properties', 'patternProperties'])
    for (const [key, inner] of Object.entries(schema[keyword] ?? {})) add('key', `.${key}`, inner);
  add('entry', '[]', schema['items']);
  if (!('type' in schema) && Array.isArray(schema['anyOf']))
    for (const [i, member] of schema['anyOf'].entries()) add('member', `(${i})`, member);
  return found.flatMap((node) => [node, ...nodesBelow(node.schema, node.path)]);
}

const { oneOf: kinds } = profileJsonSchema() as { readonly oneOf: readonly Node['schema'][] };
const nodes = kinds.flatMap((schema): Node[] => [
  { as: 'member', path: String(schema['title']), schema },
  ...nodesBelow(schema, String(schema['title'])),
]);

describe('profileJsonSchema()', () => {
  it('describes every key, entry and choice', () => {
    expect(nodes.length).toBeGreaterThan(100);
    expect(nodes.filter(({ schema }) => typeof schema['description'] !== 'string').map(({ path }) => path)).toEqual([]);
  });

  it('has examples of every key and entry', () => {
    const without = nodes.filter(({ as, schema }) => as !== 'member' && ((schema['examples'] as unknown[] | undefined) ?? []).length === 0);
    expect(without.map(({ path }) => path)).toEqual([]);
  });

  it('has examples that it allows itself', () => {
    const wrong = nodes.flatMap(({ path, schema }) =>
      ((schema['examples'] as unknown[] | undefined) ?? [])
        .filter((one) => !satisfies(schema, one))
        .map((one) => `${path}: ${JSON.stringify(one)}`),
    );
    expect(wrong).toEqual([]);
  });

  it.each(PROFILE_KINDS)('has examples of a %s that parp takes, each in a whole profile', (kind) => {
    const { properties } = kinds[PROFILE_KINDS.indexOf(kind)] ?? {};
    for (const key of Object.keys(properties ?? {})) {
      for (const value of examplesOfKey(kind, key)) {
        // Several addresses go with a single interface, and a pattern goes with none.
        const { addresses: _, ...others } = exampleOf(kind);
        const text = JSON.stringify({ ...(kind === 'private-vlan' ? others : exampleOf(kind)), [key]: value });
        expect(parseText(text, hostsFiles({ 'wlan0.hosts': '10.0.0.128/25\n' })).diagnostics, text).toEqual([]);
      }
    }
  });
});
