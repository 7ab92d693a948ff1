import { execa } from 'execa';

/**
 * Starts this program once more with these arguments, in a session of its own that outlives this process, and hands it `input` whole.
 * Gives its process id; it says nothing anywhere. Rejects where it cannot be started.
 */
export async function startDetached(args: readonly string[], input: string): Promise<number | undefined> {
  const child = execa(process.execPath, [process.argv[1] ?? '', ...args], {
    detached: true,
    cleanup: false,
    cwd: '/',
    stdin: 'pipe',
    stdout: 'ignore',
    stderr: 'ignore',
    reject: false,
  });
  await new Promise<void>((resolve, reject) => {
    child.stdin.once('error', reject);
    child.stdin.end(input, resolve);
  });
  child.unref();
  return child.pid;
}
