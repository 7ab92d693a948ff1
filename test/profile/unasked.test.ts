import { describe, expect, it } from 'vitest';
import type { HostState } from '../../src/model/state.ts';
import { parseIpv4 } from '../../src/net/ipv4.ts';
import { kernelLinkName } from '../../src/net/link-name.ts';
import { must } from '../../src/net/parsed.ts';
import { draftText } from '../../src/profile/draft-text.ts';
import type { Draft } from '../../src/profile/draft.ts';
import { interview } from '../../src/profile/interview.ts';
import { PROFILE_KINDS } from '../../src/profile/schema.ts';
import { withSet } from '../../src/profile/set-value.ts';
import { withoutAsking } from '../../src/profile/unasked.ts';
import { profileFrom } from '../support/profile-text.ts';
import { host, known } from './interviewed.ts';

describe('withoutAsking()', () => {
  const state = host({ addresses: ['192.168.0.1/24 eth0'], flags: { eth2: [] } }, {});
  const links = state.links.filter(({ name }) => name !== 'eth2');

  it('takes what is found and what has a usual value, and names the flags for the rest', () => {
    const { missing } = withoutAsking(interview(known({ kind: 'pseudo-bridge' }, { ...state, links })));
    expect(missing).toEqual(['--set segments.1.hosts=192.168.0.66,192.168.0.70-192.168.0.79']);
    expect(withoutAsking(interview(known({}))).missing[0]).toBe('--kind pseudo-bridge');
  });

  it('takes nobody for a host that was merely heard', () => {
    const neighbours: HostState['neighbours'] = [
      { interface: kernelLinkName('eth1'), mac: '02:00:00:00:00:66', address: must(parseIpv4('192.168.0.66')), state: 'REACHABLE' },
    ];
    expect(withoutAsking(interview(known({ kind: 'pseudo-bridge' }, { ...state, links, neighbours }))).missing).toHaveLength(1);
  });

  it.each(PROFILE_KINDS)('names flags that together make a %s', (kind) => {
    const { missing } = withoutAsking(interview(known({ kind })));
    const texts = missing.flatMap((flags) => flags.split(/ ?--set /)).filter((text) => text !== '');
    expect(texts.length).toBeGreaterThan(0);
    const given = texts.reduce<Draft>((draft, text) => must(withSet(draft, kind, text)), { kind });
    const told = withoutAsking(interview(known(given)));
    expect(told.missing).toEqual([]);
    expect(profileFrom(draftText(told.result.draft)).kind).toBe(kind);
  });
});
