import type { Answer, Check, LabKind } from './lab-kind.ts';
import type { Lab } from './namespaces.ts';
import { macSeen, ping, stopAsking } from './observation.ts';
import { macOf, parseEnd } from './topology.ts';

/** What came of one check at one moment. */
export interface Asked {
  readonly answer: Answer;
  /** The MAC in the asker's ARP table. */
  readonly mac: string | null;
}

/**
 * How long an answer may take, in seconds: an ARP request that went unanswered is repeated after one, and nobody waits for an answer
 * that is not to come.
 */
const PATIENCE = { reply: 3, silence: 1 } as const;

/** Asks every check's question at once: echo requests, then a look into the asker's ARP table. In the order of the checks. */
export async function askAll(lab: Lab, kind: LabKind, when: 'before' | 'after'): Promise<Asked[]> {
  const count = when === 'before' ? 1 : kind.pings;
  await Promise.all([...new Set(kind.checks.map(({ from }) => from))].map(async (host) => stopAsking(lab, host)));
  return Promise.all(
    kind.checks.map(async (check) => {
      const { from, to } = check;
      const answered = await ping(lab, from, to, { count, wait: PATIENCE[check[when]] });
      return { answer: answered ? 'reply' : 'silence', mac: await macSeen(lab, from, to) };
    }),
  );
}

/** The MAC that a check expects in the asker's ARP table, or null. */
export function macExpected(kind: LabKind, check: Check): string | null {
  if (check.answeredBy === 'nobody') return null;
  const { host, link } = parseEnd(kind.topology, check.answeredBy);
  return macOf(kind.topology, host, link);
}

/** Whose MAC it is, as `host:interface`; the MAC itself where it belongs to nobody of the topology. */
export function ownerOf(kind: LabKind, mac: string | null): string {
  if (mac === null) return 'nobody';
  for (const end of kind.topology.wires.flat()) {
    const { host, link } = parseEnd(kind.topology, end);
    if (macOf(kind.topology, host, link) === mac) return end;
  }
  return mac;
}

/** What is not as the check expects, one sentence each; none where it held. */
export function complaints(kind: LabKind, check: Check, before: Asked, after: Asked): string[] {
  const { from, to } = check;
  const found: string[] = [];
  if (before.answer !== check.before) found.push(`${from} to ${to} before: ${before.answer}, expected ${check.before}`);
  if (after.answer !== check.after) found.push(`${from} to ${to} after: ${after.answer}, expected ${check.after}`);
  const expected = macExpected(kind, check);
  if (after.mac !== expected) {
    found.push(`${from} has for ${to} the MAC of ${ownerOf(kind, after.mac)}, expected ${ownerOf(kind, expected)}`);
  }
  return found;
}
