import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { profileJsonSchema } from '../../src/profile/json-schema.ts';
import { parseYaml } from '../../src/profile/yaml.ts';
import { satisfies } from './json-schema-check.ts';
import { parseText } from './mistakes.ts';

const FOLDER = fileURLToPath(new URL('../../profiles/', import.meta.url));
const examples = readdirSync(FOLDER).filter((file) => file.endsWith('.yaml'));

function passes(text: string): boolean {
  return parseYaml({ file: 'x.yaml', text }).documents.every(({ value }) => satisfies(profileJsonSchema(), value));
}

describe('the examples', () => {
  it('are all there', () => {
    expect(examples).toEqual(['custom.yaml', 'mixed-masks.yaml', 'nat-proxy.yaml', 'private-vlan.yaml', 'pseudo-bridge.yaml']);
  });

  it.each(examples)('%s has no mistakes, begins with its story, and passes the JSON Schema', (file) => {
    const text = readFileSync(`${FOLDER}${file}`, 'utf8');
    const { profiles, diagnostics } = parseText(text, undefined, file);
    expect(diagnostics).toEqual([]);
    expect(profiles).toHaveLength(1);
    expect(text.split('\n').findIndex((line) => !line.startsWith('#'))).toBeGreaterThan(5);
    expect(passes(text)).toBe(true);
  });
});

describe('profileJsonSchema()', () => {
  const bridge = (segment: string, end = ''): string =>
    `version: 1\nkind: pseudo-bridge\nname: x\nsegments:\n  - interface: eth0\n  - { interface: eth1, ${segment} }\n${end}`;
  const nat = (mapping: string): string => `version: 1\nkind: nat-proxy\nname: x\noutside: eth0\ninside: eth1\nnat: [{ ${mapping} }]\n`;

  it.each<[text: string, right: boolean]>([
    [bridge('hosts: [10.0.0.5, 10.0.0.6-10.0.0.9, 10.0.1.0/24]'), true],
    [bridge('hosts_file: x', 'announce: false\nproxy_delay: keep\n'), true],
    [bridge('hosts: [10.0.0]'), false],
    [bridge('hosts: [010.0.0.1]'), false],
    [bridge('addresses: [10.0.0.1]'), false],
    [bridge('adresses: [10.0.0.1/24]'), false],
    [bridge('hosts: []', 'announce: { rounds: 0 }\n'), false],
    [bridge('hosts: []', 'probe: maybe\n'), false],
    [bridge('hosts: []', 'proxy_delay: 5\n'), false],
    [nat('public: 203.0.113.9, private: 10.0.0.9'), true],
    [nat('public: 203.0.113.9, source: 10.0.0.0/24'), true],
    [nat('public: 203.0.113.9, protocol: tcp, port: 5, to: "10.0.0.9:6"'), true],
    [nat('public: 203.0.113.9, private: 010.0.0.9'), false],
    [nat('public: 203.0.113.9, protocol: sctp, port: 5, to: 10.0.0.9'), false],
    ['version: 1\nkind: custom\nname: x\nroutes: [{ to: default, via: 10.0.0.1, table: main }]\n', true],
    ['version: 1\nkind: custom\nname: x\nroutes: [{ to: 10.0.0.9, via: 10.0.0.1 }]\n', false],
    ['version: 1\nkind: custom\nname: X\n', false],
    ['version: 2\nkind: custom\nname: x\n', false],
    ['version: 1\nkind: other\nname: x\n', false],
  ])('agrees with the parser on %j', (text, right) => {
    expect(passes(text)).toBe(right);
    const hosts = { ok: true, bytes: new Uint8Array(), file: 'x' } as const;
    expect(parseText(text, () => hosts).diagnostics.length === 0).toBe(right);
  });

  it('says of each mapping what has to come together', () => {
    expect(JSON.stringify(profileJsonSchema())).toContain(
      '"oneOf":[{"required":["private"]},{"required":["source"]},{"required":["protocol","port","to"]}]',
    );
  });

  it('describes every key', () => {
    const undescribed: string[] = [];
    const visit = (node: unknown, path: string): void => {
      if (typeof node !== 'object' || node === null) return;
      for (const [key, value] of Object.entries(node)) {
        if (key === 'properties')
          for (const [name, property] of Object.entries(value as object))
            if (!('description' in (property as object))) undescribed.push(`${path}.${name}`);
        visit(value, `${path}.${key}`);
      }
    };
    visit(profileJsonSchema(), '');
    expect(undescribed).toEqual([]);
  });
});
