import { beforeAll, expect } from 'vitest';
import { differences, type Snapshot } from '../../src/lab/snapshot.ts';
import type { Network } from './namespaces.ts';

/** Looks at a host before the tests of the surrounding `describe`; what it gives expects the host to be as it was then. */
export function useUnchanged(net: Network, host = 'router'): () => Promise<void> {
  let before: Snapshot;
  beforeAll(async () => {
    before = await net.snapshot(host);
  });
  return async () => {
    expect(differences(before, await net.snapshot(host))).toEqual([]);
  };
}
