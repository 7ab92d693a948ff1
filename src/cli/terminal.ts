import { styleText } from 'node:util';
import type { Backend } from '../engine/backend.ts';
import { columnsOf, say, type Stream } from './screen.ts';

/** The options that every command takes. */
export interface Globals {
  readonly json: boolean;
  readonly stateDir: string | undefined;
  readonly engine: Backend['name'];
  readonly color: boolean;
  /** -1 with -q, 1 with -v. */
  readonly verbosity: -1 | 0 | 1;
}

type Style = Parameters<typeof styleText>[0];

/** Where a command's words go: results on stdout, notices on stderr, and with --json one document alone on stdout. */
export interface Terminal {
  readonly globals: Globals;
  /** A result: a line, or several, on stdout; nothing with --json. */
  print(text: string): void;
  /** A result that programs read, or that loses its shape when lines are broken: on stdout as it is; nothing with --json. */
  verbatim(text: string): void;
  /** A notice on stderr; nothing with -q. */
  note(text: string): void;
  /** A notice that only -v shows. */
  detail(text: string): void;
  /** The mistake that ended the command, on stderr, whatever the verbosity. */
  error(text: string): void;
  /** The one document of --json: `{"schema":"parp.<command>/1", …}`. Nothing without --json. */
  document(command: string, content: object): void;
  /** A document that is the result with --json and without. */
  result(command: string, content: object): void;
  /** Colours text for stdout or stderr where that is a terminal that wants it. */
  style(style: Style, text: string, stream?: Stream): string;
  /** Columns of stdout; 80 where it is no terminal. */
  readonly columns: number;
}

export function createTerminal(globals: Globals): Terminal {
  const line = (text: string): string => (text.endsWith('\n') ? text : `${text}\n`);
  const colored = (stream: Stream): boolean =>
    globals.color && (process.env['NO_COLOR'] ?? '') === '' && process.env['TERM'] !== 'dumb' && process[stream].isTTY;
  const style: Terminal['style'] = (of, text, stream = 'stdout') =>
    colored(stream) ? styleText(of, text, { validateStream: false }) : text;
  const tell = (stream: Stream, text: string): void => say(stream, line(text));
  return {
    globals,
    print(text) {
      if (!globals.json) tell('stdout', text);
    },
    verbatim(text) {
      if (!globals.json) process.stdout.write(line(text));
    },
    note(text) {
      if (globals.verbosity >= 0) tell('stderr', text);
    },
    detail(text) {
      if (globals.verbosity > 0) tell('stderr', text);
    },
    error(text) {
      tell('stderr', text);
    },
    document(command, content) {
      if (globals.json) this.result(command, content);
    },
    result(command, content) {
      process.stdout.write(`${JSON.stringify({ schema: `parp.${command}/1`, ...content })}\n`);
    },
    style,
    get columns() {
      const columns = columnsOf('stdout');
      return columns === Infinity ? 80 : columns;
    },
  };
}
