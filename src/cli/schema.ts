import { profileJsonSchema } from '../profile/json-schema.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import type { Terminal } from './terminal.ts';

/** `parp schema`: the JSON Schema of profiles on stdout. It is a document by itself, so --json changes nothing. */
export async function schema(_terminal: Terminal): Promise<ExitCode> {
  process.stdout.write(`${JSON.stringify(profileJsonSchema(), null, 2)}\n`);
  return Promise.resolve(EXIT.done);
}
