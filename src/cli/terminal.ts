import { styleText } from 'node:util';
import type { Backend } from '../engine/backend.ts';
import { inAscii } from './ascii.ts';
import { cellsOf } from './cells.ts';
import { commandLine } from './command-line.ts';
import { isAsciiAlone } from './locale.ts';
import { columnsOf, isRewritable, say, type Stream } from './screen.ts';

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
  /** The command line that usually comes next, for whoever sits at a terminal; the words behind `parp`. Nothing elsewhere. */
  next(words: readonly string[]): void;
  /** A line of stderr that is written over by the next one, and goes when anything else is said; nothing where lines cannot be written over. */
  live(text: string): void;
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
  // Cells of the line that is written over, 0 where there is none.
  let shown = 0;
  const tell = (stream: Stream, text: string, how?: { readonly fold: boolean }): void => {
    if (shown > 0) process.stderr.write(`${' '.repeat(Math.min(shown, columnsOf('stderr') - 1))}\r`);
    shown = 0;
    say(stream, line(text), how);
  };
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
    next(words) {
      // Standard input is read by now, and what somebody pipes is not for a person.
      if (globals.json || globals.verbosity < 0 || words.includes('-') || !process.stderr.isTTY || !process.stdout.isTTY) return;
      const what = commandLine(words, globals);
      // What cannot be shown as it is cannot be copied.
      if (isAsciiAlone(process.env, process.platform) && inAscii(what) !== what) return;
      const said = `Next: ${what}`;
      // Behind a break that is not the terminal's own, what is copied would be two commands.
      const apart = said.length <= columnsOf('stderr') ? said : `Next:\n${what}`;
      tell('stderr', style('dim', apart, 'stderr'), { fold: false });
    },
    live(text) {
      if (!isRewritable()) return;
      // The last column stays free: a cursor that stands behind it has gone on to the next line on some terminals.
      const most = columnsOf('stderr') - 1;
      const fit = cutTo(isAsciiAlone(process.env, process.platform) ? inAscii(text) : text, most);
      const cells = cellsOf(fit);
      // Blanks instead of a sequence that erases, so that it works without any. The cursor waits at the beginning: what the terminal itself echoes,
      // such as ^C, is written over as well.
      process.stderr.write(`${fit}${' '.repeat(Math.max(0, Math.min(shown, most) - cells))}\r`);
      shown = cells;
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

function cutTo(text: string, most: number): string {
  if (cellsOf(text) <= most) return text;
  let cut = text.slice(0, most);
  while (cellsOf(cut) > most) cut = cut.slice(0, -1);
  return cut;
}
