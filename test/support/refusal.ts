import { expect } from 'vitest';
import type { Ended } from '../../src/lab/child-process.ts';

/** That a run with --json was refused: its exit code, the same code in the document and for the eye, and words of what it says. */
export function expectRefusal({ exitCode, stdout, stderr }: Ended, wanted: number, code: string, ...words: string[]): void {
  expect({ exitCode, stderr }).toMatchObject({ exitCode: wanted });
  const document: { error: { code: string }; diagnostics?: { code: string }[] } = JSON.parse(stdout);
  expect([document.error.code, ...(document.diagnostics ?? []).map((diagnostic) => diagnostic.code)]).toContain(code);
  for (const word of [`error[${code}]`, ...words]) expect(stderr).toContain(word);
}
