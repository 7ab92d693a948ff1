import type { Ipv4 } from '../net/ipv4.ts';
import type { LinkName } from '../net/link-name.ts';
import { lengthOf, numberOf, type InterfaceAddress, type Prefix } from '../net/prefix.ts';
import type { SysctlPath } from '../net/sysctl-path.ts';
import type { NatTable } from './nat-table.ts';
import { onceForEach } from './once-for-each.ts';

/** The protocol number that parp writes on its routes and proxy neighbours (rtm_protocol, NDA_PROTOCOL). */
export const PARP_PROTOCOL = 97;

/** The tables that every namespace has; routes are in main unless they say otherwise. */
export const RT_TABLE_DEFAULT = 253;
export const RT_TABLE_MAIN = 254;
export const RT_TABLE_LOCAL = 255;

/** What the kernel writes on the routes that it makes by itself from addresses. */
export const RTPROT_KERNEL = 2;

export interface AddressSubject {
  readonly address: InterfaceAddress;
  readonly interface: LinkName;
}

export interface AddressValue {
  readonly scope: RouteScope;
}

/** What makes an IPv4 route one of its kind in the kernel (fib_find_alias): table, prefix, tos and metric. */
export interface RouteSubject {
  readonly to: Prefix;
  readonly table: number;
  readonly metric: number;
  /** Only where it is not 0. */
  readonly tos?: number;
}

export type RouteType = 'unicast' | 'local' | 'broadcast' | 'anycast' | 'multicast' | 'blackhole' | 'unreachable' | 'prohibit' | 'throw';
export const ROUTE_TYPES: readonly RouteType[] = [
  'unicast',
  'local',
  'broadcast',
  'anycast',
  'multicast',
  'blackhole',
  'unreachable',
  'prohibit',
  'throw',
];
/** Names of rtnetlink(7); other numbers as decimal text. */
export type RouteScope = 'global' | 'site' | 'link' | 'host' | 'nowhere' | `${number}`;

export interface Hop {
  readonly interface?: LinkName;
  readonly via?: Ipv4;
  readonly onlink?: true;
  readonly weight?: number;
}

export interface RouteValue extends Hop {
  readonly type: RouteType;
  readonly scope: RouteScope;
  readonly protocol: number;
  readonly source?: Ipv4;
  /** More than one hop, or hops of a nexthop object: never parp's own. */
  readonly hops?: readonly Hop[];
  readonly nexthop?: number;
}

export interface ProxySubject {
  readonly address: Ipv4;
  readonly interface: LinkName;
}

export interface ProxyValue {
  /** Advisory: the kernel overwrites it on a second add and ignores it on deletion. */
  readonly protocol: number | null;
}

export interface Subjects {
  readonly sysctl: SysctlPath;
  readonly address: AddressSubject;
  readonly route: RouteSubject;
  readonly proxy: ProxySubject;
  /** The name of an nftables table of family ip. */
  readonly nat: string;
}

export interface Values {
  readonly sysctl: string;
  readonly address: AddressValue;
  readonly route: RouteValue;
  readonly proxy: ProxyValue;
  readonly nat: NatTable;
}

export type Kind = keyof Subjects;
export const KINDS: readonly Kind[] = ['sysctl', 'address', 'route', 'proxy', 'nat'];

/** One thing of the host, named but not valued. */
export type Subject = { [K in Kind]: { readonly kind: K; readonly subject: Subjects[K] } }[Kind];

/** A subject and the whole value wanted of it. */
export type Setting = { [K in Kind]: { readonly kind: K; readonly subject: Subjects[K]; readonly value: Values[K] } }[Kind];

/**
 * One reversible change: whole values, or null for absence. Where both are equal, the operation holds a value that another
 * operation of the same plan would otherwise change (ip_forward rewrites every interface's forwarding).
 */
export type Operation = {
  [K in Kind]: { readonly kind: K; readonly subject: Subjects[K]; readonly from: Values[K] | null; readonly to: Values[K] | null };
}[Kind];

/**
 * A key that is equal for equal subjects alone: a path, `10.0.0.1/24 eth0`, a prefix, `10.0.0.9 eth0`, a table's name. A hundred thousand
 * routes are looked up by it many times over, so that the usual route has no other key than its prefix.
 */
export function subjectKey(of: Subject): string {
  switch (of.kind) {
    case 'sysctl':
    case 'nat':
      return of.subject;
    case 'route':
      return routeKey(of.subject);
    case 'address':
    case 'proxy':
      return `${of.subject.address} ${of.subject.interface}`;
  }
}

/** `subjectKey` of a route. */
export function routeKey(subject: RouteSubject): string {
  const { to, table, metric, tos = 0 } = subject;
  return isUsual(subject) ? to : `${to} ${table} ${metric} ${tos}`;
}

function isUsual({ table, metric, tos = 0 }: RouteSubject): boolean {
  return table === RT_TABLE_MAIN && metric === 0 && tos === 0;
}

/** The operation that takes this one back. */
export function invert<O extends Operation>(operation: O): O {
  return { ...operation, from: operation.to, to: operation.from };
}

/** `first`, then `second` on the same subject, as one operation; throws `TypeError` for different subjects. */
export function compose(first: Operation, second: Operation): Operation {
  if (subjectKey(first) !== subjectKey(second)) throw new TypeError(`Compose ${subjectKey(first)} with ${subjectKey(second)}`);
  return { ...second, from: first.from } as Operation;
}

/** What a sequence of operations comes to: one for each subject that ends otherwise than it began. */
export const net = onceForEach((operations: readonly Operation[]): readonly Operation[] => {
  if (occurOnce(operations)) return operations.some(isHold) ? operations.filter((operation) => !isHold(operation)) : operations;
  const composed = new Map<string, Operation>();
  for (const operation of operations) {
    const key = subjectKey(operation);
    const before = composed.get(key);
    composed.set(key, before === undefined ? operation : compose(before, operation));
  }
  return [...composed.values()].filter((operation) => !isHold(operation));
});

/** Whether no subject is there twice. Of the usual routes, which can be a hundred thousand, by their numbers: a set of texts takes ten times as long. */
export function occurOnce(subjects: readonly Subject[]): boolean {
  const numbers = new Float64Array(subjects.length);
  const keys = new Set<string>();
  let [count, others, isAscending] = [0, 0, true];
  for (const of of subjects) {
    if (of.kind !== 'route' || !isUsual(of.subject)) {
      others++;
      keys.add(subjectKey(of));
      continue;
    }
    const { to } = of.subject;
    const number = numberOf(to) * 64 + lengthOf(to);
    if (count > 0 && (numbers[count - 1] ?? 0) >= number) isAscending = false;
    numbers[count++] = number;
  }
  if (keys.size < others) return false;
  if (isAscending) return true;
  const sorted = numbers.subarray(0, count).sort();
  return sorted.every((number, at) => at === 0 || number !== sorted[at - 1]);
}

/** Whether the operation leaves its subject as it was. */
export function isHold(operation: Operation): boolean {
  return sameValue(operation.from, operation.to);
}

/** Deep equality of plain data, whatever the order of keys; an absent key equals one that is undefined. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, at) => sameValue(item, b[at]));
  if (Array.isArray(a) || Array.isArray(b)) return false;
  if (a instanceof Map && b instanceof Map) return sameMap(a, b);
  if (a instanceof Map || b instanceof Map) return false;
  return sameFields(a as Fields, b as Fields);
}

type Fields = Readonly<Record<string, unknown>>;

function sameFields(a: Fields, b: Fields): boolean {
  let left = 0;
  for (const key in a) {
    const value = a[key];
    if (value === undefined) continue;
    left++;
    const other = b[key];
    if (value !== other && (!Object.hasOwn(b, key) || !sameValue(value, other))) return false;
  }
  for (const key in b) if (b[key] !== undefined) left--;
  return left === 0;
}

function sameMap(a: ReadonlyMap<unknown, unknown>, b: ReadonlyMap<unknown, unknown>): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) if (!sameValue(value, b.get(key)) || (value === undefined && !b.has(key))) return false;
  return true;
}
