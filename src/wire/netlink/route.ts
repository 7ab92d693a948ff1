import { AF_INET, forEachAttribute, ipv4At, u32At, type EntryVerb, type Message, type MessageWriter } from './message.ts';

export const RTM_NEWROUTE = 24;
const RTM_DELROUTE = 25;
const RTM_GETROUTE = 26;
/** struct rtmsg, and struct rtnexthop. */
const RTMSG = 12;
const RTNEXTHOP = 8;
const RTA_DST = 1;
const RTA_SRC = 2;
const RTA_IIF = 3;
const RTA_OIF = 4;
const RTA_GATEWAY = 5;
const RTA_PRIORITY = 6;
const RTA_PREFSRC = 7;
const RTA_MULTIPATH = 9;
const RTA_FLOW = 11;
const RTA_TABLE = 15;
const RTA_NH_ID = 30;
const RTM_F_LOOKUP_TABLE = 0x1000;
/** A table whose number does not fit into a byte stands in RTA_TABLE alone. */
const RT_TABLE_UNSPEC = 0;

/** RTNH_F_ONLINK. */
export const ONLINK = 4;

/** One way of a route; addresses are numbers in host order. */
export interface HopMessage {
  readonly oif: number | undefined;
  readonly gateway: number | undefined;
  /** RTNH_F_*. */
  readonly flags: number;
  /** From 1. */
  readonly weight: number;
}

/** An IPv4 route as RTM_NEWROUTE tells of it; addresses are numbers in host order. */
export interface RouteMessage {
  readonly to: number;
  readonly length: number;
  readonly table: number;
  readonly priority: number;
  readonly tos: number;
  /** RTN_*, RT_SCOPE_*, RTPROT_*. */
  readonly type: number;
  readonly scope: number;
  readonly protocol: number;
  /** RTNH_F_* of its only hop, and RTM_F_*. */
  readonly flags: number;
  readonly oif: number | undefined;
  readonly gateway: number | undefined;
  readonly source: number | undefined;
  /** The number of a nexthop object. */
  readonly nexthop: number | undefined;
  /** Where there are several. */
  readonly hops: readonly HopMessage[] | undefined;
  /** Whether it gives its packets a realm. */
  readonly realm: boolean;
}

/** Asks for the IPv4 routes of all tables. */
export function requestRoutes(writer: MessageWriter, sequence: number): void {
  writer.beginList(RTM_GETROUTE, sequence);
  writeInfo(writer, { length: 0, tos: 0, table: 0, protocol: 0, scope: 0, type: 0, flags: 0 });
  writer.end();
}

/** Asks which route a packet from `from` to `to` that came in by the link `iif` would take. */
export function requestRouteOf(writer: MessageWriter, sequence: number, question: { to: number; from: number; iif: number }): void {
  writer.begin(RTM_GETROUTE, sequence);
  writer.u8(AF_INET);
  writer.u8(32);
  writer.u8(32);
  writer.u8(0);
  writer.u32(0);
  // Without it the answer names main whatever the table.
  writer.u32(RTM_F_LOOKUP_TABLE);
  writer.attributeIpv4(RTA_DST, question.to);
  writer.attributeIpv4(RTA_SRC, question.from);
  writer.attributeU32(RTA_IIF, question.iif);
  writer.end();
}

/**
 * Adds a route (EEXIST where one of its prefix, table, tos and metric is there), gives it back before any such one, or deletes exactly this one:
 * as `ip route add`, `prepend` and `del` do.
 */
export function writeRoute(writer: MessageWriter, sequence: number, verb: EntryVerb, route: Omit<RouteMessage, 'realm'>): void {
  writer.beginEntry(verb, { add: RTM_NEWROUTE, delete: RTM_DELROUTE }, sequence);
  const fits = route.table < 256;
  writeInfo(writer, { ...route, table: fits ? route.table : RT_TABLE_UNSPEC });
  if (route.length > 0) writer.attributeIpv4(RTA_DST, route.to);
  if (!fits) writer.attributeU32(RTA_TABLE, route.table);
  if (route.nexthop !== undefined) writer.attributeU32(RTA_NH_ID, route.nexthop);
  if (route.gateway !== undefined) writer.attributeIpv4(RTA_GATEWAY, route.gateway);
  if (route.oif !== undefined) writer.attributeU32(RTA_OIF, route.oif);
  if (route.source !== undefined) writer.attributeIpv4(RTA_PREFSRC, route.source);
  if (route.priority !== 0) writer.attributeU32(RTA_PRIORITY, route.priority);
  const { hops } = route;
  if (hops !== undefined) writer.nest(RTA_MULTIPATH, () => hops.forEach((hop) => writeHop(writer, hop)));
  writer.end();
}

function writeInfo(
  writer: MessageWriter,
  route: Pick<RouteMessage, 'length' | 'tos' | 'table' | 'protocol' | 'scope' | 'type' | 'flags'>,
): void {
  writer.u8(AF_INET);
  writer.u8(route.length);
  writer.u8(0);
  writer.u8(route.tos);
  writer.u8(route.table);
  writer.u8(route.protocol);
  writer.u8(route.scope);
  writer.u8(route.type);
  writer.u32(route.flags);
}

function writeHop(writer: MessageWriter, hop: HopMessage): void {
  writer.sized(() => {
    writer.u8(hop.flags);
    writer.u8(hop.weight - 1);
    writer.u32(hop.oif ?? 0);
    if (hop.gateway !== undefined) writer.attributeIpv4(RTA_GATEWAY, hop.gateway);
  });
}

export function decodeRoute(view: DataView, { from, to: end }: Message): RouteMessage | undefined {
  if (end - from < RTMSG || view.getUint8(from) !== AF_INET) return undefined;
  let to = 0;
  let table = view.getUint8(from + 4);
  let priority = 0;
  let oif: number | undefined;
  let gateway: number | undefined;
  let source: number | undefined;
  let nexthop: number | undefined;
  let hops: HopMessage[] | undefined;
  let realm = false;
  forEachAttribute(view, from + RTMSG, end, (type, start, until) => {
    switch (type) {
      case RTA_DST:
        to = ipv4At(view, start, until) ?? 0;
        break;
      case RTA_TABLE:
        table = u32At(view, start, until);
        break;
      case RTA_PRIORITY:
        priority = u32At(view, start, until);
        break;
      case RTA_OIF:
        oif = u32At(view, start, until);
        break;
      case RTA_GATEWAY:
        gateway = ipv4At(view, start, until);
        break;
      case RTA_PREFSRC:
        source = ipv4At(view, start, until);
        break;
      case RTA_NH_ID:
        nexthop = u32At(view, start, until);
        break;
      case RTA_FLOW:
        realm = true;
        break;
      case RTA_MULTIPATH:
        hops = hopsIn(view, start, until, () => {
          realm = true;
        });
        break;
    }
  });
  return {
    to,
    length: view.getUint8(from + 1),
    table,
    priority,
    tos: view.getUint8(from + 3),
    type: view.getUint8(from + 7),
    scope: view.getUint8(from + 6),
    protocol: view.getUint8(from + 5),
    flags: view.getUint32(from + 8, true),
    oif,
    gateway,
    source,
    nexthop,
    hops,
    realm,
  };
}

function hopsIn(view: DataView, from: number, to: number, onRealm: () => void): HopMessage[] {
  const hops: HopMessage[] = [];
  for (let at = from; at + RTNEXTHOP <= to;) {
    const size = view.getUint16(at, true);
    if (size < RTNEXTHOP || at + size > to) break;
    let gateway: number | undefined;
    forEachAttribute(view, at + RTNEXTHOP, at + size, (type, start, end) => {
      if (type === RTA_GATEWAY) gateway = ipv4At(view, start, end);
      if (type === RTA_FLOW) onRealm();
    });
    hops.push({ oif: view.getInt32(at + 4, true), gateway, flags: view.getUint8(at + 2), weight: view.getUint8(at + 3) + 1 });
    at += (size + 3) & ~3;
  }
  return hops;
}
