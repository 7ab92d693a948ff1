import { readFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { programPath, run, runOrFail } from './child-process.ts';
import { LabError } from './lab-error.ts';

/** Capability numbers (linux/capability.h). */
const CAP_NET_ADMIN = 12n;
const CAP_SYS_ADMIN = 21n;

/** Set in the environment of a parp that runs inside a user namespace made for the lab. */
const INSIDE = 'PARP_LAB_USER_NAMESPACE';

/** Whether this process may make network namespaces. */
export function mayMakeNamespaces(): boolean {
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'}`);
  return ((effective >> CAP_NET_ADMIN) & 1n) === 1n && ((effective >> CAP_SYS_ADMIN) & 1n) === 1n;
}

/** Whether this process is the one that `againInUserNamespace` started. */
export function isInUserNamespace(): boolean {
  return process.env[INSIDE] === '1';
}

/**
 * Starts a program anew as root of a user namespace of its own, with network and mounts of its own, sharing the terminal. Returns its exit code
 * when it has ended. Throws `LabError` where the kernel does not let users make such namespaces.
 */
export async function againInUserNamespace(argv: readonly string[]): Promise<number> {
  const unshare = [programPath('unshare'), '--user', '--map-root-user', '--net', '--mount'];
  const tried = await run([...unshare, '--', programPath('true')]);
  if (tried.exitCode !== 0) {
    throw new LabError('not-permitted', `Make a user namespace: ${tried.stderr.trim()}`, 'Run it as root: sudo parp lab');
  }
  const [file = '', ...rest] = [...unshare, '--', ...argv];
  const child = spawn(file, rest, { stdio: 'inherit', env: { ...process.env, [INSIDE]: '1' } });
  // The terminal sends ^C to both; a signal to this process alone has to be passed on. The other one cleans up and decides the exit code.
  const passOn = (signal: NodeJS.Signals): void => void child.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, passOn);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(name, passOn);
      resolve(code ?? (signal === 'SIGINT' ? 130 : 143));
    });
  });
}

/** Gives this mount namespace a /run of its own, where `ip netns` and parp's state can live. Only inside a user namespace. */
export async function ownRun(): Promise<void> {
  await runOrFail('Mount a /run of our own', ['mount', '-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', '/run']);
}
