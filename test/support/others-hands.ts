import { differences } from '../../src/lab/snapshot.ts';
import { buildFurnished } from './furnished.ts';
import { useKeptRouter, type KeptRouter } from './kept-router.ts';
import { workOn } from './plain-profiles.ts';
import { LONG } from './tally.ts';

/** Of every kind but nat. What hangs on an address of eth1 would stay with what others lay there: theirs lead over eth0. */
export const WORK = workOn('eth1', {
  switches: ['net/ipv4/neigh/eth1/proxy_qlen: 128', 'net/ipv4/conf/default/rp_filter: 2'],
  proxyOn: 'eth0',
});

/** Both ways of giving up what the last apply did. */
export const WAYS = [['remove', 'work'], ['rollback']] as const;
/** Both in the long run, one of them, in turns, in the short one. */
export const inTurns = (at: number): readonly (readonly string[])[] => WAYS.filter((_, way) => LONG || way === at % 2);

/** A router that somebody else works on as well. */
export interface SharedRouter extends KeptRouter {
  readonly read: (path: string) => Promise<string | null>;
  readonly write: (path: string, value: string) => Promise<void>;
  /** What of the router differs from before all, without the values. */
  readonly differing: () => Promise<string[]>;
}

/** A furnished router for the tests of the surrounding `describe`. */
export function useSharedRouter(): SharedRouter {
  const router = useKeptRouter(buildFurnished, 'changes of others');
  const { net, bare } = router;
  return {
    ...router,
    read: async (path) => net.sysctl('router', path),
    write: async (path, value) => net.setSysctl('router', path, value),
    differing: async () => pathsOf(differences(bare(), await net.snapshot('router'))),
  };
}

/** Of each difference what differs, without the values. */
export function pathsOf(found: readonly string[]): string[] {
  return found.map((line) => line.split(': ')[0] ?? '');
}

/** The subjects that were left, of what `remove`, `rollback` or a failed apply says. */
export function leftIn(document: Record<string, unknown>): unknown[] {
  const left: unknown = document['left'];
  if (!Array.isArray(left)) return [];
  // A rollback says them as what they are, a plan as what they concern.
  return left.map(({ subject }: { subject: string | { subject?: unknown } }) =>
    typeof subject === 'object' && subject.subject ? subject.subject : subject,
  );
}
