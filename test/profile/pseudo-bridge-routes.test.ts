import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { milliseconds } from '../../src/net/duration.ts';
import { kernelLinkName } from '../../src/net/link-name.ts';
import { must } from '../../src/net/parsed.ts';
import {
  lengthOf,
  networkOf,
  parseInterfaceAddress,
  parsePrefix,
  rangeOf,
  type InterfaceAddress,
  type Prefix,
} from '../../src/net/prefix.ts';
import { parseIpv4, ipv4ToNumber } from '../../src/net/ipv4.ts';
import { desire } from '../../src/profile/desire.ts';
import { findOverlaps } from '../../src/profile/host-overlap.ts';
import type { HostEntry, PseudoBridge, Segment } from '../../src/profile/profile.ts';
import { hostsOfSegments } from '../../src/profile/segment-hosts.ts';
import { freshHost } from '../support/memory-kernel.ts';

const LINKS = ['eth0', 'eth1', 'eth2'];
const HOST = freshHost(LINKS);
const BASE = ipv4ToNumber(must(parseIpv4('10.0.0.0')));

/** Entries in a space of 32 addresses, so that they meet and nest often. */
const entry: fc.Arbitrary<HostEntry> = fc.oneof(
  fc.nat(31).map((at): HostEntry => ({ first: BASE + at, last: BASE + at, as: 'address' })),
  fc
    .tuple(fc.nat(28), fc.integer({ min: 1, max: 3 }))
    .map(([at, more]): HostEntry => ({ first: BASE + at, last: BASE + at + more, as: 'range' })),
  fc.tuple(fc.nat(31), fc.integer({ min: 1, max: 5 })).map(([at, bits]): HostEntry => {
    const first = BASE + ((at >> bits) << bits);
    return { first, last: first + 2 ** bits - 1, as: 'prefix' };
  }),
);
/** Of the whole space: an address of a part of it would say that this part lives on its segment. */
const own = fc.constantFrom('10.0.0.30/27', '10.0.0.1/27').map((text) => must(parseInterfaceAddress(text)));

const segments: fc.Arbitrary<Segment[]> = fc
  .tuple(
    fc.array(fc.record({ entry, segment: fc.nat(2) }), { maxLength: 9 }),
    fc.array(fc.record({ own, segment: fc.nat(2) }), { maxLength: 2 }),
  )
  .filter(([all]) => findOverlaps(all).length === 0)
  .map(([all, addresses]) =>
    LINKS.map((name, at) => ({
      interface: kernelLinkName(name),
      addresses: addresses.filter(({ segment }) => segment === at).map((one) => one.own),
      hosts: all.filter(({ segment }) => segment === at).map((one) => one.entry),
    })),
  );

function bridge(of: readonly Segment[]): PseudoBridge {
  return {
    kind: 'pseudo-bridge',
    name: 'office',
    segments: of,
    answer: 'routed',
    proxyDelay: milliseconds(0),
    forwarding: 'global',
    redirects: false,
    flush: true,
    probe: false,
    announce: false,
    acceptRisks: [],
  };
}

/** A route of the profile's own, or one that its addresses bring. */
interface LaidRoute {
  readonly to: Prefix;
  readonly link: string;
  readonly own: boolean;
}

function routesOf(profile: PseudoBridge): LaidRoute[] {
  const { settings } = desire(profile, HOST).settings;
  return settings.flatMap((setting): LaidRoute[] => {
    if (setting.kind === 'route') return [{ to: setting.subject.to, link: setting.value.interface ?? '', own: true }];
    if (setting.kind !== 'address' || lengthOf(setting.subject.address) === 32) return [];
    return [{ to: networkOf(setting.subject.address), link: setting.subject.interface, own: false }];
  });
}

describe('the routes of a pseudo-bridge', () => {
  it('lead each host to the segment where it lives, and find room beside those that addresses bring', () => {
    fc.assert(
      fc.property(segments, (of) => {
        const routes = routesOf(bridge(of));
        const subnets: InterfaceAddress[] = of.flatMap(({ addresses }) => [...addresses]);
        const owners = hostsOfSegments(of, subnets);
        for (let address = BASE; address < BASE + 32; address++) {
          const owner = owners.findIndex((ranges) => ranges.some(({ first, last }) => first <= address && address <= last));
          if (owner < 0) continue;
          const holding = routes.filter(({ to }) => rangeOf(to).first <= address && address <= rangeOf(to).last);
          const longest = Math.max(...holding.map(({ to }) => lengthOf(to)));
          const links = new Set(holding.filter(({ to }) => lengthOf(to) === longest).map(({ link }) => link));
          expect([...links], `10.0.0.${address - BASE} of ${LINKS[owner]}`).toEqual([LINKS[owner]]);
        }
        for (const { to } of routes.filter((route) => route.own)) expect(routes.filter((route) => route.to === to)).toHaveLength(1);
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    ['a host in the midst of another segment', ['10.0.0.2', '10.0.0.12'], ['10.0.0.8/29'], ['10.0.0.12/32 eth0', '10.0.0.8/29 eth1']],
    ['the same host inside its own prefix, too', ['10.0.0.0/27', '10.0.0.12'], ['10.0.0.8/29'], ['10.0.0.12/32 eth0', '10.0.0.8/29 eth1']],
  ])('go to %s', (_what, left, right, expected) => {
    const entries = (texts: readonly string[]): HostEntry[] =>
      texts.map((text) => {
        const range = rangeOf(must(parsePrefix(text.includes('/') ? text : `${text}/32`)));
        return { ...range, as: text.includes('/') ? 'prefix' : 'address' };
      });
    const of = [left, right].map((texts, at): Segment => {
      const addresses = at === 0 ? [must(parseInterfaceAddress('10.0.0.30/27'))] : [];
      return { interface: kernelLinkName(LINKS[at] ?? ''), addresses, hosts: entries(texts) };
    });
    const routes = routesOf(bridge(of)).filter((route) => route.own);
    expect(routes.map(({ to, link }) => `${to} ${link}`)).toEqual(expected);
  });
});
