import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { Failure } from '../model/failure.ts';
import { findProgram, SYSTEM_FOLDERS } from './find-program.ts';

/** Where `ip netns add` binds namespaces. */
const NAMED = '/run/netns';

function requireNamespace(name: string): void {
  if (existsSync(join(NAMED, name))) return;
  const names = existsSync(NAMED) ? readdirSync(NAMED) : [];
  throw new Failure('refused', 'no-such-namespace', `There is no network namespace "${name}"`, {
    remedy: names.length === 0 ? 'None has a name here: ip netns add NAME' : `There are ${names.join(', ')}`,
  });
}

/** What tells the run inside who asks, what the terminal can do and where the records lie. */
const HANDED_ON =
  /^(?:SSH_CONNECTION|SUDO_UID|SUDO_USER|HOME|USER|TERM|COLORTERM|NO_COLOR|FORCE_COLOR|LANG|LC_[A-Z]+|CI|GITHUB_ACTIONS|PARP_[A-Z_]+)$/;

/** Nothing else of the environment: Node, the loader and libraries let variables of theirs bring in code, and write files. */
function environment(): Record<string, string> {
  const kept = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined && HANDED_ON.test(entry[0]));
  return { ...Object.fromEntries(kept), PATH: SYSTEM_FOLDERS.join(':') };
}

/**
 * Runs this program anew inside a named network namespace, as `ip netns exec` does: no process changes its namespace while it works,
 * because Node's worker threads would stay behind. Gives its exit code; signals of the terminal reach it by themselves.
 */
export async function enterNamespace(name: string, args: readonly string[]): Promise<number> {
  if (!/^[\w.@+-]{1,255}$/.test(name) || name === '.' || name === '..')
    throw new Failure('invalid', 'usage', `"${name}" is not the name of a network namespace`);
  requireNamespace(name);
  const keepAlive = (): void => undefined;
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, keepAlive);
  const program = process.argv[1] ?? '';
  const child = execa(findProgram('ip'), ['netns', 'exec', name, process.execPath, program, ...args], {
    stdio: 'inherit',
    reject: false,
    extendEnv: false,
    env: environment(),
  });
  const forward = (): void => void child.kill('SIGTERM');
  process.on('SIGTERM', forward);
  const result = await child;
  // parp itself never ends with 255: it is `ip` that could not enter.
  if (result.exitCode === 255) {
    throw new Failure('refused', 'missing-capability', `Entering the network namespace "${name}" needs CAP_SYS_ADMIN`, {
      remedy: 'Run it as root: sudo parp …',
    });
  }
  if (result.exitCode !== undefined) return result.exitCode;
  return result.signal === 'SIGINT' ? 130 : 143;
}
