import { countOf, listing, MOST, type Scene, type Sides } from './picture-parts.ts';
import type { Answer } from '../model/picture.ts';
import type { PseudoBridge, Segment } from './profile.ts';
import { entryText } from './pseudo-bridge.ts';
import { hostsOfSegments } from './segment-hosts.ts';

/** A segment, and how many addresses live there. */
type Counted = Segment & { readonly count: number };

/** A wire a segment: the router answers on it for the hosts of every other. */
export function bridgeWires({ segments }: PseudoBridge, scene: Scene): Sides {
  const own = segments.flatMap((segment) => scene.own.get(segment.interface) ?? []);
  const homes = hostsOfSegments(segments, own);
  const counted = segments.map((segment, at): Counted => ({ ...segment, count: countOf(homes[at] ?? []) }));
  return new Map(
    counted.map((segment) => [
      segment.interface,
      () => ({
        home: 'hosts',
        hosts: listing(segment.hosts, MOST.hosts, entryText, segment.count),
        unlisted: 'no hosts are listed',
        answers: answersFor(counted.filter((other) => other !== segment && other.hosts.length > 0)),
      }),
    ]),
  );
}

function answersFor(others: readonly Counted[]): Answer[] {
  if (others.length > MOST.segments) {
    const hosts = others.flatMap((other) => other.hosts);
    const count = others.reduce((sum, other) => sum + other.count, 0);
    return [{ whom: `hosts of ${others.length} others`, listing: listing(hosts, MOST.answers, entryText, count) }];
  }
  return others.map((other) => ({
    whom: `hosts of ${other.interface}`,
    listing: listing(other.hosts, MOST.answers, entryText, other.count),
  }));
}

export function bridgeNotes({ answer }: PseudoBridge): string[] {
  return answer === 'listed'
    ? ['Answers by proxy neighbours: nobody else is answered for']
    : ['Answers by proxy_arp: for whatever else is routed to another interface, too'];
}
