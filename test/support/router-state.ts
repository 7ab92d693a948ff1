import { foretell } from '../../src/model/foretell.ts';
import type { Hop, RouteScope, RouteType } from '../../src/model/operation.ts';
import { ROUTE_TYPES } from '../../src/model/operation.ts';
import type { HostState, NexthopEntry, RouteEntry, RuleEntry } from '../../src/model/state.ts';
import { must } from '../../src/net/parsed.ts';
import { parseSysctlPath, type SysctlPath } from '../../src/net/sysctl-path.ts';
import { freshHost } from './memory-kernel.ts';
import { address, ip, link, prefix } from './operations.ts';

/** A router in the words of ip(8), for tests. */
export interface RouterWords {
  /** `10.0.0.1/24 eth0`; the kernel's routes come with them. */
  readonly addresses?: readonly string[];
  /** What stands behind `ip route add`: `blackhole 10.9.0.0/24`, `10.9.0.0/24 via 10.0.0.2 dev eth1 table 100`, `10.9.0.0/24 nexthop dev eth0 nexthop dev eth1`. */
  readonly routes?: readonly string[];
  /** Besides the three that every namespace begins with. */
  readonly rules?: readonly RuleEntry[];
  readonly nexthops?: readonly NexthopEntry[];
  /** Below conf/ or neigh/: `eth0/proxy_arp`. */
  readonly switches?: Readonly<Record<string, string>>;
  /** `10.0.0.9 eth0`; without an interface it stands for all. */
  readonly proxies?: readonly string[];
  /** Flags of links other than UP and LOWER_UP. */
  readonly flags?: Readonly<Record<string, readonly string[]>>;
  readonly sticky?: HostState['sticky'];
}

const NEIGH = new Set(['proxy_delay', 'proxy_qlen', 'locktime']);
export const DEFAULT_RULES: readonly RuleEntry[] = [
  { priority: 0, src: 'all', table: '255' },
  { priority: 32766, src: 'all', table: '254' },
  { priority: 32767, src: 'all', table: '253' },
];

/** A router with eth0, eth1 and eth2, where rules and local routes were never touched unless said. */
export function router(words: RouterWords): HostState {
  const { addresses = [], routes = [], rules = [], switches = {}, proxies = [], flags = {} } = words;
  const fresh = freshHost(['eth0', 'eth1', 'eth2']);
  const host: HostState = {
    ...fresh,
    links: fresh.links.map((entry) => ({
      ...entry,
      flags: flags[entry.name] ?? ['UP', 'LOWER_UP', ...(entry.name === 'lo' ? ['LOOPBACK'] : [])],
    })),
    rules: [...DEFAULT_RULES, ...rules].sort((a, b) => a.priority - b.priority),
    nexthops: words.nexthops ?? [],
    sysctls: { ...fresh.sysctls, ...Object.fromEntries(Object.entries(switches).map(([key, value]) => [pathOf(key), value])) },
    proxies: proxies.map((text) => {
      const [target = '', at] = text.split(' ');
      return { address: ip(target), interface: at === undefined ? null : link(at), protocol: null };
    }),
    sticky: words.sticky ?? { customRules: rules.length > 0, customLocalRoutes: false },
  };
  const numbered = foretell(
    host,
    ['127.0.0.1/8 lo', ...addresses].map((text) => {
      const [own = '', at = '', scope] = text.split(' ');
      return address(own, at, scope === undefined ? 'global' : scopeOf(scope));
    }),
  );
  return { ...numbered, routes: [...numbered.routes, ...routes.map(routeOf)] };
}

function pathOf(key: string): SysctlPath {
  const group = NEIGH.has(key.split('/')[1] ?? '') ? 'neigh' : 'conf';
  return must(parseSysctlPath(`net/ipv4/${group}/${key}`));
}

function scopeOf(text: string): RouteScope {
  return (['global', 'site', 'link', 'host', 'nowhere'] as const).find((scope) => scope === text) ?? 'global';
}

/** A route as `ip route add` would make it. */
export function routeOf(text: string): RouteEntry {
  const [head = '', ...hopTexts] = text.split(' nexthop ');
  const tokens = head.split(' ');
  const type: RouteType = ROUTE_TYPES.find((name) => name === tokens[0]) ?? 'unicast';
  if (tokens[0] === type) tokens.shift();
  const to = tokens.shift() ?? '';
  const word = (name: string): string | undefined => (tokens.includes(name) ? tokens[tokens.indexOf(name) + 1] : undefined);
  const hops = hopTexts.map((hop) => hopOf(hop.split(' ')));
  const isLocal = type === 'local' || type === 'broadcast';
  const usual: RouteScope =
    type === 'local' ? 'host' : (type === 'unicast' && !text.includes(' via ') && !text.includes('nhid')) || isLocal ? 'link' : 'global';
  return {
    to: prefix(to === 'default' ? '0.0.0.0/0' : to),
    table: Number(word('table') ?? (isLocal ? 255 : 254)),
    metric: Number(word('metric') ?? 0),
    ...(word('tos') === undefined ? {} : { tos: Number(word('tos')) }),
    type,
    scope: word('scope') === undefined ? usual : scopeOf(word('scope') ?? ''),
    protocol: Number(word('proto') ?? 3),
    ...hopOf(tokens),
    ...(word('src') === undefined ? {} : { source: ip(word('src') ?? '') }),
    ...(hops.length === 0 ? {} : { hops }),
    ...(word('nhid') === undefined ? {} : { nexthop: Number(word('nhid')) }),
    ...(tokens.includes('linkdown') ? { flags: ['linkdown'] } : {}),
    ...(tokens.includes('realm') ? { realm: true } : {}),
  };
}

function hopOf(tokens: readonly string[]): Hop {
  const word = (name: string): string | undefined => (tokens.includes(name) ? tokens[tokens.indexOf(name) + 1] : undefined);
  const [at, via] = [word('dev'), word('via')];
  return {
    ...(at === undefined ? {} : { interface: link(at) }),
    ...(via === undefined ? {} : { via: ip(via) }),
    ...(tokens.includes('onlink') ? { onlink: true } : {}),
  };
}
