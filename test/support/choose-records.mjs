// Makes test/model/arp-records.jsonl.gz, the few questions that refute every mutant of arp-mutants.ts, out of what many routers answered:
//   PARP_TEST_LONG=1 PARP_TEST_RECORDS=/tmp/records.jsonl npx vitest run test/e2e/arp-decision.test.ts
//   node test/support/choose-records.mjs /tmp/records.jsonl
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
const outfile = `${root}node_modules/.cache/parp-records/choose-records.mjs`;
await build({
  absWorkingDir: root,
  entryPoints: ['test/support/choose-records.ts'],
  outfile,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  // The bundle lies elsewhere than the sources that it was made of.
  define: { 'import.meta.url': JSON.stringify(new URL('choose-records.ts', import.meta.url).href) },
});
const { chooseRecords } = await import(outfile);
await chooseRecords(process.argv[2], fileURLToPath(new URL('../model/arp-records.jsonl.gz', import.meta.url)));
