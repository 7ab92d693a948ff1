import { grouped } from '../../net/count-words.ts';
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
import { lengthOf, networkOf, prefixWords, rangeOf } from '../../net/prefix.ts';
import { answeredBy } from '../answered.ts';
import { groupBy } from '../groups.ts';
import type { Risk } from '../risk.ts';
import type { HostState } from '../state.ts';
import { isAnswering } from './answering.ts';
import { named, riskOf, type ProfileInput } from './risk-input.ts';
import { waysOut } from './ways-out.ts';

/** Interfaces that would answer for more than anybody asked for (KERNEL.md F10, F85). */
export function overAnswering(input: ProfileInput): readonly Risk[] {
  const { before, after, concern } = input;
  if (before === after) return [];
  const links = concern.opensAll ? new Set([...concern.proxyArp, ...after.links.map(({ name }) => name)]) : concern.proxyArp;
  const takenOver = [...links].filter((link) => answersItsWire(after, link));
  const others = [...links].filter((link) => !answersItsWire(after, link));
  const worldwide = others.filter((link) => answersTheWorld(after, link) && !answersTheWorld(before, link));
  return [
    ...takenOver.filter((link) => !answersItsWire(before, link)).map((link) => riskOf(input, 'over-answering', 'refusal', ownWire(link))),
    ...unlistedRisks(input, others),
    ...(worldwide.length === 0 ? [] : [riskOf(input, 'over-answering', 'warning', theWorld(worldwide, waysOut(after).byDefault))]),
  ];
}

interface Unlisted {
  readonly link: LinkName;
  readonly unlisted: AddressSet;
}

/** Addresses of the profile's subnets that nobody listed, and that interfaces will answer for and did not before: one sentence for all. */
function unlistedRisks(input: ProfileInput, links: readonly LinkName[]): Risk[] {
  const { after, concern } = input;
  const wide = after.addresses.filter(({ interface: at, address }) => concern.links.has(at) && lengthOf(address) < 32);
  const subnets = groupBy(wide, (entry) => entry.interface);
  const shared = wide.map(({ address }) => rangeOf(networkOf(address)));
  // A subnet's first address is its network's own, which nobody asks for.
  const askable = difference(addressSet(shared), addressSet(shared.map(({ first }) => ({ first, last: first }))));
  const found = links.flatMap((link): Unlisted[] => {
    const own = addressSet((subnets.get(link) ?? []).map(({ address }) => rangeOf(networkOf(address))));
    const unlisted = concern.links.has(link) ? unlistedOn(input, link, askable, own) : NO_ADDRESSES;
    return isEmptySet(unlisted) ? [] : [{ link, unlisted }];
  });
  const [first, ...others] = found;
  return first === undefined ? [] : [riskOf(input, 'over-answering', 'warning', strangers(first, others))];
}

/** What the interface has a subnet of itself is left out: same-subnet-twice speaks of that. */
function unlistedOn({ before, after, promises }: ProfileInput, link: LinkName, askable: AddressSet, own: AddressSet): AddressSet {
  const now = answeredBy(after).get(link)?.proxied ?? NO_ADDRESSES;
  if (isEmptySet(now)) return NO_ADDRESSES;
  // First what is listed: it can be a hundred thousand addresses, and leaves few.
  const listed = promises.filter((promise) => promise.interface === link).map(({ addresses }) => addresses);
  const unlisted = difference(intersection(listed.reduce(difference, now), askable), own);
  return difference(unlisted, answeredBy(before).get(link)?.proxied ?? NO_ADDRESSES);
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

function strangers({ link, unlisted }: Unlisted, others: readonly Unlisted[]): string {
  const { prefixes, more } = firstPrefixes(unlisted, SHOWN);
  const count = sizeOfSet(unlisted);
  const shown = `${prefixes.map(prefixWords).join(', ')}${more > 0 ? ', …' : ''}`;
  const same = others.length === 0 ? '' : `; the same on ${named(others.map((other) => other.link))}`;
  return `On ${link} this host answers for ${count === 1 ? 'an address' : `${grouped(count)} addresses`} of the shared subnet that nobody listed, too (${shown}): whoever has one of them on ${link} itself is cut off there; list every host, or answer for the listed ones alone (answer: listed, or proxies)${same}`;
}

function theWorld(links: readonly LinkName[], out: ReadonlySet<LinkName>): string {
  return `The default route leaves by ${named(out)}, so that on ${named(links)} this host answers for every address that no other route leads to; with answer: listed, or proxies, it answers for the listed ones alone`;
}
