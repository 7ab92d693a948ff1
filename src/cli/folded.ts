import { stripVTControlCharacters } from 'node:util';
import { cellsOf } from './cells.ts';

/** What a line can begin with: its indentation, and the mark of an item of a list, a choice, a change, a step or a comment. */
const BEGINNING = /^ *(?:(?:[-+~✔✖❯#]|ok|failed:|\d+[.)*]) )?/;

/** The mark of a comment: what goes on without it would be no comment any more. */
const COMMENT = '# ';

/** How far lines are set in below the one that they go on from, where no mark says it. */
const BELOW = 2;

/**
 * Lines of at most `columns` cells: a longer one is broken at spaces, never within a word, and goes on below its own text; a comment goes on as
 * one. A word that is longer than that, such as a path, stays whole: whoever copies it wants all of it. Sequences of styleText() take no cell.
 */
export function folded(text: string, columns: number): string {
  return text
    .split('\n')
    .map((line) => (cellsOf(stripVTControlCharacters(line)) <= columns ? line : foldLine(line, columns)))
    .join('\n');
}

function foldLine(line: string, columns: number): string {
  const plain = stripVTControlCharacters(line);
  const beginning = BEGINNING.exec(plain)?.[0] ?? '';
  const mark = beginning.endsWith(COMMENT) ? COMMENT : '';
  const hang = beginning.trim() === '' ? beginning.length + BELOW : beginning.length - mark.length;
  const indent = ' '.repeat(hang < columns / 2 ? hang : 0) + mark;
  const lines: string[] = [];
  let current = '';
  let cells = 0;
  // The gap that the beginning holds is no place to break.
  let isBegun = false;
  for (const piece of piecesOf(line)) {
    const width = cellsOf(stripVTControlCharacters(piece));
    if (isBegun && width > 0 && cells + width > columns && piece.trim() !== '') {
      lines.push(current.trimEnd());
      current = indent + piece;
      cells = indent.length + width;
    } else {
      current += piece;
      cells += width;
    }
    isBegun ||= cells > beginning.length;
  }
  return [...lines, current.trimEnd()].join('\n');
}

/** Words and the gaps between them, in turn; a style belongs to what it stands beside. */
function piecesOf(line: string): string[] {
  return line.split(/( +)/).filter((piece) => piece !== '');
}
