// Starts the benchmark: Node 20 does not read TypeScript, so it is bundled first, to where its imports find node_modules.
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

if (process.geteuid?.() !== 0) {
  console.error('The benchmark builds network namespaces, and needs root: sudo npm run bench');
  process.exit(4);
}

const root = fileURLToPath(new URL('..', import.meta.url));
const outfile = `${root}node_modules/.cache/parp-bench/bench.mjs`;

await build({
  absWorkingDir: root,
  entryPoints: ['bench/bench.ts'],
  outfile,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  logLevel: 'warning',
}).catch(() => process.exit(1));

const { bench } = await import(outfile);
process.exitCode = await bench(process.argv.slice(2), root);
