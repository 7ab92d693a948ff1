import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** What the JSON Schema of profiles is called, beside the examples and where somebody has put it beside a profile. */
export const SCHEMA_FILE = 'parp.schema.json';

/** From the program as it is built, and from its source. */
const SHIPPED = [`../profiles/${SCHEMA_FILE}`, `../../profiles/${SCHEMA_FILE}`];

/** How a profile names the JSON Schema to an editor: the one beside it, or the one that came with this program; undefined where neither is. */
export function schemaFor(profile: string): string | undefined {
  if (existsSync(join(dirname(profile), SCHEMA_FILE))) return `./${SCHEMA_FILE}`;
  const shipped = SHIPPED.map((path) => fileURLToPath(new URL(path, import.meta.url))).find((path) => existsSync(path));
  return shipped === undefined ? undefined : asNamed(shipped);
}

/** Editors read up to the next white space, and take what stands behind # for a part of the schema. */
function asNamed(path: string): string {
  return /^[\w./@+-]+$/.test(path) ? path : pathToFileURL(path).href;
}
