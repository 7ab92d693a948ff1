import { expect } from 'vitest';
import type { Ended } from '../../src/lab/child-process.ts';

/** What a terminal obeys, or shows as something else than it is; a line break ends a line. */
const OBEYED = /[^\P{C}\n]|[\u2028\u2029]/u;

/** That a terminal shows all that a program printed, and obeys nothing of it. */
export function expectSeen({ stdout, stderr }: Ended, what: string): void {
  for (const text of [stdout, stderr]) {
    const at = text.search(OBEYED);
    expect(at < 0 ? null : text.slice(Math.max(0, at - 60), at + 20), what).toBeNull();
  }
}
