import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { profilesFrom } from '../support/profile-text.ts';

const DOCS = fileURLToPath(new URL('../../docs/', import.meta.url));
const PAGES = readdirSync(DOCS, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'));

describe.each(PAGES)('docs/%s', (name) => {
  const path = join(DOCS, name);
  const text = readFileSync(path, 'utf8');

  it('links to what is there', () => {
    const targets = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)]
      .map(([, target]) => target ?? '')
      .filter((target) => !/^[a-z]+:/.test(target));
    for (const target of targets) expect(existsSync(join(dirname(path), target)), target).toBe(true);
  });

  it('shows only profiles without mistakes', () => {
    const profiles = [...text.matchAll(/```yaml\n([^`]*)```/g)]
      .map(([, block]) => block ?? '')
      .filter((block) => /^version: 1$/m.test(block));
    for (const block of profiles) expect(profilesFrom(block).length, block).toBeGreaterThan(0);
  });
});

it('the pages show profiles at all', () => {
  expect(PAGES.filter((name) => /^version: 1$/m.test(readFileSync(join(DOCS, name), 'utf8'))).length).toBeGreaterThan(1);
});
