// The program that `inhabit` runs inside a namespace: one JSON line a call, one a word of progress, one an answer.
import { createInterface } from 'node:readline';
import { WriteRefused, type Backend } from '../../src/engine/backend.ts';
import { createBackend } from '../../src/host/create-backend.ts';
import { Failure } from '../../src/model/failure.ts';
import type { LinkIdentities } from '../../src/model/link-identity.ts';
import type { Operation } from '../../src/model/operation.ts';

type Call =
  | { readonly call: 'observe'; readonly args: Parameters<Backend['observe']> }
  | { readonly call: 'write'; readonly args: readonly [operations: readonly Operation[], links: LinkIdentities | null] }
  | { readonly call: 'requireWritable'; readonly args: readonly [operations: readonly Operation[]] }
  | { readonly call: 'flush'; readonly args: Parameters<Backend['flush']> };

const backend = await createBackend(process.argv[2] as Backend['name']);

function say(answer: object): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

async function carryOut(call: Call): Promise<unknown> {
  switch (call.call) {
    case 'observe':
      return backend.observe();
    case 'write':
      return backend.write(call.args[0], (progress) => say({ progress }), call.args[1] ?? undefined);
    case 'requireWritable':
      return backend.requireWritable(call.args[0]);
    case 'flush':
      return backend.flush(...call.args);
  }
}

function told(error: unknown, call: Call): object {
  if (error instanceof WriteRefused && call.call === 'write') {
    return { name: 'WriteRefused', message: error.message, errno: error.errno, operation: call.args[0].indexOf(error.operation) };
  }
  if (error instanceof Failure) return { name: 'Failure', message: error.message, code: error.code, ending: error.ending };
  return { name: error instanceof Error ? error.name : 'Error', message: String(error) };
}

for await (const line of createInterface({ input: process.stdin })) {
  const call = JSON.parse(line) as Call;
  try {
    say({ value: await carryOut(call) });
  } catch (error) {
    say({ error: told(error, call) });
  }
}
