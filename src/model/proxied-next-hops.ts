import { ipv4FromNumber, ipv4ToNumber, type Ipv4 } from '../net/ipv4.ts';
import type { LinkName } from '../net/link-name.ts';
import { DEFAULT_PREFIX, rangeOf } from '../net/prefix.ts';
import { possibleOutcomes } from './arp-decision.ts';
import type { ArpReason } from './arp-outcome.ts';
import { isOwnAddress } from './fib-index.ts';
import type { OperatorPeer, PathFinding } from './operator-peer.ts';
import { subnetOf, type HostState } from './state.ts';
import { waysTo } from './way-to.ts';

/** Somebody on a link of the host whom its neighbours have to reach themselves. */
interface NextHop {
  readonly address: Ipv4;
  /** Where it lives: the interface by which the present route to it leaves. */
  readonly interface: LinkName;
  readonly code: PathFinding['code'];
  readonly who: string;
}

/**
 * Next hops for whom the host would answer on the very link where they live, so that they would be cut off from all their neighbours:
 * the default gateway, the operators, and every other gateway of the present routes. What the host answers already is a warning.
 */
export function proxiedNextHops(before: HostState, after: HostState, peers: readonly OperatorPeer[]): PathFinding[] {
  const hops = nextHops(before, peers);
  return hops.flatMap((hop): PathFinding[] => {
    const senders = plausibleSenders(before, after, hop, hops);
    const reason = answering(after, hop, senders);
    if (reason === undefined) return [];
    const { address, interface: at, code, who } = hop;
    const claim = `for ${address} (${who}) on ${at}, where it lives`;
    return answering(before, hop, senders) === undefined
      ? [{ code, severity: 'refusal', always: true, message: `This host would answer ${claim} (${reason}): ${remedyFor(reason, hop)}` }]
      : [
          {
            code,
            severity: 'warning',
            always: false,
            message: `This host answers ${claim} (${reason}), and did so before: ${remedyFor(reason, hop)}`,
          },
        ];
  });
}

function remedyFor(reason: ArpReason, { address, interface: at }: NextHop): string {
  if (reason === 'private-vlan') return `leave ${at} out of the private VLAN`;
  return reason === 'local-address' ? `leave ${address} to its owner` : `let the route to ${address} lead by ${at}`;
}

/** Why the host may answer one of the senders for the next hop, if it may. */
function answering(state: HostState, { address, interface: at }: NextHop, senders: readonly Ipv4[]): ArpReason | undefined {
  for (const from of senders) {
    const answer = possibleOutcomes(state, { interface: at, from, to: address }).find((outcome) => outcome.answer === 'reply');
    if (answer !== undefined) return answer.because;
  }
  return undefined;
}

/** Each once, as what matters most: the default gateway, then a peer, then any other gateway. */
function nextHops(state: HostState, peers: readonly OperatorPeer[]): NextHop[] {
  const found = new Map<string, NextHop>();
  const add = (address: Ipv4, at: LinkName, code: NextHop['code'], who: string): void => {
    const key = `${address} ${at}`;
    if (!found.has(key) && !isOwnAddress(state, address)) found.set(key, { address, interface: at, code, who });
  };
  const [defaults, others] = gatewaysOf(state);
  for (const gateway of defaults) for (const at of homesOf(state, gateway)) add(gateway, at, 'gateway-proxied', 'the default gateway');
  for (const { peer, local, why } of peers) {
    for (const { nextHop, interface: at } of waysTo(state, peer, local)) {
      add(nextHop, at, 'management-path', nextHop === peer ? `the operator: ${why}` : `the next hop to the operator at ${peer}: ${why}`);
    }
  }
  for (const gateway of others) for (const at of homesOf(state, gateway)) add(gateway, at, 'gateway-proxied', 'the gateway of a route');
  return [...found.values()];
}

function homesOf(state: HostState, address: Ipv4): LinkName[] {
  return waysTo(state, address)
    .filter(({ nextHop }) => nextHop === address)
    .map((way) => way.interface);
}

/** The gateways of the default routes, and those of the others. */
function gatewaysOf(state: HostState): [defaults: ReadonlySet<Ipv4>, others: ReadonlySet<Ipv4>] {
  const defaults = new Set<Ipv4>();
  const others = new Set<Ipv4>();
  for (const { to, type, via, hops } of state.routes) {
    if (type !== 'unicast') continue;
    const into = to === DEFAULT_PREFIX ? defaults : others;
    for (const gateway of [via, ...(hops ?? []).map((hop) => hop.via)]) if (gateway !== undefined) into.add(gateway);
  }
  for (const { via } of state.nexthops) if (via !== undefined) others.add(via);
  return [defaults, others];
}

/** More would ask the same: whether a sender is accepted hangs on its route, and these stand for every subnet of the link. */
const MOST_SENDERS = 24;

/** Who may ask for a next hop on its link: its neighbours by number, some of every subnet of the link, and others that are known to be there. */
function plausibleSenders(before: HostState, after: HostState, hop: NextHop, hops: readonly NextHop[]): Ipv4[] {
  const { address, interface: at } = hop;
  const known = hops.filter((other) => other.interface === at).map((other) => other.address);
  const heard = before.neighbours.filter((entry) => entry.interface === at && entry.mac !== null).map((entry) => entry.address);
  const subnets = [before, after].flatMap((state) => state.addresses.filter((entry) => entry.interface === at));
  const samples = subnets.flatMap((entry) => {
    const { first, last } = rangeOf(subnetOf(entry));
    return last - first < 2 ? [first, last] : [first + 1, first + 2, Math.floor((first + last) / 2), last - 2, last - 1];
  });
  const number = ipv4ToNumber(address);
  const candidates = [...[number - 1, number + 1, ...samples].map(ipv4FromNumber), ...known, ...heard];
  const others = candidates.filter((from) => from !== address && !isOwnAddress(before, from) && !isOwnAddress(after, from));
  // Also the next hop itself: an answer to its announcement would tell it that its address is taken.
  return [...new Set(others)].slice(0, MOST_SENDERS).concat(address);
}
