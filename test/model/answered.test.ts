import { describe, expect, it } from 'vitest';
import { answeredBy, NOTHING_ANSWERED, type Answered } from '../../src/model/answered.ts';
import { arpDecision } from '../../src/model/arp-decision.ts';
import { isOwnAddress } from '../../src/model/fib-index.ts';
import type { HostState } from '../../src/model/state.ts';
import { typicalSenders } from '../../src/model/typical-sender.ts';
import { ipv4FromNumber, ipv4ToNumber } from '../../src/net/ipv4.ts';
import { firstPrefixes, holdsAddress, rangesIn, type AddressSet } from '../../src/net/address-set.ts';
import { Random } from '../fuzz/random.ts';
import { arbitraryRouter, NETWORKS } from '../support/arbitrary-router.ts';
import { proxyRouter } from '../support/arp-words.ts';
import { ip, link } from '../support/operations.ts';
import type { RouterWords } from '../support/router-state.ts';

function words(answered: Answered | undefined): Record<keyof Answered, string> {
  const { proxied, local, open } = answered ?? NOTHING_ANSWERED;
  const cover = (set: AddressSet): string => firstPrefixes(set, 40).prefixes.join(' ');
  return { proxied: cover(proxied), local: cover(local), open: cover(open) };
}

describe('answeredBy()', () => {
  it.each<readonly [claim: string, state: RouterWords, proxied: string]>([
    ['what is behind the other interface, but for the broadcast address', {}, '10.0.1.0/24 without 10.0.1.1 10.0.1.255'],
  ])('gives %s', (_claim, state) => {
    expect(words(answeredBy(proxyRouter(state)).get(link('eth0')))).toEqual({
      proxied:
        '10.0.1.0/32 10.0.1.2/31 10.0.1.4/30 10.0.1.8/29 10.0.1.16/28 10.0.1.32/27 10.0.1.64/26 10.0.1.128/26 10.0.1.192/27 10.0.1.224/28 10.0.1.240/29 10.0.1.248/30 10.0.1.252/31 10.0.1.254/32',
      local: '',
      open: '',
    });
  });

  it('says of every address what arpDecision() says of it', () => {
    const told = { proxied: 0, local: 0, open: 0, silence: 0 };
    for (let seed = 0; seed < 400; seed++) {
      const state = arbitraryRouter(new Random(seed));
      for (const [at, answered] of answeredBy(state)) {
        const wrong = disagreements(state, at, answered, told);
        expect(wrong, `seed ${seed}, ${at}`).toEqual([]);
      }
    }
    for (const count of Object.values(told)) expect(count).toBeGreaterThan(1000);
  });
});

describe('answeredBy(), where alike is not the same', () => {
  const ELSEWHERE = ['10.9.0.0/16 dev eth1', '10.8.0.0/16 dev eth2'];
  it.each<readonly [what: string, state: RouterWords, proxied: RegExp]>([
    [
      'media',
      { routes: ELSEWHERE, switches: { 'eth0/medium_id': '5', 'eth1/medium_id': '5', 'eth2/medium_id': '6' } },
      /^10\.8\.0\.0\/16$/,
    ],
    [
      'senders that a rule knows on the way back',
      {
        routes: ['10.9.0.0/16 dev eth1'],
        rules: [{ priority: 5, src: '10.9.0.0', srclen: 17, iif: 'eth1', action: '7' }],
        switches: { 'eth0/rp_filter': '1' },
      },
      /^10\.0\.1\.0\/32 .* 10\.9\.128\.0\/17$/,
    ],
    [
      'links that a rule names on the way back',
      { routes: ELSEWHERE, rules: [{ priority: 5, src: 'all', iif: 'eth1', action: '7' }], switches: { 'eth0/rp_filter': '1' } },
      /^10\.8\.0\.0\/16$/,
    ],
    [
      'lengths that a rule suppresses',
      {
        routes: ['10.8.0.0/15 dev eth1', '10.16.0.0/12 dev eth1'],
        rules: [
          { priority: 5, src: 'all', table: '254', suppress_prefixlen: 12 },
          { priority: 6, src: 'all', action: '7' },
        ],
      },
      /^(?!.*10\.16\.0\.0\/12).* 10\.8\.0\.0\/15$/,
    ],
    [
      'nexthops of one route and the next',
      {
        routes: ['10.8.0.0/16 nhid 1', '10.9.0.0/16 nhid 2'],
        nexthops: [
          { id: 1, interface: link('eth0') },
          { id: 2, interface: link('eth1') },
        ],
      },
      /^(?!.*10\.8\.0\.0\/16).* 10\.9\.0\.0\/16$/,
    ],
  ])('tells %s apart', (_what, router, proxied) => {
    const state = proxyRouter(router);
    const answered = answeredBy(state).get(link('eth0'));
    expect(words(answered).proxied).toMatch(proxied);
    expect(disagreements(state, link('eth0'), answered ?? NOTHING_ANSWERED, {})).toEqual([]);
  });
});

/** Each address that a set has and the decision denies, or the other way round: those of all networks, and the ends of all ranges. */
function disagreements(
  state: HostState,
  at: Parameters<typeof typicalSenders>[1],
  answered: Answered,
  told: Record<string, number>,
): string[] {
  const { usual, other } = typicalSenders(state, at);
  const sets = [answered.proxied, answered.local, answered.open];
  const ends = sets.flatMap(rangesIn).flatMap(({ first, last }) => [first - 1, first, last, last + 1]);
  const near = NETWORKS.flatMap((network) => Array.from({ length: 18 }, (_, i) => ipv4ToNumber(ip(`${network}.0`)) + i - 1));
  const special = ['0.0.0.0', '127.0.0.9', '224.0.0.1', '255.255.255.255', '8.8.8.8', usual, other].map((text) => ipv4ToNumber(ip(text)));
  const numbers = new Set([...ends, ...near, ...special].filter((number) => number >= 0 && number < 2 ** 32));
  return [...numbers].flatMap((number) => {
    const to = ipv4FromNumber(number);
    if (isOwnAddress(state, to)) return sets.some((set) => holdsAddress(set, number)) ? [`${to} is an own address`] : [];
    const { answer, because } = arpDecision(state, { interface: at, from: to === usual ? other : usual, to });
    const expected = answer === 'reply' ? (because === 'local-address' ? 'local' : 'proxied') : answer === 'depends' ? 'open' : 'silence';
    const found = (['proxied', 'local', 'open'] as const).find((key) => holdsAddress(answered[key], number)) ?? 'silence';
    told[expected] = (told[expected] ?? 0) + 1;
    return found === expected ? [] : [`${to}: ${found}, but ${answer} because ${because}`];
  });
}
