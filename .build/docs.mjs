// docs.mjs [--man]: writes what is made of the program for its documentation: the manual pages of man/, and but for --man the pictures of docs/pictures/
// and the commands in the README. Node 20 does not read TypeScript, so what makes them is bundled first, to where its imports find node_modules.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const outfile = join(root, 'node_modules/.cache/parp-docs/documents.mjs');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

await build({
  absWorkingDir: root,
  entryPoints: ['src/cli/documents.ts'],
  outfile,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  define: { PARP_VERSION: JSON.stringify(version), PARP_FAILPOINTS: 'false' },
  logLevel: 'warning',
}).catch(() => process.exit(1));

const { manuals, pictures, readme } = await import(outfile);
// https://reproducible-builds.org/specs/source-date-epoch/
const epoch = process.env.SOURCE_DATE_EPOCH;
const date = new Date(epoch === undefined ? Date.now() : Number(epoch) * 1000).toISOString().slice(0, 10);
for (const { path, text } of [...manuals(root, date), ...(process.argv.includes('--man') ? [] : [...pictures(root), readme(root)])]) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
