import type { Answer } from '../model/picture.ts';
import { LOOPBACK, type LinkName } from '../net/link-name.ts';
import { DEFAULT_PREFIX, rangeOf } from '../net/prefix.ts';
import { groupBy } from '../model/groups.ts';
import { confPath } from '../net/sysctl-path.ts';
import type { RouteSubject, RouteValue } from '../model/operation.ts';
import { linksOfCustom } from './custom-settings.ts';
import { countOf, listing, MOST, ownNetworks, prefixWords, type Scene, type Sides } from './picture-parts.ts';
import type { Custom, CustomRoute } from './profile.ts';

/** A wire an interface that a piece names: behind it is what the profile routes there, or what its addresses bring. */
export function customWires(profile: Custom, scene: Scene): Sides {
  const routes = unicastRoutes(scene);
  const links = new Set([...linksOfCustom(profile), ...routes.flatMap((route) => route.interface ?? [])]);
  links.delete(LOOPBACK);
  const routed = groupBy(routes, (route) => route.interface);
  const reached = new Map(
    [...links].map((link): [LinkName, string[]] => [
      link,
      [...ownNetworks(link, scene).map(prefixWords), ...(routed.get(link) ?? []).map(routeWords)],
    ]),
  );
  return new Map(
    [...reached].map(([link, there]) => [
      link,
      () => ({
        home: 'routed there',
        hosts: listing(there, MOST.hosts, String, null),
        unlisted: 'no route leads there',
        answers: answersOn(link, profile, reached),
      }),
    ]),
  );
}

/** The routes as the kernel will have them: with the interface of each gateway. */
function unicastRoutes({ settings }: Scene): (RouteSubject & RouteValue)[] {
  return settings.settings.flatMap((setting) =>
    setting.kind === 'route' && setting.value.type === 'unicast' ? [{ ...setting.subject, ...setting.value }] : [],
  );
}

function routeWords({ to, via }: Pick<CustomRoute, 'to' | 'via'>): string {
  const target = to === DEFAULT_PREFIX ? 'default' : prefixWords(to);
  return via === undefined ? target : `${target} via ${via}`;
}

function answersOn(link: LinkName, profile: Custom, reached: ReadonlyMap<LinkName, readonly string[]>): Answer[] {
  const answers: Answer[] = [];
  const proxies = profile.proxies.filter((proxy) => proxy.interface === link).map(({ addresses }) => addresses);
  if (proxies.length > 0)
    answers.push({
      whom: 'proxy neighbours',
      listing: listing(proxies, MOST.answers, prefixWords, countOf(proxies.map(rangeOf))),
    });
  const isOn = (key: 'proxy_arp' | 'proxy_arp_pvlan'): boolean => {
    const paths = new Set([confPath(link, key), confPath('all', key)]);
    return profile.sysctl.some(({ path, value }) => value === '1' && paths.has(path));
  };
  if (isOn('proxy_arp')) {
    const elsewhere = [...reached].filter(([other]) => other !== link).flatMap(([, there]) => there);
    answers.push({ whom: 'whatever is routed elsewhere', listing: listing(elsewhere, MOST.answers, String, null) });
  }
  if (isOn('proxy_arp_pvlan'))
    answers.push({
      whom: 'whatever is routed back there',
      listing: listing(reached.get(link) ?? [], MOST.answers, String, null),
    });
  return answers;
}

/** The routes that lead onto no wire. */
export function customNotes(profile: Custom, scene: Scene): string[] {
  const drawn = new Set(unicastRoutes(scene).map(({ to, table, metric }) => `${to} ${table} ${metric}`));
  return profile.routes
    .filter(({ to, table, metric, interface: link }) => link === LOOPBACK || !drawn.has(`${to} ${table} ${metric}`))
    .map((route) => {
      const where = route.interface === undefined ? '' : ` dev ${route.interface}`;
      const type = route.type === 'unicast' ? '' : `${route.type} `;
      const answered = route.type === 'local' ? ': answered for on every interface' : '';
      return `Route ${type}${routeWords(route)}${where}${answered}`;
    });
}
