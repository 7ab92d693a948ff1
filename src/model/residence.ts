import { ipv4FromNumber } from '../net/ipv4.ts';
import type { LinkName } from '../net/link-name.ts';
import { rangeOf } from '../net/prefix.ts';
import type { Conflict } from './plan.ts';
import type { Settings } from './settings.ts';

interface Residence {
  readonly profile: string;
  readonly link: LinkName;
  readonly first: number;
  readonly last: number;
}

/**
 * Profiles that place a host on different wires: each would announce it where the other says that its owner lives. One conflict for each
 * pair of profiles, with the first such host.
 */
export function residenceConflicts(profiles: readonly Pick<Settings, 'profile' | 'stale'>[]): Conflict[] {
  if (profiles.length < 2) return [];
  const residences = profiles.flatMap(({ profile, stale }) =>
    stale.flatMap(({ addresses, except }): Residence[] =>
      except === undefined ? [] : addresses.map((prefix) => ({ profile, link: except, ...rangeOf(prefix) })),
    ),
  );
  const conflicts = new Map<string, Conflict>();
  const reaching = new Map<string, Residence>();
  for (const one of residences.toSorted((a, b) => a.first - b.first)) {
    for (const other of reaching.values()) {
      if (other.link === one.link || other.profile === one.profile || other.last < one.first) continue;
      const [a, b] = [other, one].toSorted((x, y) => (x.profile < y.profile ? -1 : 1));
      const message = `Profiles "${a?.profile}" and "${b?.profile}" place ${ipv4FromNumber(one.first)} on different wires: ${a?.link} and ${b?.link}`;
      const key = `${a?.profile} ${b?.profile}`;
      if (!conflicts.has(key)) conflicts.set(key, { code: 'profiles-disagree', message, profile: one.profile });
    }
    const key = `${one.profile} ${one.link}`;
    if ((reaching.get(key)?.last ?? -1) < one.last) reaching.set(key, one);
  }
  return [...conflicts.values()];
}
