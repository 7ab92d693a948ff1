import { ipv4FromNumber } from '../net/ipv4.ts';
import type { HostEntry, NatMapping, Profile } from '../profile/profile.ts';

/** The network of a profile as a tree: this router, its interfaces, and who is behind each. */
export function pictureOf(profile: Profile, unicode: boolean): string[] {
  const branches = branchesOf(profile);
  const [fork, end, bar] = unicode ? ['├─', '└─', '│ '] : ['+-', '`-', '| '];
  const tree = branches.flatMap(([head = '', ...leaves], i) => {
    const last = i === branches.length - 1;
    return [`  ${last ? end : fork} ${head}`, ...leaves.map((leaf) => `  ${last ? '  ' : bar}    ${leaf}`)];
  });
  return ['  this router', ...tree];
}

/** An interface with what belongs to it below. */
type Branch = readonly string[];

function branchesOf(profile: Profile): Branch[] {
  switch (profile.kind) {
    case 'pseudo-bridge':
      return profile.segments.map(({ interface: link, addresses, hosts }, at) => {
        const others = profile.segments.filter((_, other) => other !== at).map((other) => other.interface);
        return [
          headOf(link, addresses),
          `behind it: ${hosts.length === 0 ? 'hosts that nobody listed' : several(hosts.map(entryText))}`,
          `answers there for ${profile.answer === 'listed' ? 'the listed hosts' : 'whatever is routed'} behind ${several(others)}`,
        ];
      });
    case 'private-vlan':
      return profile.interfaces.map((link) => [
        typeof link === 'string' ? headOf(link, profile.addresses) : `${link.glob} (each that matches)`,
        'behind it: hosts that the switch keeps apart',
        'answers each of them for all others',
      ]);
    case 'nat-proxy':
      return [
        [headOf(profile.outside, []), 'outside; answers there for:', ...short(profile.nat.map(mappingText))],
        [headOf(profile.inside, []), 'inside: the hosts'],
      ];
    case 'custom':
      return customBranches(profile);
  }
}

function customBranches({ addresses, routes, proxies, announceAddresses, sysctl }: Extract<Profile, { kind: 'custom' }>): Branch[] {
  const branches = new Map<string, string[]>();
  const add = (link: string, leaf: string): void => {
    branches.set(link, [...(branches.get(link) ?? []), leaf]);
  };
  for (const { address, interface: link } of addresses) add(link, `has ${address}`);
  for (const { to, interface: link, via } of routes)
    add(link ?? 'wherever the gateway is', `leads to ${to}${via === undefined ? '' : ` by ${via}`}`);
  for (const { addresses: answered, interface: link } of proxies) add(link, `answers for ${answered}`);
  for (const { addresses: announced, interface: link } of announceAddresses) add(link, `announces ${announced}`);
  for (const { path, value } of sysctl) add('switches', `${path} = ${value}`);
  return [...branches].map(([link, leaves]) => [link, ...short(leaves)]);
}

function headOf(link: string, addresses: readonly string[]): string {
  return addresses.length === 0 ? link : `${link}  ${several(addresses)}`;
}

function entryText({ first, last, as }: HostEntry): string {
  if (as === 'address') return ipv4FromNumber(first);
  return as === 'range'
    ? `${ipv4FromNumber(first)}-${ipv4FromNumber(last)}`
    : `${ipv4FromNumber(first)}/${32 - Math.log2(last - first + 1)}`;
}

function mappingText(mapping: NatMapping): string {
  switch (mapping.map) {
    case 'address':
    case 'prefix':
      return `${mapping.public} = ${mapping.private}`;
    case 'source':
      return `${mapping.public} for all that ${mapping.source} sends`;
    case 'port':
      return `${mapping.public} ${mapping.protocol} ${mapping.port} to ${mapping.to}:${mapping.toPort}`;
  }
}

/** More than this is counted. */
const MOST = 6;

function several(texts: readonly string[]): string {
  return short(texts).join(', ');
}

function short(texts: readonly string[]): readonly string[] {
  return texts.length <= MOST ? texts : [...texts.slice(0, MOST - 1), `${texts.length - MOST + 1} more`];
}
