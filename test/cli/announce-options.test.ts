import { describe, expect, it } from 'vitest';
import { parseAnnounceOptions } from '../../src/cli/announce-options.ts';

describe('parseAnnounceOptions()', () => {
  it('has the defaults of a profile', () => {
    expect(parseAnnounceOptions({})).toEqual({ rounds: 3, spacingMs: 1200, form: 'both', rate: 1000 });
  });

  it('takes every option', () => {
    const texts = { rounds: '5', spacing: '2s', form: 'reply', rate: '50' };
    expect(parseAnnounceOptions(texts)).toEqual({ rounds: 5, spacingMs: 2000, form: 'reply', rate: 50 });
  });

  it('takes an unlimited rate, and no spacing', () => {
    expect(parseAnnounceOptions({ rate: 'unlimited', spacing: '0ms' })).toMatchObject({ rate: null, spacingMs: 0 });
  });

  it.each([
    [{ rounds: '0' }, '--rounds: "0" is out of its range; write a whole number from 1 to 100'],
    [{ rounds: '101' }, '--rounds: "101" is out of its range; write a whole number from 1 to 100'],
    [{ rounds: '1e1' }, '--rounds: "1e1" is out of its range; write a whole number from 1 to 100'],
    [{ rounds: '-1' }, '--rounds: "-1" is out of its range; write a whole number from 1 to 100'],
    [{ spacing: '1200' }, '--spacing: "1200" lacks a unit; write 1200ms'],
    [{ spacing: '2h' }, '--spacing: "2h" is longer than an hour'],
    [{ form: 'gratuitous' }, '--form: "gratuitous" is unknown; write request, reply or both'],
    [{ rate: '0' }, '--rate: "0" is out of its range; write a whole number from 1 to 1000000, or unlimited'],
  ])('refuses %j', (texts, message) => {
    expect(() => parseAnnounceOptions(texts)).toThrow(expect.objectContaining({ ending: 'invalid', code: 'usage', message }));
  });

  it('tells every mistake at once', () => {
    expect(() => parseAnnounceOptions({ rounds: '0', rate: '0', form: '' })).toThrow(
      expect.objectContaining({
        message: expect.stringContaining('--rounds'),
        details: [expect.stringContaining('--form'), expect.stringContaining('--rate')],
      }),
    );
  });
});
