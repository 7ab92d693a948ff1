import type { HostState, RuleEntry } from '../../src/model/state.ts';
import type { Random } from '../fuzz/random.ts';
import { link } from './operations.ts';
import { router } from './router-state.ts';

export const NETWORKS = ['10.0.0', '10.0.1', '192.168.0'] as const;
const LINKS = ['eth0', 'eth1', 'eth2'] as const;

/** A router by chance, in a few small networks so that things meet, and with the switches that matter mostly on. */
export function arbitraryRouter(random: Random, { withRules = true }: { readonly withRules?: boolean } = {}): HostState {
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
  const rules = !withRules || random.chance(0.5) ? [] : Array.from({ length: random.between(1, 3) }, (_, i) => rule(10 + i));
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
