import type { Diagnostic } from '../profile/diagnostic.ts';
import { inAscii } from './ascii.ts';
import { cellsOf } from './cells.ts';
import { PIPE, type Screen } from './screen.ts';
import type { Terminal } from './terminal.ts';

/** Of longer lines so many characters are shown, around the mistake. */
const WIDEST = 120;
/** Of a line that is cut so much stays before the mistake, of what is shown. */
const BEFORE = 1 / 4;
const TAB = 4;
/** For what is cut away where a terminal is narrow: three signs, so that they take three cells in each locale. */
const DOTS = '...';
/** Cells of a line below which dots would take the place of what matters. */
const NARROW = 16;

/** Mistakes as text for such a screen: each with its place, its line, a caret under it and what to write instead. */
export function drawDiagnostics(diagnostics: readonly Diagnostic[], terminal: Pick<Terminal, 'style'>, screen = PIPE): string {
  return diagnostics.map((diagnostic) => drawDiagnostic(diagnostic, terminal, screen)).join('\n\n');
}

function drawDiagnostic(diagnostic: Diagnostic, terminal: Pick<Terminal, 'style'>, screen: Screen): string {
  const { severity, code, message, file, line, column, instead } = diagnostic;
  const paint = (style: Parameters<Terminal['style']>[0], text: string): string => terminal.style(style, text, 'stderr');
  const color = severity === 'error' ? 'red' : 'yellow';
  if (code === 'more-mistakes') return `${paint('bold', escapeText(message))} (from ${escapeText(file)}:${line} on)`;
  const gutter = ' '.repeat(String(line).length);
  const { text, before, under } = underline(diagnostic, { ...screen, columns: Math.max(1, screen.columns - gutter.length - ' | '.length) });
  return [
    `${paint(color, `${severity}[${code}]`)}${paint('bold', `: ${escapeText(message)}`)}`,
    `${gutter}${paint('blue', '-->')} ${escapeText(file)}:${line}:${column}`,
    `${gutter} ${paint('blue', '|')}`,
    `${paint('blue', `${line} |`)} ${text}`.trimEnd(),
    `${gutter} ${paint('blue', '|')} ${' '.repeat(before)}${paint(color, '^'.repeat(under))}`,
    ...(instead === undefined ? [] : [`${gutter} ${paint('blue', '=')} ${paint('cyan', 'help')}: write ${quoted(instead)}`]),
  ].join('\n');
}

/** A character as it is shown, in cells of the line. */
interface Glyph {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly isMistake: boolean;
}

/**
 * The line, or what of it is near the mistake, in as many cells as a screen has; and the cells before the caret and under it. Neither line is ever
 * wider than that: folded, they would no longer stand below one another.
 */
function underline(
  { excerpt, column, length }: Diagnostic,
  { columns, isAscii }: Screen,
): { readonly text: string; readonly before: number; readonly under: number } {
  const cut = cutLine(excerpt, column, length);
  const glyphs = glyphsOf(cut.text, isAscii, (at) => at >= cut.column - 1 && at < cut.column - 1 + length);
  const end = glyphs.at(-1)?.end ?? 0;
  const mistake = glyphs.find(({ isMistake }) => isMistake)?.start ?? end;
  // Behind the end of its line a mistake takes one cell all the same.
  const under = Math.max(1, (glyphs.findLast(({ isMistake }) => isMistake)?.end ?? end) - mistake);
  const whole = Math.max(end, mistake + under);
  if (columns === Infinity) return { text: `${cut.head}${textOf(glyphs)}${cut.tail}`, before: cut.head.length + mistake, under };
  const isCut = cut.head !== '' || cut.tail !== '';
  if (!isCut && whole <= columns) return { text: textOf(glyphs), before: mistake, under };

  const dots = columns < NARROW ? '' : DOTS;
  const room = columns < NARROW ? columns : columns - `${DOTS} `.length * 2;
  const before = Math.max(0, Math.min(Math.floor(room * BEFORE), room - under));
  const from = mistake + Math.min(under, room - before) <= room ? 0 : Math.max(0, Math.min(mistake - before, whole - room));
  const shown = glyphs.filter((glyph) => glyph.start >= from && glyph.end <= from + room);
  const start = shown[0]?.start ?? from;
  const head = dots !== '' && (cut.head !== '' || start > 0) ? `${dots} ` : '';
  const tail = dots !== '' && (cut.tail !== '' || (shown.at(-1)?.end ?? 0) < end) ? ` ${dots}` : '';
  return {
    text: `${head}${textOf(shown)}${tail}`,
    before: head.length + mistake - start,
    under: Math.max(1, Math.min(under, start + room - mistake)),
  };
}

function glyphsOf(text: string, isAscii: boolean, isMistake: (at: number) => boolean): readonly Glyph[] {
  let cells = 0;
  return Array.from(text).flatMap((character, at) => {
    const shown = character === '\t' ? ' '.repeat(TAB - (cells % TAB)) : escapeText(character);
    // What a character becomes, such as a tab or `\u{202e}`, can be cut as well.
    return Array.from(isAscii ? inAscii(shown) : shown, (sign): Glyph => {
      const start = cells;
      cells += cellsOf(sign);
      return { text: sign, start, end: cells, isMistake: isMistake(at) };
    });
  });
}

function textOf(glyphs: readonly Glyph[]): string {
  return glyphs.map(({ text }) => text).join('');
}

/** What is shown of a line however wide a screen is, and at which column of that the mistake stands. */
export function cutLine(
  excerpt: string,
  column: number,
  length: number,
): { readonly head: string; readonly text: string; readonly tail: string; readonly column: number } {
  if (excerpt.length <= WIDEST) return { head: '', text: excerpt, tail: '', column };
  const characters = Array.from(excerpt);
  const before = Math.floor(WIDEST * BEFORE);
  const from = column + Math.min(length, WIDEST - before) <= WIDEST ? 0 : Math.max(0, column - 1 - before);
  const text = characters.slice(from, from + WIDEST).join('');
  return { head: from > 0 ? '… ' : '', text, tail: from + WIDEST < characters.length ? ' …' : '', column: column - from };
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
