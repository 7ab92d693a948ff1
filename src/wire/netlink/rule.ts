import { ipv4FromNumber } from '../../net/ipv4.ts';
import { AF_INET, forEachAttribute, ipv4At, textAt, u32At, type Message, type MessageWriter } from './message.ts';

export const RTM_NEWRULE = 32;
const RTM_GETRULE = 34;
/** struct fib_rule_hdr. */
const FIB_RULE_HDR = 12;
const FIB_RULE_INVERT = 0x2;
const FIB_RULE_UNRESOLVED = 0x4;
const FIB_RULE_IIF_DETACHED = 0x8;
const FIB_RULE_OIF_DETACHED = 0x10;
const FR_ACT_TO_TBL = 1;
const FR_ACT_GOTO = 2;
const FR_ACT_NOP = 3;

const FRA_DST = 1;
const FRA_SRC = 2;
const FRA_IIFNAME = 3;
const FRA_GOTO = 4;
const FRA_PRIORITY = 6;
const FRA_FWMARK = 10;
const FRA_FLOW = 11;
const FRA_TUN_ID = 12;
const FRA_SUPPRESS_IFGROUP = 13;
const FRA_SUPPRESS_PREFIXLEN = 14;
const FRA_TABLE = 15;
const FRA_FWMASK = 16;
const FRA_OIFNAME = 17;
const FRA_L3MDEV = 19;
const FRA_UID_RANGE = 20;
const FRA_PROTOCOL = 21;
const FRA_IP_PROTO = 22;
const FRA_SPORT_RANGE = 23;
const FRA_DPORT_RANGE = 24;
const FRA_DSCP = 25;
const FRA_SPORT_MASK = 28;
const FRA_DPORT_MASK = 29;
const FRA_DSCP_MASK = 30;
/** FRA_UNSPEC, and paddings: they say nothing. */
const SILENT: ReadonlySet<number> = new Set([0, 18]);

/** An IPv4 rule by the keys of `ip -json -N -details rule`, where a key without a value holds null. */
export type RuleMessage = Record<string, string | number | null> & { priority: number };

/** Asks for the IPv4 rules. */
export function requestRules(writer: MessageWriter, sequence: number): void {
  writer.beginList(RTM_GETRULE, sequence);
  writer.u8(AF_INET);
  for (let at = 1; at < FIB_RULE_HDR; at++) writer.u8(0);
  writer.end();
}

export function decodeRule(view: DataView, { from, to }: Message): RuleMessage | undefined {
  if (to - from < FIB_RULE_HDR || view.getUint8(from) !== AF_INET) return undefined;
  const [sourceLength, destinationLength, tos] = [view.getUint8(from + 2), view.getUint8(from + 1), view.getUint8(from + 3)];
  const action = view.getUint8(from + 7);
  const flags = view.getUint32(from + 8, true);
  let table = view.getUint8(from + 4);
  const rule: RuleMessage = { priority: 0, src: 'all' };
  if ((flags & FIB_RULE_INVERT) !== 0) rule['not'] = null;
  if (sourceLength > 0) prefixed(rule, 'src', 0, sourceLength);
  if (destinationLength > 0) prefixed(rule, 'dst', 0, destinationLength);
  if (tos !== 0) rule['tos'] = `0x${tos.toString(16).padStart(2, '0')}`;
  forEachAttribute(view, from + FIB_RULE_HDR, to, (type, start, end) => {
    const number = u32At(view, start, end);
    switch (type) {
      case FRA_PRIORITY:
        rule.priority = number;
        break;
      case FRA_SRC:
        prefixed(rule, 'src', ipv4At(view, start, end) ?? 0, sourceLength);
        break;
      case FRA_DST:
        prefixed(rule, 'dst', ipv4At(view, start, end) ?? 0, destinationLength);
        break;
      case FRA_FWMARK:
        rule['fwmark'] = hex(number);
        break;
      case FRA_FWMASK:
        // The kernel leaves out a mark of 0.
        rule['fwmark'] ??= hex(0);
        if (number !== 0xffffffff) rule['fwmask'] = hex(number);
        break;
      case FRA_IIFNAME:
        rule['iif'] = textAt(view, start, end);
        if ((flags & FIB_RULE_IIF_DETACHED) !== 0) rule['iif_detached'] = null;
        break;
      case FRA_OIFNAME:
        rule['oif'] = textAt(view, start, end);
        if ((flags & FIB_RULE_OIF_DETACHED) !== 0) rule['oif_detached'] = null;
        break;
      case FRA_L3MDEV:
        if (end > start && view.getUint8(start) !== 0) rule['l3mdev'] = null;
        break;
      case FRA_UID_RANGE:
        rule['uid_start'] = number;
        rule['uid_end'] = u32At(view, start + 4, end);
        break;
      case FRA_IP_PROTO:
        rule['ipproto'] = `ipproto-${u8At(view, start, end)}`;
        break;
      case FRA_SPORT_RANGE:
        ports(rule, 'sport', view, start, end);
        break;
      case FRA_DPORT_RANGE:
        ports(rule, 'dport', view, start, end);
        break;
      case FRA_TUN_ID:
        rule['tun_id'] = end - start >= 8 ? Number(view.getBigUint64(start)) : 0;
        break;
      case FRA_DSCP:
        rule['dscp'] = String(u8At(view, start, end));
        break;
      // The kernel tells of masks also where all bits count (since Linux 6.14).
      case FRA_SPORT_MASK:
        masked(rule, 'sport_mask', u16At(view, start, end), 0xffff);
        break;
      case FRA_DPORT_MASK:
        masked(rule, 'dport_mask', u16At(view, start, end), 0xffff);
        break;
      case FRA_DSCP_MASK:
        masked(rule, 'dscp_mask', u8At(view, start, end), 0x3f);
        break;
      case FRA_TABLE:
        table = number;
        break;
      case FRA_SUPPRESS_PREFIXLEN:
        if (number !== 0xffffffff) rule['suppress_prefixlen'] = number;
        break;
      case FRA_SUPPRESS_IFGROUP:
        if (number !== 0xffffffff) rule['suppress_ifgroup'] = String(number);
        break;
      case FRA_FLOW:
        if (number >>> 16 !== 0) rule['flow_from'] = String(number >>> 16);
        rule['flow_to'] = String(number & 0xffff);
        break;
      case FRA_GOTO:
        if (action === FR_ACT_GOTO) rule['goto'] = number;
        break;
      case FRA_PROTOCOL:
        if (end > start) rule['protocol'] = String(view.getUint8(start));
        break;
      default:
        // What is not known here may select packets: whoever reads the rule must see that there is more.
        if (!SILENT.has(type)) rule[`fra_${type}`] = null;
    }
  });
  if (table !== 0) rule['table'] = String(table);
  if (action === FR_ACT_GOTO && (flags & FIB_RULE_UNRESOLVED) !== 0) rule['unresolved'] = null;
  else if (action === FR_ACT_NOP) rule['nop'] = null;
  else if (action !== FR_ACT_TO_TBL && action !== FR_ACT_GOTO) rule['action'] = String(action);
  return rule;
}

function prefixed(rule: RuleMessage, key: 'src' | 'dst', address: number, length: number): void {
  rule[key] = ipv4FromNumber(address);
  if (length !== 32) rule[`${key}len`] = length;
}

function ports(rule: RuleMessage, key: 'sport' | 'dport', view: DataView, from: number, to: number): void {
  if (to - from < 4) return;
  const [first, last] = [view.getUint16(from, true), view.getUint16(from + 2, true)];
  if (first === last) rule[key] = first;
  else {
    rule[`${key}_start`] = first;
    rule[`${key}_end`] = last;
  }
}

function masked(rule: RuleMessage, key: string, mask: number, whole: number): void {
  if (mask !== whole) rule[key] = hex(mask);
}

function u8At(view: DataView, from: number, to: number): number {
  return to > from ? view.getUint8(from) : 0;
}

function u16At(view: DataView, from: number, to: number): number {
  return to - from >= 2 ? view.getUint16(from, true) : 0;
}

/** As printf writes it by `%#x`. */
function hex(number: number): string {
  return number === 0 ? '0' : `0x${number.toString(16)}`;
}
