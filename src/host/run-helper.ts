import { closeSync, openSync } from 'node:fs';
import { Failure } from '../model/failure.ts';
import { errnoOf } from './errno.ts';
import { findProgram, SYSTEM_FOLDERS, type HelperName } from './find-program.ts';

export interface HelperCall {
  /** What the helper reads on its standard input; nothing where absent. */
  readonly input?: string;
  readonly timeoutMs?: number;
  /** The most that is taken of its output, in characters. */
  readonly maxOutput?: number;
  /** Where to look for it instead of the system's folders. */
  readonly folders?: readonly string[];
}

export interface HelperAnswer {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

const TIMEOUT_MS = 30_000;
const MAX_OUTPUT = 16 * 1024 * 1024;
/** From SIGTERM to SIGKILL. */
const GRACE_MS = 2000;

/** A descriptor that a child gets as well. execa's types end at 9; Node itself takes any (child_process, options.stdio). */
type Inherited = 9;

let kept: readonly Inherited[] = [];

/**
 * Descriptors that every helper from now on holds open as well. With the lock among them, a helper that outlives a killed parp keeps
 * the next one from taking back what is still being written.
 */
export function keepOpenInHelpers(descriptors: readonly number[]): void {
  kept = descriptors.map((descriptor) => descriptor as Inherited);
}

/** What a child takes: three pipes, the pipe by which libuv hears of the exec, and the descriptors that are opened on the way. */
const DESCRIPTORS = 12;

/**
 * Throws `Failure` where there are no descriptors for the pipes of a child. execa throws of its own then, and leaves behind an 'error' event of
 * the child that nobody hears, which ends the process in the middle of its work.
 */
export function requireDescriptors(program: string): void {
  const opened: number[] = [];
  try {
    while (opened.length < DESCRIPTORS) opened.push(openSync('/dev/null', 'r'));
  } catch (cause) {
    throw new Failure('refused', 'helper-failed', `\`${program}\` could not be run: ${errnoOf(cause) ?? String(cause)}`, { cause });
  } finally {
    for (const descriptor of opened) closeSync(descriptor);
  }
}

/**
 * Runs `ip` or `nft` and gives what it said and its exit code, whichever that is. It runs in a process group of its own, so that the
 * ^C which ends parp does not cut it off in the middle of a change, with an environment that holds nothing of the caller's.
 * Throws `Failure` where it cannot be started, does not end by itself within the time limit, or says more than the limit.
 */
export async function runHelper(name: HelperName, args: readonly string[], call: HelperCall = {}): Promise<HelperAnswer> {
  const timeoutMs = call.timeoutMs ?? TIMEOUT_MS;
  const program = findProgram(name, call.folders);
  requireDescriptors(program);
  // Loaded with the first helper: most commands need none.
  const { execa } = await import('execa');
  const result = await execa(program, args, {
    reject: false,
    extendEnv: false,
    env: { LC_ALL: 'C', PATH: SYSTEM_FOLDERS.join(':') },
    cwd: '/',
    detached: true,
    stripFinalNewline: false,
    timeout: timeoutMs,
    killSignal: 'SIGTERM',
    forceKillAfterDelay: GRACE_MS,
    maxBuffer: call.maxOutput ?? MAX_OUTPUT,
    stdio: [call.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', ...kept],
    ...(call.input === undefined ? {} : { input: call.input }),
  });
  if (result.timedOut) {
    throw new Failure('refused', 'helper-timeout', `\`${program}\` did not end within ${timeoutMs / 1000} s`);
  }
  if (result.isMaxBuffer) {
    throw new Failure(
      'refused',
      'helper-output',
      `\`${program}\` says more than the ${call.maxOutput ?? MAX_OUTPUT} characters that parp takes`,
    );
  }
  if (result.signal !== undefined) {
    throw new Failure('refused', 'helper-killed', `\`${program}\` was killed by ${result.signal}`);
  }
  if (result.exitCode === undefined) {
    throw new Failure('refused', 'helper-failed', `\`${program}\` could not be run: ${result.code ?? result.shortMessage}`, {
      cause: result.cause,
    });
  }
  return { exitCode: result.exitCode, stdout: result.stdout, stderr: result.stderr };
}
