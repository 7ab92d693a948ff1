import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { LAST, NOT_INJECTED } from './catalogue.ts';

const TESTS = fileURLToPath(new URL('..', import.meta.url));

/** The numbers that titles of tests begin with: `#16 …`; `#31-33 …` stands for three. */
function injected(): ReadonlySet<number> {
  const numbers = new Set<number>();
  for (const path of readdirSync(TESTS, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.test.ts'))) {
    for (const match of readFileSync(`${TESTS}${path}`, 'utf8').matchAll(/['"`]#(\d+)(?:-(\d+))?[ :]/g)) {
      for (let number = Number(match[1]); number <= Number(match[2] ?? match[1]); number++) numbers.add(number);
    }
  }
  return numbers;
}

describe('the catalogue of faults', () => {
  it('is injected whole, but for what says why it is not', () => {
    const found = injected();
    const all = Array.from({ length: LAST }, (_, at) => at + 1);
    expect(all.filter((number) => !found.has(number) && !Object.hasOwn(NOT_INJECTED, number))).toEqual([]);
    expect(
      all.filter((number) => found.has(number) && Object.hasOwn(NOT_INJECTED, number)),
      'injected, and said not to be',
    ).toEqual([]);
  });
});
