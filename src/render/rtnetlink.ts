import { ROUTE_TYPES, type Hop, type Operation, type RouteSubject, type RouteValue } from '../model/operation.ts';
import { ipv4ToNumber } from '../net/ipv4.ts';
import type { LinkName } from '../net/link-name.ts';
import { addressOf, lengthOf } from '../net/prefix.ts';
import { NEIGH_KEYS, CONF_KEYS, sysctlParts, type ConfKey, type SysctlPath, type NeighKey } from '../net/sysctl-path.ts';
import { writeAddress } from '../wire/netlink/address.ts';
import { writeLinkConf } from '../wire/netlink/link.ts';
import type { EntryVerb, MessageWriter } from '../wire/netlink/message.ts';
import { writeNeighbourTable } from '../wire/netlink/neighbour-table.ts';
import { writeProxy } from '../wire/netlink/neighbour.ts';
import { ONLINK, writeRoute } from '../wire/netlink/route.ts';
import { scopeNumber } from '../model/route-scope.ts';

/** The number by which the kernel knows a link. */
export type IndexOf = (name: LinkName) => number;

/** What rtnetlink can carry out: everything but tables of nftables. */
export type NetlinkOperation = Exclude<Operation, { readonly kind: 'nat' }>;

/** One message of an operation: a sysctl is written, anything else is deleted as it was found or added as it shall be; what was just deleted is given back. */
export type Step = 'write' | EntryVerb;

/** The messages that carry the operation out, in their order; none for a sysctl that has no value. */
export function stepsOf(operation: NetlinkOperation): readonly Step[] {
  if (operation.kind === 'sysctl') return operation.to === null ? [] : WRITE;
  if (operation.from === null) return operation.to === null ? [] : ADD;
  return operation.to === null ? DELETE : REPLACE;
}

const WRITE: readonly Step[] = ['write'];
const ADD: readonly Step[] = ['add'];
const DELETE: readonly Step[] = ['delete'];
const REPLACE: readonly Step[] = ['delete', 'add'];

/** The step of the inverse operation that takes a step back. */
export function inverseStep(step: Step): Step {
  return step === 'write' ? step : step === 'delete' ? 'give-back' : 'delete';
}

/** Writes one message of an operation. Throws `TypeError` for a sysctl that rtnetlink cannot write. */
export function writeStep(writer: MessageWriter, sequence: number, step: Step, operation: NetlinkOperation, indexOf: IndexOf): void {
  if (operation.kind === 'sysctl') {
    if (operation.to !== null) writeSysctl(writer, sequence, operation.subject, operation.to, indexOf);
  } else if (step !== 'write') writeEntry(writer, sequence, step, operation, indexOf);
}

function writeEntry(
  writer: MessageWriter,
  sequence: number,
  step: Exclude<Step, 'write'>,
  operation: Exclude<NetlinkOperation, { readonly kind: 'sysctl' }>,
  indexOf: IndexOf,
): void {
  const verb = step === 'delete' ? 'delete' : 'add';
  switch (operation.kind) {
    case 'address': {
      const { address, interface: link } = operation.subject;
      const scope = scopeNumber((operation.to ?? operation.from)?.scope ?? 'global');
      const [local, length] = [ipv4ToNumber(addressOf(address)), lengthOf(address)];
      writeAddress(writer, sequence, verb, { index: indexOf(link), local, length, scope });
      break;
    }
    case 'route': {
      const value = verb === 'add' ? operation.to : operation.from;
      if (value !== null) writeRoute(writer, sequence, step, routeMessage(operation.subject, value, indexOf));
      break;
    }
    case 'proxy': {
      const { address, interface: link } = operation.subject;
      const protocol = operation.to?.protocol ?? null;
      writeProxy(writer, sequence, verb, { index: indexOf(link), address: ipv4ToNumber(address), protocol });
    }
  }
}

function routeMessage(subject: RouteSubject, value: RouteValue, indexOf: IndexOf): Parameters<typeof writeRoute>[3] {
  // A nexthop object says by itself where it leads, and so do hops.
  const way: Hop = value.nexthop === undefined && value.hops === undefined ? value : {};
  return {
    to: ipv4ToNumber(addressOf(subject.to)),
    length: lengthOf(subject.to),
    table: subject.table,
    priority: subject.metric,
    tos: subject.tos ?? 0,
    type: ROUTE_TYPES.indexOf(value.type) + 1,
    scope: scopeNumber(value.scope),
    protocol: value.protocol,
    flags: way.onlink === true ? ONLINK : 0,
    oif: way.interface === undefined ? undefined : indexOf(way.interface),
    gateway: way.via === undefined ? undefined : ipv4ToNumber(way.via),
    source: value.source === undefined ? undefined : ipv4ToNumber(value.source),
    nexthop: value.nexthop,
    hops:
      value.nexthop !== undefined
        ? undefined
        : value.hops?.map((hop) => ({
            oif: hop.interface === undefined ? undefined : indexOf(hop.interface),
            gateway: hop.via === undefined ? undefined : ipv4ToNumber(hop.via),
            flags: hop.onlink === true ? ONLINK : 0,
            weight: hop.weight ?? 1,
          })),
  };
}

/** A sysctl of an interface by its parts, where rtnetlink can write it: those of `conf/all`, `conf/default` and the whole host are files alone. */
export function netlinkSysctl(path: SysctlPath): { readonly link: LinkName; readonly key: ConfKey | NeighKey } | null {
  const { group, holder, key } = sysctlParts(path);
  const link = holder as LinkName;
  if (group === 'neigh') return isNeighKey(key) ? { link, key } : null;
  if (group === 'global' || holder === 'all' || holder === 'default') return null;
  return isConfKey(key) ? { link, key } : null;
}

function isNeighKey(key: string): key is NeighKey {
  return (NEIGH_KEYS as readonly string[]).includes(key);
}

function isConfKey(key: string): key is ConfKey {
  return (CONF_KEYS as readonly string[]).includes(key);
}

/** Throws `TypeError` for a sysctl that rtnetlink cannot write, or a value that is no number. */
function writeSysctl(writer: MessageWriter, sequence: number, path: SysctlPath, value: string, indexOf: IndexOf): void {
  const sysctl = netlinkSysctl(path);
  const number = /^(-?\d{1,10})(?:ms)?$/.exec(value)?.[1];
  if (sysctl === null || number === undefined) throw new TypeError(`rtnetlink cannot write ${path} = ${JSON.stringify(value)}`);
  const { link, key } = sysctl;
  if (isNeighKey(key)) writeNeighbourTable(writer, sequence, indexOf(link), key, Number(number));
  else writeLinkConf(writer, sequence, indexOf(link), key, Number(number));
}
