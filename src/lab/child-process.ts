import { accessSync, constants } from 'node:fs';
import type { Readable } from 'node:stream';
import { execa } from 'execa';
import { LabError } from './lab-error.ts';

/** What a program left behind: exactly one of `exitCode` and `signal` is not null. */
export interface Ended {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ChildOptions {
  /** Its standard input; without it there is none. */
  readonly input?: string;
  /** More variables than LC_ALL and PATH, which are all that it inherits. */
  readonly env?: Readonly<Record<string, string>>;
  /** Aborting it ends the program with SIGTERM, two seconds later with SIGKILL; `run` then throws the signal's reason. */
  readonly signal?: AbortSignal;
  readonly cwd?: string;
  /** In milliseconds; default for `run` 60 s. */
  readonly timeoutMs?: number;
}

const FOLDERS = ['/usr/sbin', '/usr/bin', '/sbin', '/bin', '/usr/local/sbin', '/usr/local/bin'];

/** Debian's packages of the programs that a lab starts. */
const PACKAGES: Readonly<Record<string, string>> = { ip: 'iproute2', ping: 'iputils-ping', nft: 'nftables', unshare: 'util-linux' };

/** How long a program may take that `run` waits for. */
export const RUN_TIMEOUT_MS = 60_000;

/** `cleanup: false`: its listeners for signals would hide from removal.ts that nobody else listens; what runs in a namespace ends with that. */
const FIXED = {
  reject: false,
  extendEnv: false,
  cleanup: false,
  killSignal: 'SIGTERM',
  forceKillAfterDelay: 2000,
  stripFinalNewline: false,
} as const;

/** A program under way. */
export interface Child {
  readonly pid: number | undefined;
  readonly stdout: Readable;
  readonly stderr: Readable;
  kill(signal?: NodeJS.Signals): void;
  /** Its end; rejects with `LabError` only where it could not be started or took too long. */
  readonly end: Promise<Ended>;
}

/** The path of an installed program; throws `LabError` that names the package to install. */
export function programPath(name: string): string {
  const path = FOLDERS.map((folder) => `${folder}/${name}`).find(isExecutable);
  if (path !== undefined) return path;
  const debian = PACKAGES[name];
  const remedy = debian === undefined ? undefined : `On Debian: apt-get install ${debian}`;
  throw new LabError('no-command', `The program "${name}" is not installed`, remedy);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Starts a program, named or by its path, and leaves it running. */
export function start(argv: readonly string[], options: ChildOptions = {}): Child {
  const [program = '', ...rest] = argv;
  const child = execa(program.includes('/') ? program : programPath(program), rest, {
    ...FIXED,
    env: { LC_ALL: 'C', PATH: FOLDERS.join(':'), ...options.env },
    ...(options.input === undefined ? { stdin: 'ignore' } : { input: options.input }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
    ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
  });
  const end = async (): Promise<Ended> => {
    const result = await child;
    if (result.timedOut) throw new LabError('failed', `Run ${argv.join(' ')}: not finished in ${Math.round(result.durationMs)} ms`);
    const { exitCode = null, signal = null, stdout, stderr } = result;
    if (exitCode === null && signal === null) throw new LabError('failed', `Start ${argv.join(' ')}: ${result.code ?? 'unknown error'}`);
    return { exitCode, signal, stdout, stderr };
  };
  return { pid: child.pid, stdout: child.stdout, stderr: child.stderr, kill: (signal) => void child.kill(signal), end: end() };
}

/** Runs a program to its end, whatever its exit code; throws `LabError` where it could not be started or took too long. */
export async function run(argv: readonly string[], options: ChildOptions = {}): Promise<Ended> {
  options.signal?.throwIfAborted();
  return settled(start(argv, { timeoutMs: RUN_TIMEOUT_MS, ...options }), options.signal);
}

/** Waits for the end of a program; throws the signal's reason where that is why it ended. */
export async function settled(child: Child, signal: AbortSignal | undefined): Promise<Ended> {
  const result = await child.end;
  signal?.throwIfAborted();
  return result;
}

/** Runs a program that has to succeed; throws `LabError` with what was being done and what the program said. */
export async function runOrFail(doing: string, argv: readonly string[], options: ChildOptions = {}): Promise<Ended> {
  const result = await run(argv, options);
  if (result.exitCode === 0) return result;
  throw new LabError('failed', `${doing}: ${result.stderr.trim() || `${argv[0]} ended with ${result.signal ?? result.exitCode}`}`);
}
