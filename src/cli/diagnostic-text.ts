import type { Diagnostic } from '../profile/diagnostic.ts';
import type { Terminal } from './terminal.ts';

/** Longer lines are cut around the mistake. */
const WIDEST = 120;
/** What stays of a long line before the mistake. */
const BEFORE = 30;
const TAB = 4;

/** Mistakes as text for stderr: each with its place, its line, a caret under it and what to write instead. */
export function drawDiagnostics(diagnostics: readonly Diagnostic[], terminal: Pick<Terminal, 'style'>): string {
  return diagnostics.map((diagnostic) => drawDiagnostic(diagnostic, terminal)).join('\n\n');
}

function drawDiagnostic(diagnostic: Diagnostic, terminal: Pick<Terminal, 'style'>): string {
  const { severity, code, message, file, line, column, instead } = diagnostic;
  const paint = (style: Parameters<Terminal['style']>[0], text: string): string => terminal.style(style, text, 'stderr');
  const color = severity === 'error' ? 'red' : 'yellow';
  if (code === 'more-mistakes') return `${paint('bold', escapeText(message))} (from ${escapeText(file)}:${line} on)`;
  const gutter = ' '.repeat(String(line).length);
  const { text, before, under } = underline(diagnostic);
  return [
    `${paint(color, `${severity}[${code}]`)}${paint('bold', `: ${escapeText(message)}`)}`,
    `${gutter}${paint('blue', '-->')} ${escapeText(file)}:${line}:${column}`,
    `${gutter} ${paint('blue', '|')}`,
    `${paint('blue', `${line} |`)} ${text}`.trimEnd(),
    `${gutter} ${paint('blue', '|')} ${' '.repeat(before)}${paint(color, '^'.repeat(under))}`,
    ...(instead === undefined ? [] : [`${gutter} ${paint('blue', '=')} ${paint('cyan', 'help')}: write ${quoted(instead)}`]),
  ].join('\n');
}

/** The line, or what of it is near the mistake, as a terminal shows it; and the cells before the caret and under it. */
function underline({ excerpt, column, length }: Diagnostic): { readonly text: string; readonly before: number; readonly under: number } {
  const cut = cutLine(excerpt, column, length);
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

/** What is shown of a line, and at which column of that the mistake stands. */
export function cutLine(
  excerpt: string,
  column: number,
  length: number,
): { readonly head: string; readonly text: string; readonly tail: string; readonly column: number } {
  if (excerpt.length <= WIDEST) return { head: '', text: excerpt, tail: '', column };
  const characters = Array.from(excerpt);
  const from = column + Math.min(length, WIDEST - BEFORE) <= WIDEST ? 0 : Math.max(0, column - 1 - BEFORE);
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

/** East Asian characters and emoji take two cells, combining marks none. */
function cellsOf(text: string): number {
  let cells = 0;
  for (const character of text) {
    if (/\p{M}/u.test(character)) continue;
    cells += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u.test(
      character,
    )
      ? 2
      : 1;
  }
  return cells;
}

function quoted(instead: string): string {
  const text = escapeText(instead);
  return /^"|^(?:true|false|-?\d+)$/.test(text) ? text : `"${text}"`;
}
