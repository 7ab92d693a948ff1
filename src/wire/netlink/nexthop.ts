import { AF_INET, forEachAttribute, ipv4At, u32At, type Message, type MessageWriter } from './message.ts';

export const RTM_NEWNEXTHOP = 104;
const RTM_GETNEXTHOP = 106;
/** struct nhmsg, and struct nexthop_grp. */
const NHMSG = 8;
const NEXTHOP_GRP = 8;
const NHA_ID = 1;
const NHA_GROUP = 2;
const NHA_BLACKHOLE = 4;
const NHA_OIF = 5;
const NHA_GATEWAY = 6;

/** A nexthop object as RTM_NEWNEXTHOP tells of it; the gateway is a number in host order. */
export interface NexthopMessage {
  readonly id: number;
  readonly oif: number | undefined;
  readonly gateway: number | undefined;
  /** RTNH_F_*. */
  readonly flags: number;
  readonly blackhole: boolean;
  readonly group: readonly { readonly id: number; readonly weight: number }[] | undefined;
}

/** Asks for the nexthop objects of every family: groups have none. */
export function requestNexthops(writer: MessageWriter, sequence: number): void {
  writer.beginList(RTM_GETNEXTHOP, sequence);
  writer.u32(0);
  writer.u32(0);
  writer.end();
}

export function decodeNexthop(view: DataView, { from, to }: Message): NexthopMessage | undefined {
  if (to - from < NHMSG) return undefined;
  const isIpv4 = view.getUint8(from) === AF_INET;
  let id: number | undefined;
  let oif: number | undefined;
  let gateway: number | undefined;
  let blackhole = false;
  let group: NexthopMessage['group'];
  forEachAttribute(view, from + NHMSG, to, (type, start, end) => {
    if (type === NHA_ID) id = u32At(view, start, end);
    else if (type === NHA_OIF) oif = u32At(view, start, end);
    else if (type === NHA_GATEWAY && isIpv4) gateway = ipv4At(view, start, end);
    else if (type === NHA_BLACKHOLE) blackhole = true;
    else if (type === NHA_GROUP) group = groupIn(view, start, end);
  });
  return id === undefined ? undefined : { id, oif, gateway, flags: view.getUint32(from + 4, true), blackhole, group };
}

/** Weights count from 0, in a byte and, since Linux 6.12, a second one. */
function groupIn(view: DataView, from: number, to: number): { id: number; weight: number }[] {
  const group = [];
  for (let at = from; at + NEXTHOP_GRP <= to; at += NEXTHOP_GRP) {
    group.push({ id: view.getUint32(at, true), weight: view.getUint8(at + 4) + view.getUint8(at + 5) * 256 + 1 });
  }
  return group;
}
