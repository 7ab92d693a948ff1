import { describe, expect, it } from 'vitest';
import { inAscii } from '../../src/cli/ascii.ts';
import { isAsciiAlone } from '../../src/cli/locale.ts';

describe('isAsciiAlone()', () => {
  it.each<[environment: Record<string, string>, ascii: boolean]>([
    [{}, false],
    [{ LANG: '' }, false],
    [{ LANG: 'C' }, true],
    [{ LC_ALL: 'POSIX', LANG: 'C.UTF-8' }, true],
    [{ LC_CTYPE: 'C.utf8', LANG: 'C' }, false],
    [{ LANG: 'de_DE' }, true],
  ])('of %j is %s', (environment, ascii) => {
    expect(isAsciiAlone(environment, 'linux')).toBe(ascii);
  });

  it('does not ask the environment of Windows', () => {
    expect(isAsciiAlone({ LANG: 'C' }, 'win32')).toBe(false);
  });
});

describe('inAscii()', () => {
  it.each([
    ['~ proxy_arp: 0 → 1', '~ proxy_arp: 0 -> 1'],
    ['✔ Wrote (a, …)', 'ok Wrote (a, ...)'],
    ['Büro 漢 😀', 'B?ro ? ?'],
    ['\u001b[31mx\u001b[39m', '\u001b[31mx\u001b[39m'],
  ])('of %j', (text, ascii) => {
    expect(inAscii(text)).toBe(ascii);
  });
});
