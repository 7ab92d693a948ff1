import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { milliseconds, parseDuration } from '../../src/net/duration.ts';

describe('parseDuration()', () => {
  it.each([
    ['0ms', 0],
    ['800ms', 800],
    ['1.2s', 1200],
    ['0.001s', 1],
    ['2m', 120_000],
    ['24h', 86_400_000],
    ['1d', 86_400_000],
    ['0.5m', 30_000],
  ])('reads %s', (text, value) => expect(parseDuration(text)).toEqual({ ok: true, value }));

  it.each([
    ['800', 'missing-unit', '800ms'],
    ['1.5', 'missing-unit', '1.5s'],
    ['', 'bad-duration', '800ms'],
    ['-5ms', 'bad-duration', '800ms'],
    ['5 ms', 'bad-duration', '800ms'],
    ['5sec', 'bad-duration', '800ms'],
    ['1e3ms', 'bad-duration', '800ms'],
    ['NaN', 'bad-duration', '800ms'],
    ['1.5ms', 'bad-duration', '2ms'],
    ['0.0001s', 'bad-duration', '1ms'],
    ['999999999999d', 'bad-duration', undefined],
  ])('refuses %j', (text, code, instead) => {
    const result = parseDuration(text);
    expect(result).toMatchObject({ ok: false, code });
    expect(result.ok ? 'parsed' : result.instead).toBe(instead);
  });

  it('reads milliseconds back', () => {
    fc.assert(
      fc.property(fc.nat(), (value) => {
        expect(parseDuration(`${value}ms`)).toEqual({ ok: true, value: milliseconds(value) });
      }),
    );
  });

  it('reads seconds with three places exactly', () => {
    fc.assert(
      fc.property(fc.nat(), (value) => {
        expect(parseDuration(`${(value / 1000).toFixed(3)}s`)).toEqual({ ok: true, value });
      }),
    );
  });
});
