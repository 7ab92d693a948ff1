import { hasFailpoints } from '../engine/failpoint.ts';
import { Failure } from '../model/failure.ts';
import { SYSTEM_FOLDERS } from './find-program.ts';
import { requireDescriptors } from './run-helper.ts';

/** What of the environment a process that outlives this one gets: nothing that loads code into it. */
export function cleanEnvironment(): Record<string, string> {
  const fault = hasFailpoints() ? process.env['PARP_FAULT'] : undefined;
  return { LC_ALL: 'C', PATH: SYSTEM_FOLDERS.join(':'), ...(fault === undefined ? {} : { PARP_FAULT: fault }) };
}

/**
 * Starts this program once more with these arguments, in a session of its own that outlives this process, and hands it `input` whole.
 * Gives its process id; it says nothing anywhere. Throws `Failure` where it cannot be started.
 */
export async function startDetached(args: readonly string[], input: string): Promise<number> {
  requireDescriptors(process.execPath);
  const { execa } = await import('execa');
  const child = execa(process.execPath, [process.argv[1] ?? '', ...args], {
    detached: true,
    cleanup: false,
    cwd: '/',
    extendEnv: false,
    env: cleanEnvironment(),
    stdin: 'pipe',
    stdout: 'ignore',
    stderr: 'ignore',
    reject: false,
  });
  if (child.pid === undefined) {
    const { code, shortMessage } = await child;
    throw new Failure('failed', 'not-started', `Start ${process.execPath}: ${code ?? shortMessage}`);
  }
  await new Promise<void>((resolve, reject) => {
    child.stdin.once('error', reject);
    child.stdin.end(input, resolve);
  });
  child.unref();
  return child.pid;
}
