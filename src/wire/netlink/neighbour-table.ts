import { AF_INET, forEachAttribute, textAt, u32At, type Message, type MessageWriter } from './message.ts';

export const RTM_NEWNEIGHTBL = 64;
const RTM_GETNEIGHTBL = 66;
const RTM_SETNEIGHTBL = 67;
/** struct ndtmsg. */
const NDTMSG = 4;
const NDTA_NAME = 1;
const NDTA_PARMS = 6;
const NDTPA_IFINDEX = 1;
const NDTPA_PROXY_DELAY = 13;
const NDTPA_PROXY_QLEN = 14;
const NDTPA_LOCKTIME = 15;
const ARP_CACHE = 'arp_cache';

/** What the ARP table keeps for one interface; times in milliseconds. */
export interface NeighbourTimes {
  readonly index: number;
  readonly proxyDelay: number | undefined;
  readonly proxyQlen: number | undefined;
  readonly locktime: number | undefined;
}

/** Asks for the neighbour tables of IPv4. */
export function requestNeighbourTables(writer: MessageWriter, sequence: number): void {
  writer.beginList(RTM_GETNEIGHTBL, sequence);
  writer.u32(AF_INET);
  writer.end();
}

/** Writes one value of `neigh/<link>`; the kernel rounds times up to jiffies (KERNEL.md F73). */
export function writeNeighbourTable(
  writer: MessageWriter,
  sequence: number,
  index: number,
  key: 'proxy_delay' | 'locktime' | 'proxy_qlen',
  value: number,
): void {
  writer.begin(RTM_SETNEIGHTBL, sequence);
  writer.u32(AF_INET);
  writer.attributeText(NDTA_NAME, ARP_CACHE);
  writer.nest(NDTA_PARMS, () => {
    writer.attributeU32(NDTPA_IFINDEX, index);
    if (key === 'proxy_qlen') writer.attributeU32(NDTPA_PROXY_QLEN, value);
    else writer.attributeU64(key === 'locktime' ? NDTPA_LOCKTIME : NDTPA_PROXY_DELAY, value);
  });
  writer.end();
}

/**
 * The values of one interface of the ARP table; undefined for another table, and for what belongs to none: the table's own values, and what new
 * interfaces begin with, which the first network namespace alone lists, as interface 0 (neightbl_dump_info).
 */
export function decodeNeighbourTable(view: DataView, { from, to }: Message): NeighbourTimes | undefined {
  if (to - from < NDTMSG || view.getUint8(from) !== AF_INET) return undefined;
  let isArp = false;
  let index: number | undefined;
  let proxyDelay: number | undefined;
  let proxyQlen: number | undefined;
  let locktime: number | undefined;
  forEachAttribute(view, from + NDTMSG, to, (type, start, end) => {
    if (type === NDTA_NAME) isArp = textAt(view, start, end) === ARP_CACHE;
    if (type !== NDTA_PARMS) return;
    forEachAttribute(view, start, end, (parameter, at, until) => {
      if (parameter === NDTPA_IFINDEX) index = u32At(view, at, until);
      else if (parameter === NDTPA_PROXY_QLEN) proxyQlen = u32At(view, at, until);
      else if (parameter === NDTPA_PROXY_DELAY) proxyDelay = u64At(view, at, until);
      else if (parameter === NDTPA_LOCKTIME) locktime = u64At(view, at, until);
    });
  });
  return isArp && index !== undefined && index !== 0 ? { index, proxyDelay, proxyQlen, locktime } : undefined;
}

function u64At(view: DataView, from: number, to: number): number | undefined {
  return to - from >= 8 ? Number(view.getBigUint64(from, true)) : undefined;
}
