import { describe, expect, it } from 'vitest';
import { followed } from '../../src/cli/follow-confirmed.ts';
import type { LastTransaction } from '../../src/engine/transaction.ts';
import type { EnabledProfiles } from '../../src/host/enabled-files.ts';
import type { Ledger } from '../../src/model/ledger.ts';
import type { Settings } from '../../src/model/settings.ts';

/** Profiles as `name version`: the version stands in what the profile is, and in when it was applied. */
const enabled = (...words: string[]): EnabledProfiles => Object.fromEntries(words.map((word) => [nameOf(word), kept(word)]));
const kept = (word: string) => ({ origin: { name: word }, appliedAt: word });
const nameOf = (word: string): string => word.split(' ')[0] ?? '';

function ledger(...words: string[]): Ledger {
  const profiles = words.map((word) => [nameOf(word), { settings: { origin: { name: word } } as unknown as Settings, appliedAt: word }]);
  return { profiles: Object.fromEntries(profiles), entries: new Map(), links: {} };
}

function last(phase: LastTransaction['phase'], before: readonly string[], after: readonly string[]): LastTransaction {
  return {
    phase,
    deadlineMs: null,
    transaction: {
      id: 'one',
      command: 'apply',
      startedAt: '',
      by: { pid: 1, startTicks: 1, uid: 0, user: null },
      links: {},
      operations: [],
      ledgerBefore: ledger(...before),
      ledgerAfter: ledger(...after),
      confirmWithinMs: null,
    },
  };
}

describe('followed() keeps for the next boot', () => {
  it.each<{
    when: string;
    kept: string[];
    phase: 'confirmed' | 'undone';
    before: string[];
    after: string[];
    next: string[];
    dropped?: string[];
  }>([
    { when: 'a change', kept: ['a 1'], phase: 'confirmed', before: ['a 1'], after: ['a 2'], next: ['a 2'] },
    { when: 'a new profile that nobody enabled', kept: ['a 1'], phase: 'confirmed', before: ['a 1'], after: ['a 1', 'b 1'], next: ['a 1'] },
    { when: 'a removal', kept: ['a 1', 'b 1'], phase: 'confirmed', before: ['a 1', 'b 1'], after: ['b 1'], next: ['b 1'], dropped: ['a'] },
    { when: 'a removal behind a boot', kept: ['a 1'], phase: 'confirmed', before: ['a 2'], after: [], next: [], dropped: ['a'] },
    { when: 'a change that was rolled back', kept: ['a 2'], phase: 'undone', before: ['a 1'], after: ['a 2'], next: ['a 1'] },
    { when: 'a first apply that was rolled back', kept: ['a 1'], phase: 'undone', before: [], after: ['a 1'], next: [], dropped: ['a'] },
    // It was never confirmed, or it would be what is kept.
    {
      when: 'an apply that failed, of a profile that did not come up',
      kept: ['a 1'],
      phase: 'undone',
      before: [],
      after: ['a 2'],
      next: ['a 1'],
    },
    {
      when: 'one that did not come up at this boot',
      kept: ['a 1', 'b 1'],
      phase: 'confirmed',
      before: [],
      after: ['b 2'],
      next: ['a 1', 'b 2'],
    },
    { when: 'a removal that was rolled back', kept: [], phase: 'undone', before: ['a 1'], after: [], next: [] },
    {
      when: 'a profile called constructor',
      kept: ['constructor 1'],
      phase: 'confirmed',
      before: [],
      after: ['b 1'],
      next: ['constructor 1'],
    },
  ])('$when', ({ kept, phase, before, after, next, dropped = [] }) => {
    const result = followed(enabled(...kept), last(phase, before, after));
    expect(result).toMatchObject({ profiles: enabled(...next), dropped });
    expect(result.profiles).toEqual(enabled(...next));
    expect(result.changed).toBe(JSON.stringify(kept) !== JSON.stringify(next));
    // The next command asks once more.
    expect(followed(result.profiles, last(phase, before, after)).changed).toBe(false);
  });
});
