import { fstatSync } from 'node:fs';
import { inAscii } from './ascii.ts';
import { folded } from './folded.ts';
import { isAsciiAlone } from './locale.ts';

export type Stream = 'stdout' | 'stderr';

/**
 * Every line that parp says to a person passes here. A pipe and a file get it as it is, whatever the locale, so that it can be compared and searched; a
 * terminal gets lines no wider than it is, and ASCII alone where its locale has no more. What programs read is written to stdout without it:
 * documents, schemas, scripts, the version. So is what is drawn in place, and fits itself: Terminal.live(), and the questions of inquirer.
 */
export function say(stream: Stream, text: string, { fold = true } = {}): void {
  if (!process[stream].isTTY) {
    process[stream].write(text);
    return;
  }
  const shown = asShown(stream, text);
  process[stream].write(fold ? folded(shown, columnsOf(stream)) : shown);
}

/** How wide a line may be there: as the terminal is, and without bound where it is none or does not know (a serial console of size 0 by 0). */
export function columnsOf(stream: Stream): number {
  const { isTTY, columns } = process[stream];
  return isTTY && columns > 0 ? columns : Infinity;
}

/** Text with the signs that are shown there: those of ASCII where a terminal has no others. */
export function asShown(stream: Stream, text: string): string {
  return isAsciiOn(stream) ? inAscii(text) : text;
}

/** Whether there is a terminal whose locale has ASCII alone. */
function isAsciiOn(stream: Stream): boolean {
  return process[stream].isTTY && isAsciiAlone(process.env, process.platform);
}

/** What whoever draws lines that must not be folded has to know: how wide they may be, and whether say() will write them in ASCII. */
export interface Screen {
  readonly columns: number;
  readonly isAscii: boolean;
}

/** No terminal: lines are as they are. */
export const PIPE: Screen = { columns: Infinity, isAscii: false };

export function screenOf(stream: Stream): Screen {
  return { columns: columnsOf(stream), isAscii: isAsciiOn(stream) };
}

/**
 * Whether a line of stderr can be written over: not on a terminal that cannot go back, or whose width is not known; and not where somebody else
 * writes what comes out of a pipe onto the same terminal, in the middle of the line for all that is known.
 */
export function isRewritable(): boolean {
  return columnsOf('stderr') !== Infinity && process.env['TERM'] !== 'dumb' && !isPipe(process.stdout.fd);
}

function isPipe(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isFIFO();
  } catch {
    return false;
  }
}
