import { readFileSync, rmSync } from 'node:fs';
import { until } from './confirm-window.ts';
import type { Network } from './namespaces.ts';

/** A pseudo-terminal of `script` with a program in it, on the host `router`. */
export interface TerminalOf {
  /** A command for the program's own failpoint: the terminal dies under it, as with the window or the connection that it is in. */
  readonly dieCommand: string;
  /** The program's process, known once `dieCommand` has run. */
  pid(): Promise<number>;
}

/** Starts a program on a terminal. `env` is told what to do with `dieCommand`. */
export function onTerminal(
  net: Network,
  argv: readonly string[],
  env: (dieCommand: string) => Readonly<Record<string, string>>,
): TerminalOf {
  const file = (name: string): string => `${net.lab.folder}/${name}.pid`;
  const dieCommand = `echo $PPID > ${file('program')}; kill -9 $(cat ${file('script')}); sleep 0.1`;
  rmSync(file('program'), { force: true });
  const line = `exec ${argv.map((word) => `'${word}'`).join(' ')}`;
  const start = 'echo $$ > "$1"; exec script -qec "$2" /dev/null';
  net.spawn('router', ['sh', '-c', start, 'sh', file('script'), line], { env: env(dieCommand) });
  return {
    dieCommand,
    pid: async () => {
      const read = (): number => {
        try {
          return Number(readFileSync(file('program'), 'utf8'));
        } catch {
          return 0;
        }
      };
      await until('the terminal has died', () => read() > 0, 20_000);
      return read();
    },
  };
}
