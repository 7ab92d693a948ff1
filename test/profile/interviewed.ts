import type { HostState } from '../../src/model/state.ts';
import { parseMac } from '../../src/net/mac.ts';
import { must } from '../../src/net/parsed.ts';
import type { Draft } from '../../src/profile/draft.ts';
import type { Known } from '../../src/profile/interview.ts';
import { router, type RouterWords } from '../support/router-state.ts';

const MAC = must(parseMac('02:00:00:00:00:01'));

/** eth0 to eth2 of `router`, as Ethernet. */
export function host(words: RouterWords, more: Partial<HostState> = {}): HostState {
  const state = router(words);
  return { ...state, links: state.links.map((entry) => (entry.name === 'lo' ? entry : { ...entry, mac: MAC })), ...more };
}

export function known(given: Draft, state: HostState | null = null): Known {
  return { host: state, given };
}
