import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inAscii } from '../../src/cli/ascii.ts';
import { cellsOf } from '../../src/cli/cells.ts';
import { cutLine, drawDiagnostics, escapeText } from '../../src/cli/diagnostic-text.ts';
import { folded } from '../../src/cli/folded.ts';
import type { Diagnostic } from '../../src/profile/diagnostic.ts';
import { recordingTerminal } from './recording-terminal.ts';

const MISTAKE: Diagnostic = {
  severity: 'error',
  code: 'unknown-key',
  message: 'Unknown key "adresses"',
  file: 'office.yaml',
  line: 3,
  column: 5,
  length: 8,
  instead: 'addresses',
  excerpt: '    adresses: [10.0.0.1/24]',
};

const draw = (...mistakes: Partial<Diagnostic>[]): string =>
  drawDiagnostics(
    mistakes.map((mistake) => ({ ...MISTAKE, ...mistake })),
    recordingTerminal(),
  );

/** The characters of the drawn line that stand above the caret. */
function underlined(text: string): string {
  const lines = text.split('\n');
  const carets = lines.findIndex((line) => /^ +\| +\^+$/.test(line));
  const [start, end] = [lines[carets]?.indexOf('^') ?? 0, lines[carets]?.length];
  return lines[carets - 1]?.slice(start, end) ?? '';
}

describe('drawDiagnostics()', () => {
  it('draws the place, the line, a caret under the mistake, and what to write instead', () => {
    expect(draw({})).toBe(
      [
        'error[unknown-key]: Unknown key "adresses"',
        ' --> office.yaml:3:5',
        '  |',
        '3 |     adresses: [10.0.0.1/24]',
        '  |     ^^^^^^^^',
        '  = help: write "addresses"',
      ].join('\n'),
    );
  });

  it('puts an empty line between two', () => {
    expect(draw({}, { severity: 'warning', line: 12 }).split('\n\n')[1]).toMatch(
      /^warning\[unknown-key\].*\n {2}--> office\.yaml:12:5\n {3}\|\n12 \| /,
    );
  });

  it.each<[instead: string, help: string]>([
    ['10.0.0.0/24', 'write "10.0.0.0/24"'],
    ['"100"', 'write "100"'],
    ['false', 'write false'],
    ['800', 'write 800'],
  ])('writes %s as a profile needs it', (instead, help) => expect(draw({ instead })).toContain(`help: ${help}`));

  it('keeps the caret under the mistake behind tabs and wide characters', () => {
    const excerpt = '\ta:\t日本 x adresses: 1';
    const text = draw({ excerpt, column: 10 });
    const lines = text.split('\n');
    // Each wide character takes a second cell, which its text has not.
    expect(lines[4]?.indexOf('^')).toBe((lines[3]?.indexOf('adresses') ?? 0) + 2);
    expect(underlined(draw({ excerpt: '\tb:\tadresses: 1', column: 5 }))).toBe('adresses');
    expect(draw({ excerpt: 'b:\tadresses: 1', column: 4 })).toContain('3 | b:  adresses: 1');
  });

  it('shows control characters, and never sends them', () => {
    const text = draw({
      message: 'Unknown key "\u001b[31m"',
      file: 'a\u001b]0;x\u0007.yaml',
      excerpt: 'ab\u001b[2Jadresses: 1\u202e',
      column: 7,
    });
    expect(text).not.toMatch(/(?!\n)[\p{Cc}\u202e]/u);
    expect(text).toContain('\\x1b[2J');
    expect(underlined(text)).toBe('adresses');
  });

  it('cuts a long line around the mistake', () => {
    const excerpt = `${'x'.repeat(5000)}adresses${'y'.repeat(5000)}`;
    const text = draw({ excerpt, column: 5001 });
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(140);
    expect(underlined(text)).toBe('adresses');
  });

  it.each([20, 30, 40, 80, 132, 300])('keeps line and caret within a terminal of %i columns', (columns) => {
    for (const [before, after] of [
      [0, 0],
      [0, 200],
      [columns - 8, 0],
      [columns - 12, 0],
      [200, 0],
      [200, 200],
    ]) {
      const excerpt = `${'x'.repeat(before ?? 0)}adresses${'y'.repeat(after ?? 0)}`;
      const text = drawDiagnostics([{ ...MISTAKE, excerpt, column: 1 + (before ?? 0) }], recordingTerminal(), { columns, isAscii: false });
      const lines = text.split('\n').slice(3, 5);
      expect(Math.max(...lines.map((line) => line.length)), text).toBeLessThanOrEqual(columns);
      expect(underlined(text)).toBe('adresses');
      expect(text).not.toContain('…');
    }
  });

  it('puts the caret under any mistake in any line', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '\t', ' '), maxLength: 300 });
    fc.assert(
      fc.property(letters, letters, (before, after) => {
        expect(underlined(draw({ excerpt: `${before}adresses${after}`, column: before.length + 1 }))).toBe('adresses');
      }),
    );
  });

  it('measures what a terminal of ASCII alone shows instead', () => {
    const excerpt = 'announce: { "→→→→": 1, form: bad }';
    const mistake = { ...MISTAKE, excerpt, column: 30, length: 3 };
    const drawn = drawDiagnostics([mistake], recordingTerminal(), { columns: 80, isAscii: true });
    expect(drawn).toContain('3 | announce: { "->->->->": 1, form: bad }');
    expect(underlined(drawn)).toBe('bad');
    // Elsewhere the file is shown as it is.
    expect(underlined(draw(mistake))).toBe('bad');
    expect(draw(mistake)).toContain('→→→→');
  });

  it('keeps line and caret unfolded, and together, on any terminal', () => {
    const any = fc.string({ unit: fc.constantFrom('a', ' ', '\t', '→', '日', '\u202e', 'é', '\u0301'), maxLength: 200 });
    fc.assert(
      fc.property(any, any, fc.integer({ min: 12, max: 140 }), fc.boolean(), (before, after, columns, isAscii) => {
        const mistake = { ...MISTAKE, excerpt: `${before}bad${after}`, column: Array.from(before).length + 1, length: 3 };
        const text = drawDiagnostics([mistake], recordingTerminal(), { columns, isAscii });
        const [line = '', carets = ''] = text.split('\n').slice(3, 5);
        expect(Math.max(cellsOf(line), cellsOf(carets)), text).toBeLessThanOrEqual(columns);
        expect(folded(`${line}\n${carets}`, columns)).toBe(`${line}\n${carets}`);
        // By cells: what stands right above the carets.
        const above = Array.from(isAscii ? inAscii(line) : line);
        while (cellsOf(above.join('')) > carets.indexOf('^') + 3) above.pop();
        expect(above.join('').replaceAll('\u0301', '')).toMatch(/bad$/);
        expect(carets.replaceAll(/[^^]/g, '')).toBe('^^^');
      }),
    );
  });

  it.each([12, 20, 40])('puts the caret of what is missing behind the end of a line, in %i columns', (columns) => {
    for (const length of [1, columns - 5, columns - 4, columns - 3, columns, 200]) {
      const excerpt = `${'x'.repeat(length - 1)}:`;
      const mistake = { ...MISTAKE, excerpt, column: length + 1, length: 1 };
      const [line = '', carets = ''] = drawDiagnostics([mistake], recordingTerminal(), { columns, isAscii: false }).split('\n').slice(3, 5);
      expect(carets.length).toBeLessThanOrEqual(columns);
      expect(carets.indexOf('^')).toBe(line.indexOf(':') + 1);
    }
  });

  it('counts what is not shown', () => {
    expect(draw({ code: 'more-mistakes', message: 'And 7 more mistakes', line: 40 })).toBe('And 7 more mistakes (from office.yaml:40 on)');
  });

  it('colours only where the terminal does', () => {
    expect(drawDiagnostics([MISTAKE], recordingTerminal({ color: true }))).toContain('\u001b[31m');
    expect(draw({})).not.toContain('\u001b');
  });
});

describe('cutLine()', () => {
  it('leaves short lines alone', () => {
    expect(cutLine('abc', 2, 1)).toEqual({ head: '', text: 'abc', tail: '', column: 2 });
  });
});

describe('escapeText()', () => {
  it.each<[string, string]>([
    ['plain ö 日', 'plain ö 日'],
    ['\n\t\0', '\\x0a\\x09\\x00'],
    ['\u0085\u009b', '\\x85\\x9b'],
    ['\u202e\u2066\ufeff', '\\u{202e}\\u{2066}\\u{feff}'],
    ['\ud800', '\\u{d800}'],
  ])('of %j is %j', (text, escaped) => expect(escapeText(text)).toBe(escaped));
});
