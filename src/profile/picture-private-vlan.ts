import { confPath } from '../net/sysctl-path.ts';
import { listing, MOST, ownNetworks, prefixWords, type Scene, type Sides } from './picture-parts.ts';

/** A wire an interface that is to answer: its hosts hear the router alone, which answers for each to the others. */
export function vlanWires(scene: Scene): Sides {
  const switched = new Set(scene.settings.settings.map(({ subject }) => subject));
  const links = scene.host.links.map(({ name }) => name).filter((name) => switched.has(confPath(name, 'proxy_arp_pvlan')));
  return new Map(
    links.map((link) => [
      link,
      () => {
        const networks = ownNetworks(link, scene);
        return {
          home: 'hosts kept apart',
          hosts: listing(networks, MOST.hosts, prefixWords, null),
          unlisted: 'no subnet is known',
          answers: [{ whom: 'its hosts, to each other', listing: listing([], MOST.answers, prefixWords, null) }],
        };
      },
    ]),
  );
}

export function vlanNotes(): string[] {
  return ['The switch lets frames pass between a host and the router only; whatever is routed back to the wire is answered for'];
}
