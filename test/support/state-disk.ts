import { mkdirSync } from 'node:fs';
import type { ChildOptions, Ended } from '../../src/lab/child-process.ts';
import type { Network } from './namespaces.ts';

/** A view of the files in which the folder of all records is a file system of its own. It ends with the network, or at `leave`. */
export interface StateDisk {
  /** Runs a program on the router, with that view. */
  run(argv: readonly string[], options?: ChildOptions): Promise<Ended>;
  /** Runs lines of shell there that have to succeed; gives what they print. `$S` is the folder. */
  sh(lines: string): Promise<string>;
  leave(): Promise<void>;
}

/** Mounts the folder of all records anew, with lines of shell in which `$S` is that folder, in a mount namespace of its own. */
export async function mountState(net: Network, mount: string): Promise<StateDisk> {
  const { stateDir } = net.lab;
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const child = net.spawn('router', ['unshare', '--mount', 'sh', '-c', `S=${stateDir}; ${mount} && echo mounted && exec sleep 600`]);
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    child.end.then(({ stderr }) => reject(new Error(`Mount ${mount}: ${stderr}`)), reject);
  });
  const inside = ['nsenter', `--mount=/proc/${child.pid}/ns/mnt`];
  const run = async (argv: readonly string[], options?: ChildOptions): Promise<Ended> => net.run('router', [...inside, ...argv], options);
  return {
    run,
    sh: async (lines) => {
      const { exitCode, stdout, stderr } = await run(['sh', '-c', `S=${stateDir}; ${lines}`]);
      if (exitCode !== 0) throw new Error(`${lines}: ${stderr}`);
      return stdout;
    },
    leave: async () => {
      child.kill('SIGKILL');
      await child.end;
    },
  };
}
