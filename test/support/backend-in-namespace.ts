import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { WriteRefused, type Backend } from '../../src/engine/backend.ts';
import { Failure } from '../../src/model/failure.ts';
import type { Operation } from '../../src/model/operation.ts';
import type { HostState } from '../../src/model/state.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Why tests in namespaces cannot run here, or null. */
export const NO_NAMESPACES = process.getuid?.() === 0 ? null : 'needs root to create network namespaces';

/** A namespace of its own with a backend that works inside, in a child process; the test's own process never leaves its place. */
export interface Inhabited {
  readonly namespace: string;
  readonly backend: Backend;
  /** What `HostBackend.requireWritable` says to the operations: nothing, or a `Failure`. */
  requireWritable(operations: readonly Operation[]): Promise<void>;
  /** Runs `ip` with one command's words in the namespace and gives its output. */
  ip(words: string): string;
  /** Runs any program in the namespace. */
  run(argv: readonly string[], input?: string): string;
  /** Another backend in the same namespace; it ends with it. */
  beside(engine: Backend['name'], wrapper?: readonly string[]): Backend;
  dispose(): Promise<void>;
}

let bundled: Uint8Array | undefined;

/** The worker as a program that node itself can run: bundled once a test file. */
async function worker(): Promise<Uint8Array> {
  if (bundled !== undefined) return bundled;
  const { outputFiles } = await build({
    entryPoints: [join(root, 'test/support/backend-worker.ts')],
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['koffi'],
    banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
    define: { PARP_VERSION: '"0.0.0"' },
    write: false,
    logLevel: 'warning',
  });
  bundled = outputFiles[0]?.contents ?? new Uint8Array();
  return bundled;
}

let count = 0;
const alive = new Set<string>();

process.on('exit', () => {
  for (const namespace of alive) execFileSync('ip', ['netns', 'delete', namespace]);
});

/** The namespace, with lo up. `wrapper` is the beginning of a command line behind which the backend, and it alone, runs. */
export async function inhabit(engine: Backend['name'], wrapper: readonly string[] = []): Promise<Inhabited> {
  const program = await worker();
  const folder = mkdtempSync(join(tmpdir(), 'parp-test-'));
  const script = join(folder, 'worker.mjs');
  writeFileSync(script, program);
  const namespace = `parp-test-${process.pid}-${++count}-${randomBytes(2).toString('hex')}`;
  execFileSync('ip', ['netns', 'add', namespace]);
  alive.add(namespace);
  const inside = ['netns', 'exec', namespace];
  const run = (argv: readonly string[], input?: string): string =>
    execFileSync('ip', [...inside, ...argv], {
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(input === undefined ? {} : { input }),
    });
  run(['ip', 'link', 'set', 'lo', 'up']);
  const ends: (() => Promise<void>)[] = [];
  const start = (name: Backend['name'], wrapped: readonly string[]): Conversation => {
    const child = spawn('ip', [...inside, ...wrapped, process.execPath, script, name], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, NODE_PATH: join(root, 'node_modules') },
    });
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    ends.push(async () => {
      child.stdin.end();
      await ended;
    });
    return converse(child.stdin, createInterface({ input: child.stdout }));
  };
  const own = start(engine, wrapper);
  return {
    namespace,
    backend: backendOf(engine, own),
    requireWritable: async (operations) => void (await own.ask('requireWritable', [operations])),
    beside: (name, wrapped = []) => backendOf(name, start(name, wrapped)),
    ip: (words) => run(['ip', ...words.split(' ')]),
    run,
    dispose: async () => {
      await Promise.all(ends.map(async (end) => end()));
      execFileSync('ip', ['netns', 'delete', namespace]);
      alive.delete(namespace);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function backendOf(name: Backend['name'], conversation: Conversation): Backend {
  return {
    name,
    observe: async () => (await conversation.ask('observe', [])) as HostState,
    write: async (operations, progress, links) => {
      conversation.heard.length = 0;
      try {
        await conversation.ask('write', [operations, links ?? null]);
      } catch (error) {
        throw restored(error, operations);
      }
      for (const done of conversation.heard) progress?.(done);
    },
    flush: async (neighbours) => (await conversation.ask('flush', [neighbours])) as number,
  };
}

/** What the worker writes of an error, beside the place of its operation in the list. */
interface Told {
  readonly name: string;
  readonly message: string;
  readonly ending?: Failure['ending'];
  readonly code?: string;
  readonly errno?: string;
  readonly operation?: number;
}

class Unhappy extends Error {
  readonly told: Told;
  constructor(told: Told) {
    super(told.message);
    this.told = told;
  }
}

function restored(error: unknown, operations: readonly Operation[]): unknown {
  if (!(error instanceof Unhappy)) return error;
  const { name, message, errno, operation } = error.told;
  const refused = operations[operation ?? -1];
  if (name === 'WriteRefused' && refused !== undefined) return new WriteRefused(refused, message, errno);
  return failure(error.told);
}

function failure(told: Told): Error {
  return told.name === 'Failure'
    ? new Failure(told.ending ?? 'failed', told.code ?? '', told.message)
    : new Error(`${told.name}: ${told.message}`);
}

type Conversation = ReturnType<typeof converse>;

function converse(stdin: NodeJS.WritableStream, lines: ReturnType<typeof createInterface>) {
  const heard: number[] = [];
  let waiting: { resolve: (value: unknown) => void; reject: (error: Error) => void } | undefined;
  lines.on('line', (line) => {
    const answer = JSON.parse(line) as { progress?: number; value?: unknown; error?: Told };
    if (answer.progress !== undefined) heard.push(answer.progress);
    else if (answer.error === undefined) waiting?.resolve(answer.value);
    else waiting?.reject(answer.error.name === 'Failure' ? failure(answer.error) : new Unhappy(answer.error));
  });
  lines.on('close', () => waiting?.reject(new Error('The worker ended')));
  const ask = (call: string, args: readonly unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      waiting = { resolve, reject };
      stdin.write(`${JSON.stringify({ call, args })}\n`);
    });
  return { ask, heard };
}
