import { Failure } from '../model/failure.ts';
import { suggest } from '../profile/suggest.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import type { Terminal } from './terminal.ts';

/** What there are schemas of: what parp reads, and what it prints with --json. */
const SCHEMAS: Readonly<Record<string, () => Promise<object>>> = {
  profile: async () => (await import('../profile/json-schema.ts')).profileJsonSchema(),
  plan: async () => (await import('../render/plan-schema.ts')).PLAN_SCHEMA,
};

export const SCHEMA_NAMES: readonly string[] = Object.keys(SCHEMAS);

/** A schema as a file has it. */
export function schemaText(schema: object): string {
  return `${JSON.stringify(schema, null, 2)}\n`;
}

/** `parp schema [profile|plan]`: a JSON Schema on stdout. It is a document by itself, so --json changes nothing. */
export async function schema(of: string | undefined, _terminal: Terminal): Promise<ExitCode> {
  const name = of ?? 'profile';
  const make = Object.hasOwn(SCHEMAS, name) ? SCHEMAS[name] : undefined;
  if (make === undefined) {
    throw new Failure('invalid', 'usage', `There is no schema of ${JSON.stringify(name)}`, {
      remedy: `parp schema ${suggest(name, SCHEMA_NAMES) ?? SCHEMA_NAMES.join(', parp schema ')}`,
    });
  }
  process.stdout.write(schemaText(await make()));
  return EXIT.done;
}
