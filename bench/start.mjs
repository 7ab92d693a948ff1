// Starts the benchmark.
import { importTypeScript, root } from '../.build/import-typescript.mjs';

if (process.geteuid?.() !== 0) {
  console.error('The benchmark builds network namespaces, and needs root: sudo npm run bench');
  process.exit(4);
}

const { bench } = await importTypeScript('bench/bench.ts');
process.exitCode = await bench(process.argv.slice(2), root);
