// docs.mjs [--man]: writes what is made of the program for its documentation: the manual pages of man/, and but for --man the pictures of docs/pictures/,
// the commands in the README, and the JSON Schema in profiles/.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { importTypeScript, root } from './import-typescript.mjs';

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const { manuals, pictures, publishedSchema, readme } = await importTypeScript('src/cli/documents.ts', {
  PARP_VERSION: JSON.stringify(version),
  PARP_FAILPOINTS: 'false',
});
// https://reproducible-builds.org/specs/source-date-epoch/
const epoch = process.env.SOURCE_DATE_EPOCH;
const date = new Date(epoch === undefined ? Date.now() : Number(epoch) * 1000).toISOString().slice(0, 10);
for (const { path, text } of [
  ...manuals(root, date),
  ...(process.argv.includes('--man') ? [] : [...pictures(root), readme(root), publishedSchema()]),
]) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
