import { describe, expect, it } from 'vitest';
import { answerChanges } from '../../src/model/answer-change.ts';
import type { HostState } from '../../src/model/state.ts';
import { answerLines } from '../../src/render/answered-text.ts';
import { proxyRouter } from '../support/arp-words.ts';
import { sysctl } from '../support/operations.ts';
import type { RouterWords } from '../support/router-state.ts';

/** Anything that may matter. */
const SOMETHING = [sysctl('net/ipv4/conf/eth0/proxy_arp', '0', '1')];

function lines(before: RouterWords, after: RouterWords): string[] {
  return answerLines(answerChanges(proxyRouter(before), proxyRouter(after), SOMETHING));
}

const OFF = { 'eth0/proxy_arp': '0' };

describe('answerChanges(), in words', () => {
  it.each<readonly [claim: string, before: RouterWords, after: RouterWords, lines: readonly string[]]>([
    ['nothing where nothing changes', {}, {}, []],
    ['what a switch brings, own and broadcast addresses aside', { switches: OFF }, {}, ['eth0: will answer for 10.0.1.0/24']],
    ['what goes with it', {}, { switches: OFF }, ['eth0: will no longer answer for 10.0.1.0/24']],
    [
      'what comes and what goes',
      { routes: ['10.7.0.0/16 dev eth1'] },
      { routes: ['10.8.0.0/16 dev eth2'] },
      ['eth0: will answer for 10.8.0.0/16', 'eth0: will no longer answer for 10.7.0.0/16'],
    ],
    [
      'what a default route brings, apart from the rest',
      { switches: OFF, routes: ['default via 10.0.1.9 dev eth1'] },
      { routes: ['default via 10.0.1.9 dev eth1'] },
      ['eth0: will answer for 10.0.1.0/24 and, through the default route, for everything off-link'],
    ],
    [
      'a default route alone',
      {},
      { routes: ['default via 10.0.1.9 dev eth1'] },
      ['eth0: will answer, through the default route, for everything off-link'],
    ],
    [
      'a default route that goes',
      { routes: ['default via 10.0.1.9 dev eth1'] },
      {},
      ['eth0: will no longer answer, through the default route, for everything off-link'],
    ],
    [
      'interfaces that say the same in one line',
      {},
      { routes: ['local 203.0.113.8/30 dev lo'] },
      ['eth0, eth1, eth2: will answer for 203.0.113.8/30'],
    ],
    [
      'not what is answered for as before, for another reason',
      { proxies: ['10.0.1.9 eth0', '10.0.1.7 eth0'], switches: OFF },
      {},
      ['eth0: will answer for 10.0.1.0/30, 10.0.1.4/31, 10.0.1.6, 10.0.1.8, 10.0.1.10/31 and 5 more'],
    ],
    [
      'not what was an own address of everywhere and now is behind another interface',
      { routes: ['local 10.7.0.0/24 dev lo'] },
      { routes: ['10.7.0.0/24 dev eth1'] },
      ['eth1, eth2: will no longer answer for 10.7.0.0/24'],
    ],
    [
      'what hangs on the choice of a hop',
      {},
      { routes: ['10.9.0.0/24 nexthop dev eth0 nexthop dev eth1'] },
      ['eth0: may answer for 10.9.0.0/24: what that hangs on, the state of this host does not tell'],
    ],
    [
      'the first of many, and how many more',
      {},
      { routes: Array.from({ length: 9 }, (_, i) => `10.9.${2 * i}.0/24 dev eth1`) },
      ['eth0: will answer for 10.9.0.0/24, 10.9.2.0/24, 10.9.4.0/24, 10.9.6.0/24, 10.9.8.0/24 and 4 more'],
    ],
  ])('gives %s', (_claim, before, after, expected) => {
    expect(lines(before, after)).toEqual(expected);
  });

  it('does not look at all where nothing is changed that it could hang on', () => {
    const state: HostState = proxyRouter();
    const unreadable = new Proxy(state, {
      get: () => {
        throw new Error('Looked at');
      },
    });
    expect(answerChanges(unreadable, unreadable, [sysctl('net/ipv4/conf/eth0/proxy_arp', '1', '1')])).toEqual([]);
  });
});
