import type { Prompter } from './init-prompter.ts';
import { isAsciiAlone } from './locale.ts';

/** Terminals that draw nothing over again, or perhaps not: questions are lines there. */
const PLAIN = /^(?:|dumb|unknown|network|vt5\d|vt1\d\d)$/;

/** Whether somebody can be asked. */
export function hasTerminal(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
}

/**
 * The prompter for this terminal: drawn by inquirer, or plain lines where TERM says that little can be drawn, the locale that there is nothing
 * but ASCII to draw with, or the size is unknown (a serial console of size 0 by 0). Each is loaded here alone.
 */
export async function openPrompter(signal: AbortSignal, color: boolean): Promise<Prompter> {
  const draws = !PLAIN.test(process.env['TERM'] ?? '') && !isAsciiAlone(process.env, process.platform) && process.stderr.columns > 0;
  if (!draws) return (await import('./init-plain.ts')).plainPrompter(signal);
  // inquirer asks the environment alone.
  if (!color) process.env['NO_COLOR'] = '1';
  return (await import('./init-inquirer.ts')).inquirerPrompter(signal);
}
