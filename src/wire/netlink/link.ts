import { macFromBytes, type Mac } from '../../net/mac.ts';
import { CONF_KEYS, type ConfKey } from '../../net/sysctl-path.ts';
import { AF_INET, AF_UNSPEC, bytesAt, forEachAttribute, textAt, u32At, type Message, type MessageWriter } from './message.ts';

export const RTM_NEWLINK = 16;
const RTM_GETLINK = 18;
const RTM_SETLINK = 19;
/** struct ifinfomsg. */
const IFINFOMSG = 16;
const IFLA_ADDRESS = 1;
const IFLA_IFNAME = 3;
const IFLA_MTU = 4;
const IFLA_LINK = 5;
const IFLA_MASTER = 10;
const IFLA_LINKINFO = 18;
const IFLA_AF_SPEC = 26;
const IFLA_EXT_MASK = 29;
const IFLA_LINK_NETNSID = 37;
const IFLA_INFO_KIND = 1;
const IFLA_INET_CONF = 1;
const RTEXT_FILTER_SKIP_STATS = 1 << 3;
const ARPHRD_ETHER = 1;

/** The place of each key in IFLA_INET_CONF, counted from 1: the enum IPV4_DEVCONF_* of linux/ip.h (KERNEL.md F68). */
const DEVCONF: Readonly<Record<ConfKey, number>> = {
  forwarding: 1,
  proxy_arp: 3,
  accept_redirects: 4,
  secure_redirects: 5,
  send_redirects: 6,
  shared_media: 7,
  rp_filter: 8,
  arp_filter: 13,
  medium_id: 14,
  arp_announce: 18,
  arp_ignore: 19,
  promote_secondaries: 20,
  arp_accept: 21,
  arp_notify: 22,
  accept_local: 23,
  proxy_arp_pvlan: 25,
  route_localnet: 26,
  ignore_routes_with_linkdown: 29,
  drop_gratuitous_arp: 31,
  bc_forwarding: 32,
  arp_evict_nocarrier: 33,
};

/** A link as RTM_NEWLINK tells of it. */
export interface LinkMessage {
  readonly index: number;
  readonly name: string;
  /** The link-layer address, where it is an Ethernet one. */
  readonly mac: Mac | null;
  /** IFF_*. */
  readonly flags: number;
  readonly kind: string | null;
  readonly mtu: number;
  /** The number of the bridge or bond that it is a port of. */
  readonly master: number | null;
  /** The number of the link below it, where that is in this namespace, too. */
  readonly lower: number | null;
  /** The values of `conf/<link>`; undefined where IPv4 does not know the link. */
  readonly conf: Readonly<Partial<Record<ConfKey, number>>> | undefined;
}

/** Asks for all links. */
export function requestLinks(writer: MessageWriter, sequence: number): void {
  writer.beginList(RTM_GETLINK, sequence);
  writeInfo(writer, 0);
  writer.attributeU32(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
  writer.end();
}

/** Writes one value of `conf/<link>` (KERNEL.md F69). */
export function writeLinkConf(writer: MessageWriter, sequence: number, index: number, key: ConfKey, value: number): void {
  writer.begin(RTM_SETLINK, sequence);
  writeInfo(writer, index);
  writer.nest(IFLA_AF_SPEC, () => writer.nest(AF_INET, () => writer.nest(IFLA_INET_CONF, () => writer.attributeU32(DEVCONF[key], value))));
  writer.end();
}

function writeInfo(writer: MessageWriter, index: number): void {
  writer.u32(AF_UNSPEC);
  writer.u32(index);
  writer.u32(0);
  writer.u32(0);
}

export function decodeLink(view: DataView, { from, to }: Message): LinkMessage | undefined {
  if (to - from < IFINFOMSG) return undefined;
  const isEthernet = view.getUint16(from + 2, true) === ARPHRD_ETHER;
  let name: string | undefined;
  let mac: Mac | null = null;
  let kind: string | null = null;
  let mtu = 0;
  let master: number | null = null;
  let lower: number | null = null;
  let isElsewhere = false;
  let conf: LinkMessage['conf'];
  forEachAttribute(view, from + IFINFOMSG, to, (type, start, end) => {
    switch (type) {
      case IFLA_IFNAME:
        name = textAt(view, start, end);
        break;
      case IFLA_ADDRESS:
        if (isEthernet && end - start === 6) mac = macFromBytes(bytesAt(view, start, end));
        break;
      case IFLA_MTU:
        mtu = u32At(view, start, end);
        break;
      case IFLA_MASTER:
        master = u32At(view, start, end);
        break;
      case IFLA_LINK:
        lower = u32At(view, start, end);
        break;
      case IFLA_LINK_NETNSID:
        isElsewhere = true;
        break;
      case IFLA_LINKINFO:
        forEachAttribute(view, start, end, (info, at, until) => {
          if (info === IFLA_INFO_KIND) kind = textAt(view, at, until);
        });
        break;
      case IFLA_AF_SPEC:
        conf = confIn(view, start, end);
        break;
    }
  });
  if (name === undefined) return undefined;
  const [index, flags] = [view.getInt32(from + 4, true), view.getUint32(from + 8, true)];
  return { index, name, mac, flags, kind, mtu, master, lower: isElsewhere ? null : lower, conf };
}

function confIn(view: DataView, from: number, to: number): LinkMessage['conf'] {
  let conf: Partial<Record<ConfKey, number>> | undefined;
  forEachAttribute(view, from, to, (family, start, end) => {
    if (family !== AF_INET) return;
    forEachAttribute(view, start, end, (type, at, until) => {
      if (type !== IFLA_INET_CONF) return;
      conf = {};
      for (const key of CONF_KEYS) {
        const place = at + (DEVCONF[key] - 1) * 4;
        if (place + 4 <= until) conf[key] = view.getInt32(place, true);
      }
    });
  });
  return conf;
}
