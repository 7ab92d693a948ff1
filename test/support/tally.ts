import { appendFileSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whether the long sweeps run: `npm run test:long`. */
export const LONG = process.env['PARP_TEST_LONG'] !== undefined;

/** What random choices begin from; PARP_TEST_SEED repeats a run. */
export const SEED = Number(process.env['PARP_TEST_SEED'] ?? 1);

/** What was tried many times, and how often something was left behind. */
interface Entry {
  readonly what: string;
  readonly tried: number;
  readonly left: number;
}

const VARIABLE = 'PARP_TEST_TALLY';

/** Counts what was tried, for the sums at the end of the run: `tally('kill points', 42, 0)`. */
export function tally(what: string, tried: number, left: number): void {
  const file = process.env[VARIABLE];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify({ what, tried, left })}\n`);
}

/** Begins the counting of a run; what it gives prints the sums and ends it. */
export function beginTally(): () => void {
  const file = join(tmpdir(), `parp-tally-${process.pid}`);
  rmSync(file, { force: true });
  process.env[VARIABLE] = file;
  return () => {
    for (const { what, tried, left } of sums(file)) console.log(`faults: ${tried} ${what}, ${left} left anything behind`);
    console.log(`faults: seed ${SEED}`);
    rmSync(file, { force: true });
  };
}

function sums(file: string): Entry[] {
  const totals = new Map<string, Entry>();
  for (const line of linesOf(file)) {
    const { what, tried, left }: Entry = JSON.parse(line);
    const before = totals.get(what);
    totals.set(what, { what, tried: tried + (before?.tried ?? 0), left: left + (before?.left ?? 0) });
  }
  return [...totals.values()];
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  } catch {
    return [];
  }
}
