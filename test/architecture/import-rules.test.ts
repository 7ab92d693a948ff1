import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { importsOf, violations, type Source } from './imports.ts';

const SRC = fileURLToPath(new URL('../../src/', import.meta.url));

/** Lines beyond which a file is named, and beyond which it is refused. */
const LENGTH = { named: 350, refused: 500 };

function sources(): Source[] {
  return readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => ({ path, text: readFileSync(`${SRC}${path}`, 'utf8') }));
}

describe('the sources', () => {
  it('keep to the import rules, to names that say something, and have no barrels', () => {
    const all = sources();
    expect(all.length).toBeGreaterThan(20);
    expect(all.flatMap(violations)).toEqual([]);
  });

  it('are files of a readable length', () => {
    const lengths = sources().map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }));
    for (const { path, lines } of lengths) if (lines > LENGTH.named) console.warn(`src/${path} has ${lines} lines`);
    expect(lengths.filter(({ lines }) => lines > LENGTH.refused)).toEqual([]);
  });
});

describe('violations()', () => {
  const planted: readonly (readonly [claim: string, path: string, text: string, problem: string | null])[] = [
    ['lets a folder import itself', 'net/a.ts', `import { b } from './b.ts';\nb();`, null],
    ['lets cli import lab', 'cli/a.ts', `import { b } from '../lab/b.ts';\nb();`, null],
    ['lets host import execa', 'host/a.ts', `import { execa } from 'execa';\nexeca();`, null],
    ['lets libc.ts import koffi', 'host/libc.ts', `import koffi from 'koffi';\nkoffi.load();`, null],
    ['does not mind an import in a comment', 'net/a.ts', `/**\nimport x from 'execa';\n*/\nexport const a = 1; // import('koffi')`, null],
    ['does not mind quotes in a regular expression', 'net/a.ts', `const a = /['"]/u;\n// it's\nexport { a };`, null],
    ['refuses net importing model', 'net/a.ts', `import { b } from '../model/b.ts';\nb();`, 'net/a.ts:1: net/ may not import from model/'],
    [
      'refuses types as well',
      'model/a.ts',
      `\nimport type { B } from '../host/b.ts';\nlet b: B;`,
      'model/a.ts:2: model/ may not import from host/',
    ],
    [
      'refuses an import over several lines',
      'engine/a.ts',
      `import {\n  b,\n  c,\n} from '../render/b.ts';\nb(c);`,
      'engine/a.ts:4: engine/ may not import from render/',
    ],
    [
      'refuses a re-export',
      'lab/a.ts',
      `export { b } from '../cli/b.ts';\nexport const c = 1;`,
      'lab/a.ts:1: lab/ may not import from cli/',
    ],
    ['refuses a lazy import', 'host/a.ts', `const b = await import('../lab/b.ts');\nb();`, 'host/a.ts:1: host/ may not import from lab/'],
    ['refuses the type of a lazy import', 'net/a.ts', `let b: import('../host/b.ts').B;`, 'net/a.ts:1: net/ may not import from host/'],
    ['refuses an import for its effects', 'net/a.ts', `import '../host/b.ts';\nb();`, 'net/a.ts:1: net/ may not import from host/'],
    [
      'refuses Node in a pure folder',
      'wire/a.ts',
      `import { readFileSync } from 'node:fs';\nreadFileSync('');`,
      'wire/a.ts:1: wire/ may not import node:fs',
    ],
    ['refuses a package', 'model/a.ts', `import * as z from 'zod';\nz.string();`, 'model/a.ts:1: model/ may not import the package zod'],
    [
      'refuses koffi elsewhere',
      'host/a.ts',
      `import koffi from 'koffi';\nkoffi.load();`,
      'host/a.ts:1: only src/host/libc.ts may import koffi',
    ],
    [
      'refuses a prompt outside cli',
      'host/a.ts',
      `import { input } from '@inquirer/prompts';\ninput();`,
      'host/a.ts:1: host/ may not import the package @inquirer/prompts',
    ],
    ['refuses a missing ending', 'net/a.ts', `import { b } from './b';\nb();`, 'net/a.ts:1: "./b" lacks its ending .ts'],
    [
      'refuses what lies outside',
      'cli/a.ts',
      `import { b } from '../../test/b.ts';\nb();`,
      'cli/a.ts:1: "../../test/b.ts" lies outside src/',
    ],
    [
      'refuses a computed import',
      'cli/a.ts',
      `export const b = await import(name);`,
      'cli/a.ts: an import of something that only shows at run time',
    ],
    [
      'refuses a barrel',
      'net/all.ts',
      `export * from './b.ts';\nexport { c } from './c.ts';`,
      'net/all.ts: a file that only passes on the exports of others',
    ],
    [
      'refuses a barrel that imports first',
      'net/all.ts',
      `import { c } from './c.ts';\n\nexport { c };`,
      'net/all.ts: a file that only passes on the exports of others',
    ],
    ['refuses an empty name', 'net/utils.ts', `export const a = 1;`, 'net/utils.ts: the name "utils" says nothing about what is inside'],
    ['refuses another case', 'net/linkName.ts', `export const a = 1;`, 'net/linkName.ts: file names are lower case with dashes'],
  ];

  it.each(planted)('%s', (_claim, path, text, problem) => {
    expect(violations({ path, text })).toEqual(problem === null ? [] : [problem]);
  });

  it('refuses a folder that the house does not have', () => {
    expect(violations({ path: 'tools/a.ts', text: '' })).toHaveLength(1);
    expect(violations({ path: 'a.ts', text: '' })).toHaveLength(1);
  });
});

describe('importsOf()', () => {
  it('finds every form', () => {
    const text = `import a, { b } from 'one';\nimport 'two';\nexport * from "three";\nconst c = await import('four');\nrequire('five');`;
    expect(importsOf(text).map(({ specifier }) => specifier)).toEqual(['one', 'three', 'two', 'four', 'five']);
  });
});
