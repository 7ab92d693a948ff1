// Makes test/model/arp-records.jsonl.gz, the few questions that refute every mutant of arp-mutants.ts, out of what many routers answered:
//   PARP_TEST_LONG=1 PARP_TEST_RECORDS=/tmp/records.jsonl npx vitest run test/e2e/arp-decision.test.ts
//   node test/support/choose-records.mjs /tmp/records.jsonl
import { fileURLToPath } from 'node:url';
import { importTypeScript } from '../../.build/import-typescript.mjs';

// The bundle lies elsewhere than the sources that it was made of.
const { chooseRecords } = await importTypeScript('test/support/choose-records.ts', {
  'import.meta.url': JSON.stringify(new URL('choose-records.ts', import.meta.url).href),
});
await chooseRecords(process.argv[2], fileURLToPath(new URL('../model/arp-records.jsonl.gz', import.meta.url)));
