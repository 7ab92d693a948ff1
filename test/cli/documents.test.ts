import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandTree } from '../../src/cli/command-tree.ts';
import { manuals, pictures, publishedSchema, readme } from '../../src/cli/documents.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { profileJsonSchema } from '../../src/profile/json-schema.ts';
import { roffText } from '../../src/render/roff.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PAGES = manuals(ROOT, '2026-01-01');
const textOf = (name: string): string => PAGES.find(({ path }) => path === `man/${name}`)?.text ?? '';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'parp-man-'));
  for (const { path, text } of PAGES) writeFileSync(join(folder, basename(path)), text);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('docs/pictures', () => {
  it('are as `npm run docs` draws them', () => {
    const drawn = pictures(ROOT);
    expect(readdirSync(`${ROOT}docs/pictures`).map((name) => `docs/pictures/${name}`)).toEqual(drawn.map(({ path }) => path).toSorted());
    for (const { path, text } of drawn) expect(readFileSync(`${ROOT}${path}`, 'utf8'), path).toBe(text);
  });
});

describe('profiles/parp.schema.json', () => {
  const { path, text } = publishedSchema();

  it('is as `npm run docs` writes it, and in the package', () => {
    expect(path).toBe('profiles/parp.schema.json');
    expect(readFileSync(`${ROOT}${path}`, 'utf8')).toBe(text);
    const { files }: { files: string[] } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'));
    expect(files).toContain('profiles');
  });

  it('is what parp schema prints', () => {
    expect(JSON.parse(text)).toEqual(profileJsonSchema());
  });
});

describe('README', () => {
  it('has the commands at a glance as `npm run docs` writes them', () => {
    expect(readFileSync(`${ROOT}README.md`, 'utf8')).toBe(readme(ROOT).text);
    expect(readme(ROOT).text).toContain('parp validate office.yaml');
  });
});

describe('the manual pages', () => {
  it('are those that the package has', () => {
    const { man, files }: { man: string[]; files: string[] } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'));
    expect(man).toEqual(PAGES.map(({ path }) => `./${path}`));
    expect(files).toContain('man');
  });

  it('parp(8) has every command and every option', () => {
    const page = textOf('parp.8');
    const { commands, options } = commandTree(buildProgram(() => undefined));
    expect(commands.length).toBeGreaterThan(15);
    for (const { name, options: own } of commands) {
      const from = page.indexOf(`\n\\fBparp ${name}`);
      expect(from, name).toBeGreaterThan(0);
      const section = page.slice(from, page.indexOf('\n\\fBparp ', from + 1));
      for (const { long } of own) expect(section).toContain(roffText(long));
    }
    for (const { long } of options) expect(page.slice(page.indexOf('.SH OPTIONS'))).toContain(roffText(long));
  });

  it('parp.yaml(5) has every key', () => {
    const page = textOf('parp.yaml.5');
    const keys = [...JSON.stringify(profileJsonSchema()).matchAll(/"([a-z_]+)":\{(?:"description"|"type"|"anyOf")/g)].map(
      ([, key]) => key ?? '',
    );
    const wanted = new Set(keys.filter((key) => !['items', 'properties', 'propertyNames', 'additionalProperties'].includes(key)));
    expect(wanted.size).toBeGreaterThan(25);
    for (const key of wanted) if (key !== 'kind') expect(page).toMatch(new RegExp(`^\\\\fB${key}\\\\fR: `, 'm'));
  });

  const CHECKS: readonly (readonly [program: string, ...args: string[]])[] = [
    ['mandoc', '-T', 'lint'],
    ['groff', '-ww', '-man', '-Tutf8', '-Kutf8'],
    ['man', '--warnings', '-E', 'UTF-8', '-l', '-Tutf8'],
  ];
  const isThere = (program: string): boolean => {
    if (spawnSync(program, ['--version']).error === undefined) return true;
    console.warn(`The manual pages are not shown to ${program}: it is not installed`);
    return false;
  };
  for (const [program, ...args] of CHECKS) {
    it.skipIf(!isThere(program)).each(PAGES.map(({ path }) => basename(path)))(`%s gets no word of warning from ${program}`, (name) => {
      const env = { ...process.env, LC_ALL: 'C.UTF-8', MANPAGER: 'cat' };
      const { status, stdout, stderr } = spawnSync(program, [...args, join(folder, name)], { encoding: 'utf8', env });
      const said = program === 'mandoc' ? stdout + stderr : stderr;
      expect({ status, said }).toEqual({ status: 0, said: '' });
    });
  }

  it('would be warned of', () => {
    writeFileSync(join(folder, 'bad.8'), textOf('parp.8').replace('.SH SYNOPSIS', '.SH SYNOPSIS\n.XX'));
    for (const [program, ...args] of CHECKS.filter(([name]) => isThere(name))) {
      const { status, stdout, stderr } = spawnSync(program, [...args, join(folder, 'bad.8')], { encoding: 'utf8' });
      expect(program === 'mandoc' ? status !== 0 && stdout.includes('XX') : stderr.includes('XX'), program).toBe(true);
    }
  });
});

describe('roffText()', () => {
  it.each([
    ['.SH is no request', String.raw`\&.SH is no request`],
    ["'tis \\fB", String.raw`\(aqtis \efB`],
    ['--all', String.raw`\-\-all`],
    ['a → b', String.raw`a \[u2192] b`],
  ])('%j', (text, roff) => {
    expect(roffText(text)).toBe(roff);
  });
});
