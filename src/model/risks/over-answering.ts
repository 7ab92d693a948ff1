import {
  addressSet,
  difference,
  firstPrefixes,
  intersection,
  isEmptySet,
  NO_ADDRESSES,
  sizeOfSet,
  type AddressSet,
} from '../../net/address-set.ts';
import type { LinkName } from '../../net/link-name.ts';
import { lengthOf, networkOf, rangeOf } from '../../net/prefix.ts';
import type { Range } from '../../net/range.ts';
import { answeredBy } from '../answered.ts';
import type { Risk } from '../risk.ts';
import type { HostState } from '../state.ts';
import { isAnswering } from './answering.ts';
import { riskOf, type ProfileInput } from './risk-input.ts';
import { waysOut } from './ways-out.ts';

/** Interfaces that would answer for more than anybody asked for (KERNEL.md F10, F85). */
export function overAnswering(input: ProfileInput): readonly Risk[] {
  const { before, after, concern } = input;
  if (before === after) return [];
  const links = concern.opensAll ? new Set([...concern.proxyArp, ...after.links.map(({ name }) => name)]) : concern.proxyArp;
  return [...links].flatMap((link): Risk[] => {
    if (answersItsWire(after, link)) return answersItsWire(before, link) ? [] : [riskOf(input, 'over-answering', 'refusal', ownWire(link))];
    const isWorldwide = answersTheWorld(after, link) && !answersTheWorld(before, link);
    const unlisted = unlistedOn(input, link);
    return [
      ...(isEmptySet(unlisted) ? [] : [riskOf(input, 'over-answering', 'warning', strangers(link, unlisted))]),
      ...(isWorldwide ? [riskOf(input, 'over-answering', 'warning', theWorld(link, [...waysOut(after).byDefault].join(', ')))] : []),
    ];
  });
}

/** Addresses of the profile's subnets that nobody listed, and that an interface will answer for and did not before. */
function unlistedOn({ before, after, concern, promises }: ProfileInput, link: LinkName): AddressSet {
  const now = answeredBy(after).get(link)?.proxied ?? NO_ADDRESSES;
  if (isEmptySet(now) || !concern.links.has(link)) return NO_ADDRESSES;
  const subnets = (isHere: boolean): Range[] =>
    after.addresses
      .filter(({ interface: at, address }) => concern.links.has(at) && (at === link) === isHere && lengthOf(address) < 32)
      .map(({ address }) => rangeOf(networkOf(address)));
  const shared = subnets(false);
  // First what is listed: it can be a hundred thousand addresses, and leaves few.
  const listed = promises.filter((promise) => promise.interface === link).map(({ addresses }) => addresses);
  const unlisted = intersection(listed.reduce(difference, now), addressSet(shared));
  // What the interface has a subnet of itself, same-subnet-twice speaks of; a subnet's first address is its network's own, which nobody asks for.
  const known = addressSet([...subnets(true), ...shared.map(({ first }) => ({ first, last: first }))]);
  return difference(difference(unlisted, known), answeredBy(before).get(link)?.proxied ?? NO_ADDRESSES);
}

/** proxy_arp answers for what another interface leads to: where none leads back by this one, for its own neighbours, too. */
function answersItsWire(state: HostState, link: LinkName): boolean {
  const { any, wide } = waysOut(state);
  return !any.has(link) && wide.size > 0 && isAnswering(state, link, 'proxy_arp');
}

function answersTheWorld(state: HostState, link: LinkName): boolean {
  const { byDefault } = waysOut(state);
  return byDefault.size > 0 && !byDefault.has(link) && isAnswering(state, link, 'proxy_arp');
}

function ownWire(link: LinkName): string {
  return `proxy_arp of ${link} is on, but no route leaves by ${link}: this host would answer there in place of the neighbours on that very wire and cut them off from one another; give ${link} an address with its subnet, or list its hosts, or leave proxy_arp of ${link} off`;
}

const SHOWN = 3;

/** The first few ranges of what may be a hundred thousand. */
function firstRanges(set: AddressSet, most: number): AddressSet {
  const count = Math.min(most, set.length / 2);
  return addressSet(Array.from({ length: count }, (_, i) => ({ first: set[2 * i] ?? 0, last: set[2 * i + 1] ?? 0 })));
}

function strangers(link: LinkName, unlisted: AddressSet): string {
  const { prefixes, more } = firstPrefixes(firstRanges(unlisted, SHOWN), SHOWN);
  const count = sizeOfSet(unlisted);
  const isMore = more > 0 || unlisted.length > 2 * SHOWN;
  const shown = `${prefixes.map((prefix) => prefix.replace(/\/32$/, '')).join(', ')}${isMore ? ', …' : ''}`;
  return `On ${link} this host answers for ${count === 1 ? 'an address' : `${count} addresses`} of the shared subnet that nobody listed, too (${shown}): whoever has one of them on ${link} itself is cut off there; list every host, or answer for the listed ones alone (answer: listed, or proxies)`;
}

function theWorld(link: LinkName, out: string): string {
  return `The default route leaves by ${out}, so that on ${link} this host answers for every address that no other route leads to; with answer: listed, or proxies, it answers for the listed ones alone`;
}
