import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import type { Edit, Program } from './exhibit.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A folder for a program, beside koffi, which it needs; two runs of the tests have different ones. */
export function museumFolder(name: string): string {
  return join(ROOT, 'node_modules', '.cache', 'parp-museum', `${process.pid}-${name}`);
}

/** The text of a file of src/ with edits made; throws where what one replaces is not there, or is there more than once. */
export function edited(file: string, edits: readonly Edit[]): string {
  const text = readFileSync(join(ROOT, 'src', file), 'utf8');
  return edits.reduce((before, { from, to }) => {
    const times = before.split(from).length - 1;
    if (times !== 1) throw new Error(`What an exhibit replaces in src/${file} stands there ${times} times, not once: ${from}`);
    return before.replace(from, () => to);
  }, text);
}

/** A copy of the program with failpoints, bundled as .build/bundle.mjs does it, with edits made in the code on its way. */
export interface Copy {
  readonly program: Program;
  remove(): void;
}

/** Builds a copy; `name` is that of its folder. */
export async function plant(name: string, edits: readonly Edit[]): Promise<Copy> {
  const folder = museumFolder(name);
  const { version }: { version: string } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  await build({
    absWorkingDir: ROOT,
    entryPoints: { parp: 'src/cli/main.ts' },
    outdir: folder,
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['koffi'],
    minifySyntax: true,
    minifyWhitespace: true,
    define: { PARP_VERSION: JSON.stringify(version), PARP_FAILPOINTS: 'true' },
    banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
    plugins: [planting(edits)],
    logLevel: 'silent',
  });
  return {
    program: [process.execPath, join(folder, 'parp.js')],
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Hands esbuild the edited text of the files that have edits. */
export function planting(edits: readonly Edit[]): Plugin {
  const texts = new Map([...editsByFile(edits)].map(([file, own]) => [join(ROOT, 'src', file), edited(file, own)]));
  return {
    name: 'planting',
    setup: (building) => {
      building.onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const contents = texts.get(path);
        return contents === undefined ? undefined : { contents, loader: 'ts' };
      });
    },
  };
}

/** The edits of each file, in their order. */
export function editsByFile(edits: readonly Edit[]): ReadonlyMap<string, readonly Edit[]> {
  return new Map(edits.map(({ file }) => [file, edits.filter((edit) => edit.file === file)]));
}
