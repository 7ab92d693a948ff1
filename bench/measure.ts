import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { run, type Ended } from '../src/lab/child-process.ts';
import type { Lab } from '../src/lab/namespaces.ts';

/** What one run took; what cannot be measured without a C compiler is null. */
export interface Measured {
  readonly wallMs: number;
  /** Of the program and all its children, user and system together. */
  readonly cpuMs: number | null;
  /** The largest resident set of the program or one of its children. */
  readonly peakKb: number | null;
  /** Of the interface that was watched, and how long from before the first to after the last. */
  readonly frames: number | null;
  readonly sendingMs: number | null;
}

/** The programs in C, or null where there is no compiler. */
export interface Tools {
  readonly measure: string;
  readonly limit: string;
}

export interface MeasureOptions {
  /** Its sent frames are counted. */
  readonly interface?: string;
}

/** The only namespace of a network in which programs are measured. */
export const ROUTER = 'router';

/** No run takes longer, but for one that hangs. */
const LONGEST_MS = 15 * 60_000;

/** Compiles measure.c and limit.c; null where there is no `cc`. Throws `Error` with what the compiler says. */
export async function buildTools(root: string): Promise<Tools | null> {
  const compiler = ['/usr/bin/cc', '/usr/bin/gcc', '/usr/local/bin/cc'].find((path) => existsSync(path));
  if (compiler === undefined) return null;
  const folder = join(root, 'node_modules/.cache/parp-bench');
  mkdirSync(folder, { recursive: true });
  const compile = async (name: string): Promise<string> => {
    const program = join(folder, name);
    const { exitCode, stderr } = await run([compiler, '-O2', '-Wall', '-o', program, join(root, 'bench', `${name}.c`)]);
    if (exitCode !== 0) throw new Error(`Compile bench/${name}.c: ${stderr}`);
    return program;
  };
  return { measure: await compile('measure'), limit: await compile('limit') };
}

/** A run that ended with another exit code than 0. */
export class RunFailed extends Error {
  override readonly name = 'RunFailed';
  /** How it ended, in a few words. */
  readonly reason: string;

  constructor(argv: readonly string[], reason: string, stderr: string) {
    super(`Run ${argv.join(' ')}: ${reason}: ${stderr.trim().slice(-1000)}`);
    this.reason = reason;
  }
}

/** Runs a program in the router's namespace and measures it. Throws `RunFailed` with what it said. */
export async function measure(lab: Lab, tools: Tools | null, argv: readonly string[], options: MeasureOptions = {}): Promise<Measured> {
  const started = performance.now();
  const namespace = `/run/netns/${lab.name(ROUTER)}`;
  const watched = options.interface === undefined ? [] : ['-f', options.interface];
  const around = tools === null ? ['nsenter', `--net=${namespace}`] : [tools.measure, '-n', namespace, ...watched];
  const ended = await run([...around, '--', ...argv], {
    cwd: lab.folder,
    env: { PARP_STATE_DIR: lab.stateDir, HOME: lab.folder },
    timeoutMs: LONGEST_MS,
  });
  const wallMs = performance.now() - started;
  if (tools === null)
    return clean(argv, ended, { exitCode: ended.exitCode, wallMs, cpuMs: null, peakKb: null, frames: null, sendingMs: null });
  if (ended.exitCode !== 0) throw new Error(`Measure ${argv.join(' ')}: ${ended.stderr}`);
  const said: Measured & { exitCode: number } = JSON.parse(ended.stdout);
  return clean(argv, ended, said);
}

function clean(argv: readonly string[], { stderr }: Ended, { exitCode, ...measured }: Measured & { exitCode: number | null }): Measured {
  if (exitCode === 0) return measured;
  const reason = stderr.includes('heap out of memory') ? 'out of memory' : `ended with ${exitCode ?? 'a signal'}`;
  throw new RunFailed(argv, reason, stderr);
}
