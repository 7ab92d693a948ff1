// Node 20 does not read TypeScript: what scripts need of it is bundled first, to where its imports find node_modules.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** The project's folder. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/** Imports a TypeScript module, its path below the project's folder. Where it cannot be bundled, esbuild says why, and the process ends with 1. */
export async function importTypeScript(entry, define = {}) {
  const outfile = join(root, 'node_modules/.cache/parp-scripts', `${entry.replaceAll('/', '-')}.mjs`);
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    define,
    logLevel: 'warning',
  }).catch(() => process.exit(1));
  return import(outfile);
}
