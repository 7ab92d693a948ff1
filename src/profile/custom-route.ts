import { parseIpv4, type Ipv4 } from '../net/ipv4.ts';
import { parseLinkName } from '../net/link-name.ts';
import { DEFAULT_PREFIX, parsePrefix } from '../net/prefix.ts';
import type { RouteScope, RouteType } from '../model/operation.ts';
import { spotOf, type Path, type Report } from './problem.ts';
import type { CustomRoute } from './profile.ts';
import { take } from './read-value.ts';
import type { Raw } from './schema.ts';

type RawRoute = NonNullable<Raw<'custom'>['routes']>[number];

/** rtnetlink(7). */
const TABLES = { main: 254, local: 255, default: 253 } as const;

/** What each type of route needs, and where iproute2 puts it if the command does not say (iproute.c, iproute_modify). */
export const ROUTE_TRAITS: Readonly<
  Record<RouteType, { readonly leads: boolean; readonly gateway: boolean; readonly table: number; readonly scope: RouteScope }>
> = {
  unicast: { leads: true, gateway: true, table: TABLES.main, scope: 'link' },
  local: { leads: true, gateway: false, table: TABLES.local, scope: 'host' },
  broadcast: { leads: true, gateway: false, table: TABLES.local, scope: 'link' },
  anycast: { leads: true, gateway: false, table: TABLES.local, scope: 'link' },
  multicast: { leads: true, gateway: true, table: TABLES.main, scope: 'link' },
  blackhole: { leads: false, gateway: false, table: TABLES.main, scope: 'global' },
  unreachable: { leads: false, gateway: false, table: TABLES.main, scope: 'global' },
  prohibit: { leads: false, gateway: false, table: TABLES.main, scope: 'global' },
  throw: { leads: false, gateway: false, table: TABLES.main, scope: 'global' },
};

/** Reads the routes of a custom profile; two of one prefix, table and metric are a mistake, as the kernel tells routes apart by these. */
export function readRoutes(raw: readonly RawRoute[], report: Report): CustomRoute[] {
  const seen = new Map<string, number>();
  return raw.flatMap((one, i) => {
    const route = readRoute(one, ['routes', i], report);
    if (route === undefined) return [];
    const key = `${route.to} ${route.table} ${route.metric}`;
    const first = seen.get(key);
    if (first !== undefined) {
      report.at(
        ['routes', i, 'to'],
        'duplicate-route',
        (line) => `A route to ${route.to} of this table and metric stands on ${line} already`,
        {
          elsewhere: spotOf(report, ['routes', first, 'to']),
        },
      );
      return [];
    }
    seen.set(key, i);
    return [route];
  });
}

function readRoute(raw: RawRoute, path: Path, report: Report): CustomRoute | undefined {
  const type = raw.type ?? 'unicast';
  const sound = checkPieces(raw, type, path, report);
  const to = raw.to === 'default' ? DEFAULT_PREFIX : take(report, [...path, 'to'], parsePrefix(raw.to));
  const link = raw.interface === undefined ? undefined : take(report, [...path, 'interface'], parseLinkName(raw.interface));
  const via = takeOptionalAddress(report, [...path, 'via'], raw.via);
  const source = takeOptionalAddress(report, [...path, 'source'], raw.source);
  if (!sound || to === undefined) return undefined;
  return {
    to,
    ...(link === undefined ? {} : { interface: link }),
    ...(via === undefined ? {} : { via }),
    metric: raw.metric ?? 0,
    table: tableOf(raw, type),
    type,
    scope: via === undefined ? ROUTE_TRAITS[type].scope : 'global',
    ...(source === undefined ? {} : { source }),
    ...(raw.onlink === true ? { onlink: true } : {}),
  };
}

function tableOf({ table }: RawRoute, type: RouteType): number {
  if (table === undefined) return ROUTE_TRAITS[type].table;
  return typeof table === 'number' ? table : TABLES[table];
}

function takeOptionalAddress(report: Report, path: Path, text: string | undefined): Ipv4 | undefined {
  return text === undefined ? undefined : take(report, path, parseIpv4(text));
}

/** Whether the keys of a route fit one another and its type. */
function checkPieces(raw: RawRoute, type: RouteType, path: Path, report: Report): boolean {
  const { leads, gateway } = ROUTE_TRAITS[type];
  const wrong = (key: string, message: string): false => {
    report.at([...path, key], 'route-contradiction', message, { part: 'key' });
    return false;
  };
  if (!leads) {
    for (const key of ['interface', 'via', 'source', 'onlink'] as const)
      if (raw[key] !== undefined) return wrong(key, `A route of type ${type} leads nowhere: leave "${key}" out`);
    return true;
  }
  if (raw.via !== undefined && !gateway) return wrong('via', `A route of type ${type} has no gateway: leave "via" out`);
  if (raw.interface === undefined && (raw.via === undefined || raw.onlink === true)) {
    const needs = !gateway || raw.onlink === true ? '"interface"' : '"interface" or "via"';
    report.lacks(path, ['interface', 'via'], `The route needs ${needs}`);
    return false;
  }
  if (raw.onlink === true && raw.via === undefined) return wrong('onlink', '"onlink" speaks of a gateway: add "via", or leave it out');
  return true;
}
