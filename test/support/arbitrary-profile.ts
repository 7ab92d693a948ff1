import fc from 'fast-check';
import { milliseconds } from '../../src/net/duration.ts';
import type { Ipv4 } from '../../src/net/ipv4.ts';
import { kernelLinkName } from '../../src/net/link-name.ts';
import { must } from '../../src/net/parsed.ts';
import { parseInterfaceAddress, parsePrefix, rangeOf, type InterfaceAddress } from '../../src/net/prefix.ts';
import { confPath, IP_FORWARD } from '../../src/net/sysctl-path.ts';
import { ANNOUNCE_DEFAULTS } from '../../src/model/settings.ts';
import type { CommonKeys, Custom, HostEntry, NatProxy, PrivateVlan, Profile, PseudoBridge } from '../../src/profile/profile.ts';

/** The interfaces that these profiles speak of. */
export const LINKS = ['eth0', 'eth1', 'eth2'] as const;
const links = LINKS.map(kernelLinkName);
const link = fc.constantFrom(...links);

const common = (name: string): fc.Arbitrary<CommonKeys> =>
  fc.record({
    name: fc.constant(name),
    proxyDelay: fc.constantFrom('keep' as const, milliseconds(0), milliseconds(5)),
    forwarding: fc.constantFrom('global' as const, 'interfaces' as const, 'keep' as const),
    redirects: fc.constantFrom(false as const, 'keep' as const),
    flush: fc.boolean(),
    probe: fc.constant(false),
    announce: fc.constant(ANNOUNCE_DEFAULTS),
    acceptRisks: fc.constant([]),
  });

function entry(text: string): HostEntry {
  const range = rangeOf(must(parsePrefix(text)));
  return { ...range, as: text.endsWith('/32') ? 'address' : 'prefix' };
}

const OWN: readonly InterfaceAddress[] = ['192.168.0.1/24', '192.168.1.1/24', '10.0.0.1/8'].map((text) =>
  must(parseInterfaceAddress(text)),
);

/** Hosts of a segment: what it may own, by the place of the segment, so that no host lives on two. */
const hosts = (at: number): fc.Arbitrary<HostEntry[]> =>
  fc
    .subarray([`192.168.0.${16 * (at + 1)}/28`, `192.168.0.${200 + at}/32`, `192.168.1.${100 + at}/32`, `10.${at}.0.0/30`])
    .map((texts) => texts.map(entry));

const pseudoBridge = (name: string): fc.Arbitrary<PseudoBridge> =>
  fc
    .tuple(common(name), fc.subarray([...links], { minLength: 2 }), fc.tuple(hosts(0), hosts(1), hosts(2)), fc.nat(2), fc.boolean())
    .map(([keys, chosen, hostLists, own, listed]) => ({
      ...keys,
      kind: 'pseudo-bridge' as const,
      answer: listed ? ('listed' as const) : ('routed' as const),
      segments: chosen.map((at, index) => ({
        interface: at,
        addresses: index === 0 ? OWN.slice(own, own + 1) : [],
        hosts: hostLists[index] ?? [],
      })),
    }));

const privateVlan = (name: string): fc.Arbitrary<PrivateVlan> =>
  fc.tuple(common(name), fc.oneof(link, fc.constant({ glob: 'eth*' })), fc.boolean()).map(([keys, at, addressed]) => ({
    ...keys,
    kind: 'private-vlan' as const,
    interfaces: [at],
    addresses: addressed && typeof at === 'string' ? OWN.slice(1, 2) : [],
  }));

const natProxy = (name: string): fc.Arbitrary<NatProxy> =>
  fc.tuple(common(name), fc.subarray([1, 2, 3], { minLength: 1 })).map(([keys, publics]) => ({
    ...keys,
    kind: 'nat-proxy' as const,
    outside: links[0] ?? kernelLinkName('eth0'),
    inside: links[1] ?? kernelLinkName('eth1'),
    nat: publics.map((last) => ({ map: 'address' as const, public: `203.0.113.${last}` as Ipv4, private: `10.9.0.${last}` as Ipv4 })),
    manageNat: true,
  }));

/** Of one subnet: on one interface, the second one is a secondary of the first, and both bring the same route. */
const NEIGHBOURLY: InterfaceAddress[] = ['172.16.9.1/24', '172.16.9.2/24'].map((text) => must(parseInterfaceAddress(text)));

const custom = (name: string): fc.Arbitrary<Custom> =>
  fc
    .tuple(
      common(name),
      fc.subarray([
        IP_FORWARD,
        ...links.map((at) => confPath(at, 'forwarding')),
        confPath('all', 'accept_redirects'),
        confPath('default', 'forwarding'),
      ]),
      fc.constantFrom('0', '1'),
      fc.subarray([1, 2, 3]),
      link,
      fc.subarray(NEIGHBOURLY),
      fc.boolean(),
    )
    .map(([keys, paths, value, lasts, at, addresses, network]) => ({
      ...keys,
      kind: 'custom' as const,
      sysctl: paths.map((path) => ({ path, value })),
      addresses: addresses.map((address) => ({ address, interface: at })),
      routes: [...lasts.map((last) => `172.16.0.${last}/32`), ...(network ? ['172.16.9.0/24'] : [])].map((to) => ({
        to: must(parsePrefix(to)),
        interface: at,
        metric: 0,
        table: 254,
        type: 'unicast' as const,
        scope: 'link' as const,
      })),
      proxies: lasts.map((last) => ({ addresses: must(parsePrefix(`172.16.1.${last}/32`)), interface: at })),
      announceAddresses: [],
    }));

/** Any profile of a few names, over a few interfaces, so that profiles meet often. */
export const anyProfile: fc.Arbitrary<Profile> = fc
  .constantFrom('alpha', 'beta', 'gamma')
  .chain((name) => fc.oneof(pseudoBridge(name), privateVlan(name), natProxy(name), custom(name)));

/** What an administrator may have set before parp came: forwarding of single interfaces, ip_forward itself. */
export const anyForwarding: fc.Arbitrary<Readonly<Record<string, string>>> = fc
  .tuple(fc.boolean(), fc.subarray([...links]), fc.boolean())
  .map(([on, flipped, redirects]) => ({
    ...(on ? { [IP_FORWARD]: '1', [confPath('default', 'forwarding')]: '1' } : {}),
    ...Object.fromEntries(links.map((at) => [confPath(at, 'forwarding'), on !== flipped.includes(at) ? '1' : '0'])),
    [confPath('all', 'accept_redirects')]: redirects ? '1' : '0',
  }));
