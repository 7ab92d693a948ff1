import { ipv4FromNumber, type Ipv4 } from '../../net/ipv4.ts';
import type { LinkName } from '../../net/link-name.ts';
import { lengthOf, numberOf, rangeOf, type Prefix } from '../../net/prefix.ts';
import type { ArpQuestion } from '../arp-decision.ts';
import { isOwnAddress } from '../fib-index.ts';
import { groupBy } from '../groups.ts';
import { subnetOf, type AddressEntry, type HostState } from '../state.ts';
import type { ProfileInput } from './risk-input.ts';

/** How many senders, and how many targets, stand for all of an interface: whether they are answered hangs on the same switches. */
const MOST = 4;

/** Who may ask for what on an interface that the profile wants to answer there: questions that shall get an answer. */
export function plausibleQuestions({ after, settings, concern }: ProfileInput): readonly ArpQuestion[] {
  const announced = groupBy(settings.announcements, (entry) => entry.interface);
  const addressesOf = groupBy(after.addresses, (entry) => entry.interface);
  const neighboursOn = (link: LinkName): Ipv4[] => neighboursIn(after, ends(addressesOf.get(link) ?? []));
  const expected = [...announced].flatMap(([link, entries]): ArpQuestion[] => {
    const senders = [...livingOn(settings.stale, link), ...neighboursOn(link)].slice(0, MOST);
    const targets = ends(entries).flatMap(({ addresses }) => ends(addresses).map(anyOf));
    return senders.flatMap((from) => targets.map((to) => ({ interface: link, from, to })));
  });
  const isolated = [...concern.pvlan].flatMap((link): ArpQuestion[] => {
    const [from, to] = neighboursOn(link);
    return from === undefined || to === undefined ? [] : [{ interface: link, from, to }];
  });
  return [...expected, ...isolated].filter(({ from, to }) => from !== to && !isOwnAddress(after, from));
}

/** Hosts that the profile says live on the interface. */
function livingOn(stale: ProfileInput['settings']['stale'], link: LinkName): Ipv4[] {
  return stale.flatMap(({ addresses, except }) =>
    except === link
      ? ends(addresses)
          .map(anyOf)
          .slice(0, MOST / 2)
      : [],
  );
}

/** Some of those for whom an interface's subnets have room. */
function neighboursIn(state: HostState, subnets: readonly AddressEntry[]): Ipv4[] {
  return subnets
    .filter(({ address }) => lengthOf(address) < 31)
    .flatMap((entry) => {
      const { first, last } = rangeOf(subnetOf(entry));
      return [first + 1, last - 1, first + 2, last - 2]
        .filter((number) => first < number && number < last)
        .map(ipv4FromNumber)
        .filter((candidate) => !isOwnAddress(state, candidate));
    });
}

/** The first and the last few of a list. */
function ends<T>(list: readonly T[]): readonly T[] {
  return list.length <= MOST ? list : [...list.slice(0, MOST / 2), ...list.slice(-MOST / 2)];
}

/** An address of a prefix that can be somebody's: the first one of a subnet is its network's own. */
function anyOf(prefix: Prefix): Ipv4 {
  return ipv4FromNumber(numberOf(prefix) + (lengthOf(prefix) < 31 ? 1 : 0));
}
