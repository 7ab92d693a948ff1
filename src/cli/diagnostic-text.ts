import type { Diagnostic } from '../profile/diagnostic.ts';
import { cellsOf } from './cells.ts';
import type { Terminal } from './terminal.ts';

/** How many characters of a line are shown; longer ones are cut around the mistake, and `dots` stand for the rest. */
interface Cutting {
  readonly widest: number;
  readonly dots: string;
}

const USUAL: Cutting = { widest: 120, dots: '…' };
/** Of a long line so much stays before the mistake, of its whole. */
const BEFORE = 1 / 4;
/** However narrow a terminal is. */
const NARROWEST = 16;
const TAB = 4;

/** Mistakes as text for stderr of so many columns: each with its place, its line, a caret under it and what to write instead. */
export function drawDiagnostics(diagnostics: readonly Diagnostic[], terminal: Pick<Terminal, 'style'>, columns = Infinity): string {
  return diagnostics.map((diagnostic) => drawDiagnostic(diagnostic, terminal, columns)).join('\n\n');
}

function drawDiagnostic(diagnostic: Diagnostic, terminal: Pick<Terminal, 'style'>, columns: number): string {
  const { severity, code, message, file, line, column, instead } = diagnostic;
  const paint = (style: Parameters<Terminal['style']>[0], text: string): string => terminal.style(style, text, 'stderr');
  const color = severity === 'error' ? 'red' : 'yellow';
  if (code === 'more-mistakes') return `${paint('bold', escapeText(message))} (from ${escapeText(file)}:${line} on)`;
  const gutter = ' '.repeat(String(line).length);
  const { text, before, under } = underline(diagnostic, columns - gutter.length - ' | '.length);
  return [
    `${paint(color, `${severity}[${code}]`)}${paint('bold', `: ${escapeText(message)}`)}`,
    `${gutter}${paint('blue', '-->')} ${escapeText(file)}:${line}:${column}`,
    `${gutter} ${paint('blue', '|')}`,
    `${paint('blue', `${line} |`)} ${text}`.trimEnd(),
    `${gutter} ${paint('blue', '|')} ${' '.repeat(before)}${paint(color, '^'.repeat(under))}`,
    ...(instead === undefined ? [] : [`${gutter} ${paint('blue', '=')} ${paint('cyan', 'help')}: write ${quoted(instead)}`]),
  ].join('\n');
}

/** The line, or what of it is near the mistake, as a terminal with that much room shows it; and the cells before the caret and under it. */
function underline(
  { excerpt, column, length }: Diagnostic,
  room: number,
): { readonly text: string; readonly before: number; readonly under: number } {
  const cut = cutLine(excerpt, column, length, cuttingFor(excerpt, room));
  const characters = Array.from(cut.text);
  const drawn: string[] = [];
  let cells = 0;
  let before = 0;
  let under = 0;
  characters.forEach((character, i) => {
    const shown = character === '\t' ? ' '.repeat(TAB - (cells % TAB)) : escapeText(character);
    const width = cellsOf(shown);
    if (i < cut.column - 1) before += width;
    else if (i < cut.column - 1 + length) under += width;
    cells += width;
    drawn.push(shown);
  });
  const start = cut.head.length;
  return { text: `${cut.head}${drawn.join('')}${cut.tail}`, before: start + before, under: Math.max(1, under) };
}

/** How a line is cut where a terminal has that much room. Dots of one cell each keep the caret in its place where they are no single sign. */
function cuttingFor(excerpt: string, room: number): Cutting {
  if (room === Infinity || excerpt.length <= Math.min(room, USUAL.widest)) return USUAL;
  return { widest: Math.min(USUAL.widest, Math.max(NARROWEST, room - '... '.length * 2)), dots: '...' };
}

/** What is shown of a line, and at which column of that the mistake stands. */
export function cutLine(
  excerpt: string,
  column: number,
  length: number,
  { widest, dots }: Cutting = USUAL,
): { readonly head: string; readonly text: string; readonly tail: string; readonly column: number } {
  if (excerpt.length <= widest) return { head: '', text: excerpt, tail: '', column };
  const characters = Array.from(excerpt);
  const before = Math.floor(widest * BEFORE);
  const from = column + Math.min(length, widest - before) <= widest ? 0 : Math.max(0, column - 1 - before);
  const text = characters.slice(from, from + widest).join('');
  return { head: from > 0 ? `${dots} ` : '', text, tail: from + widest < characters.length ? ` ${dots}` : '', column: column - from };
}

/** Control characters and marks that turn the direction of text, made visible: a terminal would obey them. */
export function escapeText(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cs}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}

function quoted(instead: string): string {
  const text = escapeText(instead);
  return /^"|^(?:true|false|-?\d+)$/.test(text) ? text : `"${text}"`;
}
