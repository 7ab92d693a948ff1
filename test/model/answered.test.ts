import { describe, expect, it } from 'vitest';
import { answeredBy, NOTHING_ANSWERED, type Answered } from '../../src/model/answered.ts';
import { arpDecision } from '../../src/model/arp-decision.ts';
import { isOwnAddress } from '../../src/model/fib-index.ts';
import type { HostState, RuleEntry } from '../../src/model/state.ts';
import { typicalSenders } from '../../src/model/typical-sender.ts';
import { ipv4FromNumber, ipv4ToNumber } from '../../src/net/ipv4.ts';
import { firstPrefixes, holdsAddress, rangesIn, type AddressSet } from '../../src/net/address-set.ts';
import { Random } from '../fuzz/random.ts';
import { proxyRouter } from '../support/arp-words.ts';
import { ip, link } from '../support/operations.ts';
import { router, type RouterWords } from '../support/router-state.ts';

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

const NETWORKS = ['10.0.0', '10.0.1', '192.168.0'] as const;
const LINKS = ['eth0', 'eth1', 'eth2'] as const;

/** A router by chance, in a few small networks so that things meet, and with the switches that matter mostly on. */
function arbitraryRouter(random: Random): HostState {
  const several = (most: number, make: () => string): string[] => Array.from({ length: random.below(most + 1) }, make);
  const host = (): string => `${random.pick(NETWORKS)}.${random.below(16)}`;
  const at = (): string => random.pick(LINKS);
  const to = (): string =>
    random.pick([
      'default',
      `${host()}/32`,
      `${host()}/32`,
      `${random.pick(NETWORKS)}.0/28`,
      `${random.pick(NETWORKS)}.8/29`,
      '10.0.0.0/8',
      '0.0.0.0/1',
    ]);
  const suffix = (): string =>
    `${random.chance(0.2) ? ` metric ${random.below(3)}` : ''}${random.chance(0.3) ? ` table ${random.pick([5, 252, 253, 255])}` : ''}`;
  const routes = several(10, () =>
    random.pick([
      `${to()} dev ${at()}${suffix()}`,
      `${to()} dev ${at()}${suffix()}`,
      `${to()} via ${host()} dev ${at()}${suffix()}`,
      `${random.pick(['blackhole', 'unreachable', 'throw'])} ${to()}${suffix()}`,
      `local ${to()} dev lo`,
      `broadcast ${to()} dev ${at()}`,
      `${to()} nexthop dev ${at()} nexthop dev ${at()}`,
      `${to()} nhid ${random.below(3)}`,
    ]),
  );
  const rule = (priority: number): RuleEntry => ({
    priority,
    ...(random.chance(0.4) ? { src: host(), srclen: random.pick([24, 29, 32]) } : { src: 'all' }),
    ...(random.chance(0.4) ? { dst: `${random.pick(NETWORKS)}.8`, dstlen: random.pick([29, 30]) } : {}),
    ...(random.chance(0.3) ? { iif: at() } : {}),
    ...(random.chance(0.1) ? { not: null } : {}),
    ...random.pick<Record<string, unknown>>([
      { table: '5' },
      { table: '252' },
      { action: '7' },
      { table: 'main', suppress_prefixlen: 8 },
      { goto: 32766 },
    ]),
  });
  const rules = random.chance(0.5) ? [] : Array.from({ length: random.between(1, 3) }, (_, i) => rule(10 + i));
  const switches: Record<string, string> = {};
  for (const name of LINKS) {
    switches[`${name}/forwarding`] = random.chance(0.9) ? '1' : '0';
    switches[`${name}/proxy_arp`] = random.chance(0.6) ? '1' : '0';
    switches[`${name}/proxy_arp_pvlan`] = random.chance(0.3) ? '1' : '0';
  }
  const seldom = several(3, () => `${random.pick([...LINKS, 'all'])}/${random.pick(SELDOM)}`);
  for (const key of seldom) switches[key] = random.pick(['1', '2', '3', '8']);
  const unknown = random.chance(0.2);
  return router({
    addresses: several(5, () => `${host()}/${random.pick([32, 31, 28, 28, 28, 24])} ${random.pick([...LINKS, 'lo'])}`),
    routes,
    rules,
    nexthops: [
      { id: 1, interface: link(at()) },
      { id: 2, group: [{ id: 1, weight: 1 }] },
    ],
    switches,
    proxies: several(8, () => `${host()}${random.chance(0.7) ? ` ${at()}` : ''}`),
    flags: random.chance(0.2) ? { [at()]: random.pick([['UP'], []]) } : {},
    sticky: unknown
      ? { customRules: rules.length > 0 ? true : null, customLocalRoutes: null }
      : { customRules: rules.length > 0, customLocalRoutes: random.chance(0.3) },
  });
}

const SELDOM = [
  'rp_filter',
  'arp_ignore',
  'arp_filter',
  'medium_id',
  'drop_gratuitous_arp',
  'route_localnet',
  'accept_local',
  'ignore_routes_with_linkdown',
  'send_redirects',
] as const;
