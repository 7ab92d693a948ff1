import { PARP, type Network } from './namespaces.ts';

/** A terminal, as far as a program can tell. */
export interface TerminalKind {
  readonly columns: number;
  /** TERM, the locale, NO_COLOR. */
  readonly env: Readonly<Record<string, string>>;
}

export interface Shown {
  readonly exitCode: number | null;
  /** What the terminal was sent, but for the carriage return that it makes of each line's end itself. */
  readonly raw: string;
}

/** Runs parp on a host to its end, with a pseudo-terminal of that kind as all of its streams. */
export async function shownOn(net: Network, host: string, args: readonly string[], { columns, env }: TerminalKind): Promise<Shown> {
  const program = [...PARP, ...args].map(quoted).join(' ');
  const line = `stty rows 24 cols ${columns}; exec ${program}`;
  const { exitCode, stdout } = await net.run(host, ['script', '-qec', line, '/dev/null'], {
    input: '',
    env: { TERM: 'xterm', SHELL: '/bin/sh', LC_ALL: '', ...env },
  });
  return { exitCode, raw: stdout.replaceAll('\r\n', '\n') };
}

/** The same in a pipe that is closed behind the first line; `raw` is that line. */
export async function shownInHead(net: Network, host: string, args: readonly string[], env: TerminalKind['env']): Promise<Shown> {
  const code = `${net.lab.folder}/exit-code`;
  const program = [...PARP, ...args].map(quoted).join(' ');
  const { stdout } = await net.run(host, ['sh', '-c', `{ ${program}; echo $? > ${code}; } 2>&1 | head -1; cat ${code}`], { env });
  const [exitCode = '', ...lines] = stdout.trimEnd().split('\n').toReversed();
  return { exitCode: Number(exitCode), raw: lines.toReversed().join('\n') };
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
