import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { planProfiles, planRemoval } from '../../src/cli/work-out.ts';
import { foretell } from '../../src/model/foretell.ts';
import { EMPTY_LEDGER } from '../../src/model/ledger.ts';
import type { Profile } from '../../src/profile/profile.ts';
import { planDocument } from '../../src/render/plan-json.ts';
import { PLAN_SCHEMA } from '../../src/render/plan-schema.ts';
import { satisfies } from '../profile/json-schema-check.ts';
import { anyProfile, LINKS } from '../support/arbitrary-profile.ts';
import { freshHost } from '../support/memory-kernel.ts';
import { profilesFrom } from '../support/profile-text.ts';

const NOW = '2030-01-01T00:00:00.000Z';

/** Where no other keys are allowed than those that it describes. */
function strict(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(strict);
  if (typeof schema !== 'object' || schema === null) return schema;
  const copied = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, strict(value)]));
  return 'properties' in schema ? { ...copied, additionalProperties: false } : copied;
}
const STRICT = strict(PLAN_SCHEMA);

/** What is printed when profiles are planned, and when they are taken back. */
function documentsOf(profiles: readonly Profile[]): object[] {
  const state = freshHost(LINKS);
  const plan = planProfiles(profiles, state, EMPTY_LEDGER, NOW);
  const removal = planRemoval([profiles[0]?.name ?? ''], foretell(state, plan.operations), plan.ledger, NOW);
  return [plan, removal].map((one) => JSON.parse(JSON.stringify({ schema: 'parp.plan/1', ...planDocument(one) })) as object);
}

describe('the JSON Schema of a plan', () => {
  it.each(['pseudo-bridge', 'private-vlan', 'nat-proxy', 'custom', 'mixed-masks'])('holds for profiles/%s.yaml', (name) => {
    const text = readFileSync(new URL(`../../profiles/${name}.yaml`, import.meta.url), 'utf8');
    for (const document of documentsOf(profilesFrom(text))) expect(satisfies(STRICT, document), JSON.stringify(document)).toBe(true);
  });

  it('holds for whatever profiles come to', () => {
    fc.assert(
      fc.property(anyProfile, (profile) => documentsOf([profile]).every((document) => satisfies(STRICT, document))),
      { numRuns: 200 },
    );
  });

  it('describes every key', () => {
    const undescribed: string[] = [];
    const visit = (node: unknown, path: string): void => {
      if (typeof node !== 'object' || node === null) return;
      for (const [key, value] of Object.entries(node)) {
        const keys = key === 'properties' ? Object.entries(value as object) : [];
        undescribed.push(
          ...keys.filter(([, schema]) => !Object.hasOwn(schema as object, 'description')).map(([name]) => `${path}.${name}`),
        );
        visit(value, `${path}.${key}`);
      }
    };
    visit(PLAN_SCHEMA, '');
    expect(undescribed).toEqual([]);
  });

  it('refuses what parp does not print', () => {
    const [document] = documentsOf(profilesFrom('version: 1\nkind: custom\nname: a\nproxies: [{ address: 10.0.0.9, interface: eth0 }]\n'));
    expect(satisfies(PLAN_SCHEMA, document)).toBe(true);
    for (const key of Object.keys(document ?? {})) expect(satisfies(PLAN_SCHEMA, { ...document, [key]: 7 }), key).toBe(false);
    for (const operation of [
      { kind: 'proxy' },
      { kind: 'vlan', subject: 'x', from: null, to: null },
      { kind: 'sysctl', subject: 'x', from: 1, to: '1' },
    ])
      expect(satisfies(PLAN_SCHEMA, { ...document, operations: [operation] })).toBe(false);
  });
});
