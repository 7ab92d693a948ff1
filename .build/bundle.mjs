// Bundles the program into dist/: one entry, a chunk for each lazily imported command, koffi as the only outside package.
// Safe to run while the program runs or another build does: chunks bear the hash of their content, every file is renamed into
// place, the entry last, and old chunks stay until nobody can want them any more.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** --failpoints FOLDER: a build for the fault suite goes there, in which the failpoints are alive. */
const failpointsAt = process.argv.indexOf('--failpoints');
const withFailpoints = failpointsAt >= 0;
const dist = withFailpoints ? resolve(process.argv[failpointsAt + 1]) : join(root, 'dist');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** How long a chunk that no build produces any more may still be imported by a running program; --clean, before packing, spares none. */
const GRACE_MS = process.argv.includes('--clean') ? -1 : 15 * 60_000;

const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: { parp: 'src/cli/main.ts' },
  outdir: dist,
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  external: ['koffi'],
  minifySyntax: true,
  minifyWhitespace: true,
  define: { PARP_VERSION: JSON.stringify(version), PARP_FAILPOINTS: String(withFailpoints) },
  // CommonJS packages (commander) require Node's modules, and an ES module has no require of its own.
  banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
  write: false,
  logLevel: 'warning',
}).catch(() => process.exit(1));

const wanted = new Set(outputFiles.map(({ path }) => relative(dist, path)));
for (const file of [...outputFiles].sort((a, b) => Number(isEntry(a.path)) - Number(isEntry(b.path)))) place(file);
for (const name of readdirSync(join(dist, 'chunks'), { withFileTypes: true })) {
  const path = join('chunks', name.name);
  if (!wanted.has(path) && ageMs(join(dist, path)) > GRACE_MS) rmSync(join(dist, path), { force: true });
}

function isEntry(path) {
  return relative(dist, path) === 'parp.js';
}

function place({ path, contents }) {
  if (isSame(path, contents)) return;
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, contents);
  renameSync(draft, path);
}

function isSame(path, contents) {
  try {
    return readFileSync(path).equals(contents);
  } catch {
    return false;
  }
}

function ageMs(path) {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}
