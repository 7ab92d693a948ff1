import { styleText, stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { cellsOf } from '../../src/cli/cells.ts';
import { folded } from '../../src/cli/folded.ts';

describe('folded()', () => {
  it.each<[what: string, line: string, lines: readonly string[]]>([
    ['what fits', 'eth0: ok', ['eth0: ok']],
    [
      'at spaces, set in',
      'eth1: will answer for 192.168.0.0/26, 192.168.0.64/31',
      ['eth1: will answer', '  for', '  192.168.0.0/26,', '  192.168.0.64/31'],
    ],
    ['below the text of a change', '  + route 10.0.0.9/32 dev eth1', ['  + route', '    10.0.0.9/32', '    dev eth1']],
    ['below the text of a step', '  12. It is behind eth1', ['  12. It is behind', '      eth1']],
    ['below the text of what is done', '✔ Wrote and verified 3 changes', ['✔ Wrote and', '  verified 3', '  changes']],
    ['below the text of a choice', '  1) Write it and apply it', ['  1) Write it and', '     apply it']],
    ['a comment as one', '  # The wires that look alike', ['  # The wires that', '  # look alike']],
    ['a deep comment as one', '            # of two wires', ['            # of', '# two wires']],
    ['no hash for a comment', '#hash and #hash again', ['#hash and #hash', '  again']],
    ['without breaking a path', 'Wrote /a/folder/with/a/long/name', ['Wrote', '  /a/folder/with/a/long/name']],
    ['without a break in the gap of its mark', '- 0123456789012345678', ['- 0123456789012345678']],
    ['with the gaps of a table', 'a  bbbbbbbbbbbb  cccc', ['a  bbbbbbbbbbbb', '  cccc']],
    ['by cells', '漢字漢字 漢字漢字 a', ['漢字漢字 漢字漢字', '  a']],
    ['each line by itself', 'one two three four five\n  six', ['one two three four', '  five', '  six']],
  ])('breaks %s', (_what, line, lines) => {
    expect(folded(line, 18).split('\n')).toEqual(lines);
  });

  it('counts no cell for a style, and keeps it', () => {
    const line = `${styleText('red', 'one two', { validateStream: false })} three four five six`;
    const text = folded(line, 18);
    expect(stripVTControlCharacters(text)).toBe('one two three four\n  five six');
    expect(text).toContain('\u001b[31m');
  });

  it('loses no word, and makes no line wider than it has to be', () => {
    const words = Array.from({ length: 400 }, (_, at) => 'x'.repeat(1 + ((at * 7) % 13)));
    for (const columns of [14, 20, 40, 80]) {
      const text = folded(`    ~ ${words.join(' ')}`, columns);
      expect(text.split(/\s+/).slice(2)).toEqual(words);
      for (const line of text.split('\n')) expect(cellsOf(line)).toBeLessThanOrEqual(Math.max(columns, 6 + 13));
    }
  });
});
