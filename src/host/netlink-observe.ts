import { Failure } from '../model/failure.ts';
import { hasRealm } from '../model/fib-rules.ts';
import type { HostState } from '../model/state.ts';
import { recogniseNatTables } from '../render/nft-listing.ts';
import { ipv4ToNumber, type Ipv4 } from '../net/ipv4.ts';
import { decodeAddress, requestAddresses, RTM_NEWADDR } from '../wire/netlink/address.ts';
import { decodeLink, requestLinks, RTM_NEWLINK, type LinkMessage } from '../wire/netlink/link.ts';
import type { Message, MessageWriter } from '../wire/netlink/message.ts';
import { decodeNeighbour, requestNeighbours, requestProxies, RTM_NEWNEIGH, type NeighbourMessage } from '../wire/netlink/neighbour.ts';
import { decodeNeighbourTable, requestNeighbourTables, RTM_NEWNEIGHTBL } from '../wire/netlink/neighbour-table.ts';
import { decodeNexthop, requestNexthops, RTM_NEWNEXTHOP } from '../wire/netlink/nexthop.ts';
import { NFT_NEWTABLE, requestTables } from '../wire/netlink/nftables.ts';
import { decodeRoute, requestRouteOf, requestRoutes, RTM_NEWROUTE } from '../wire/netlink/route.ts';
import { decodeRule, requestRules, RTM_NEWRULE } from '../wire/netlink/rule.ts';
import { SystemError, tickMilliseconds } from './libc.ts';
import { AnswersLost, NETLINK_NETFILTER, NetlinkRefusal, NetlinkSocket, type DumpEnd } from './netlink-socket.ts';
import { addressOf, linksOf, LinkNames, neighbourOf, nexthopOf, proxyOf, routeOf, sysctlsOf, UnknownLink } from './netlink-state.ts';
import { readRuleset } from './nft.ts';
import { stickyQuestions, stickyState, type StickyQuestions } from './sticky.ts';
import { readHostSysctls } from './sysctl-files.ts';

/** How often a read is repeated that changed under it. */
const READS = 5;

/** Reads the whole host by a few lists. Throws `Failure` where it cannot be read. */
export async function observeHost(socket: NetlinkSocket): Promise<HostState> {
  // Its program runs while the lists are read.
  const ruleset = hasTables() === false ? Promise.resolve([]) : readRuleset();
  try {
    const read = readKernel(socket);
    const nftables = await ruleset;
    return { ...read, nftables, nat: recogniseNatTables(nftables ?? []) };
  } catch (error) {
    await ruleset.catch(() => undefined);
    if (error instanceof NetlinkRefusal || error instanceof SystemError)
      throw new Failure('refused', 'unreadable-host', error.message, { cause: error });
    throw error;
  }
}

function readKernel(socket: NetlinkSocket): Omit<HostState, 'nftables' | 'nat'> {
  for (let read = 1; ; read++) {
    try {
      return readLists(socket);
    } catch (error) {
      if (!(error instanceof UnknownLink)) throw error;
      if (read === READS) throw new Failure('refused', 'unreadable-host', 'Interfaces come and go while the host is read');
    }
  }
}

function readLists(socket: NetlinkSocket): Omit<HostState, 'nftables' | 'nat'> {
  const found = readLinks(socket);
  const names = new LinkNames(found);
  const addresses = list(socket, 'Read addresses', requestAddresses, RTM_NEWADDR, decodeAddress).map((entry) => addressOf(entry, names));
  const routes = list(socket, 'Read routes', requestRoutes, RTM_NEWROUTE, (view, message) => {
    const route = decodeRoute(view, message);
    return route === undefined ? undefined : routeOf(route, names);
  });
  const rules = list(socket, 'Read rules', requestRules, RTM_NEWRULE, decodeRule);
  const times = list(socket, 'Read neighbour tables', requestNeighbourTables, RTM_NEWNEIGHTBL, decodeNeighbourTable);
  const sysctls = sysctlsOf(readHostSysctls(), found, times, names);
  const realms = routes.some((route) => route.realm === true);
  const questions = stickyQuestions(addresses, routes, { get: (path) => sysctls[path] }, realms || rules.some(hasRealm));
  return {
    links: linksOf(found, names),
    addresses: inOrderOf(found, addresses),
    routes,
    rules,
    nexthops: readNexthops(socket, names),
    sysctls,
    proxies: list(socket, 'Read proxy neighbours', requestProxies, RTM_NEWNEIGH, decodeNeighbour)
      .filter(({ proxy }) => proxy)
      .map((entry) => proxyOf(entry, names)),
    neighbours: readNeighbours(socket).map((entry) => neighbourOf(entry, names)),
    sticky: askSticky(socket, questions, (name) => found.find((link) => link.name === name)?.index ?? 0),
    tickMs: tickMilliseconds(),
  };
}

/** All links of the namespace. */
export function readLinks(socket: NetlinkSocket): LinkMessage[] {
  return list(socket, 'Read links', requestLinks, RTM_NEWLINK, decodeLink);
}

/** The ARP table. */
export function readNeighbours(socket: NetlinkSocket): NeighbourMessage[] {
  return list(socket, 'Read neighbours', requestNeighbours, RTM_NEWNEIGH, decodeNeighbour).filter(({ proxy }) => !proxy);
}

/** A list, read again where it changed meanwhile, or a part of it was lost. */
function list<T>(
  socket: NetlinkSocket,
  asked: string,
  request: (writer: MessageWriter, sequence: number) => void,
  type: number,
  decode: (view: DataView, message: Message) => T | undefined,
): T[] {
  for (let read = 1; ; read++) {
    const entries: T[] = [];
    const end = wholeOrLost(() =>
      socket.dump(asked, request, (view, message) => {
        const entry = message.type === type ? decode(view, message) : undefined;
        if (entry !== undefined) entries.push(entry);
      }),
    );
    if (end === 'whole') return entries;
    if (read === READS) throw new Failure('refused', 'unreadable-host', `${asked}: the list changes all the time`);
  }
}

function wholeOrLost(dump: () => DumpEnd): DumpEnd | 'lost' {
  try {
    return dump();
  } catch (error) {
    if (error instanceof AnswersLost) return 'lost';
    throw error;
  }
}

/** Without nexthop objects (before Linux 5.3) the rest is still the host. */
function readNexthops(socket: NetlinkSocket, names: LinkNames): HostState['nexthops'] {
  try {
    return list(socket, 'Read nexthops', requestNexthops, RTM_NEWNEXTHOP, decodeNexthop).map((entry) => nexthopOf(entry, names));
  } catch (error) {
    if (error instanceof NetlinkRefusal) return [];
    throw error;
  }
}

/** The kernel lists addresses by its own order of links; links come in that of their list. */
function inOrderOf(links: readonly LinkMessage[], addresses: HostState['addresses']): HostState['addresses'] {
  const place = new Map(links.map(({ name }, at) => [name, at]));
  return addresses.toSorted((a, b) => (place.get(a.interface) ?? 0) - (place.get(b.interface) ?? 0));
}

function askSticky(socket: NetlinkSocket, questions: StickyQuestions | null, indexOf: (name: string) => number): HostState['sticky'] {
  if (questions === null) return { customRules: null, customLocalRoutes: null };
  const { to, link, neighbour, broadcast } = questions;
  const ask = (from: Ipv4): { table?: number } | null => {
    const question = { to: ipv4ToNumber(to), from: ipv4ToNumber(from), iif: indexOf(link) };
    const { value, refusal } = socket.ask(
      'Ask for a route',
      (writer, sequence) => requestRouteOf(writer, sequence, question),
      (view, message) => decodeRoute(view, message),
    );
    return refusal !== undefined || value === undefined ? null : { table: value.table };
  };
  return stickyState(ask(neighbour), broadcast === null ? undefined : ask(broadcast));
}

/** Whether there is any table of nftables; null where the kernel does not say. Saves the start of `nft` where there is none. */
function hasTables(): boolean | null {
  let socket: NetlinkSocket | undefined;
  try {
    socket = new NetlinkSocket(NETLINK_NETFILTER);
    let count = 0;
    socket.dump('Read nftables', requestTables, (_, { type }) => {
      if (type === NFT_NEWTABLE) count++;
    });
    return count > 0;
  } catch (error) {
    if (error instanceof NetlinkRefusal || error instanceof SystemError) return null;
    throw error;
  } finally {
    socket?.close();
  }
}
