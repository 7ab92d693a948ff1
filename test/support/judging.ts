import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { isUnfinished, recordsOf } from '../../src/engine/transaction.ts';
import type { Ended } from '../../src/lab/child-process.ts';
import { differences, type Snapshot } from '../../src/lab/snapshot.ts';
import { journalPath, lastOf } from './kill-sweep.ts';
import type { Network } from './namespaces.ts';
import { tally } from './tally.ts';

/** What the records hold: the profiles in force, and whether a transaction is open. */
export function held(net: Network): { readonly profiles: readonly string[]; readonly open: boolean } {
  const records = recordsOf(lastOf(net));
  return { profiles: Object.keys(records.ledger.profiles).toSorted(), open: isUnfinished(records) };
}

/** The journal's bytes as text; '' where there is none. */
export function journalText(net: Network): string {
  const path = journalPath(net);
  return path === undefined ? '' : readFileSync(path, 'latin1');
}

/** What of the router is not as in the snapshot; counted under `what`. */
export async function foundOn(net: Network, wanted: Snapshot, what: string): Promise<string[]> {
  const found = differences(wanted, await net.snapshot('router'));
  tally(what, 1, found.length === 0 ? 0 : 1);
  return found;
}

/** Throws where the router is not as in the snapshot; counted under `what`. */
export async function expectAs(net: Network, wanted: Snapshot, what: string): Promise<void> {
  expect(await foundOn(net, wanted, what)).toEqual([]);
}

/** The one document on stdout; throws with what was said where there is none. */
export function documentOf({ stdout, stderr }: Pick<Ended, 'stdout' | 'stderr'>): Record<string, unknown> {
  try {
    const document: Record<string, unknown> = JSON.parse(stdout);
    return document;
  } catch {
    throw new Error(`No JSON on stdout:\n${stdout}\n${stderr}`);
  }
}
