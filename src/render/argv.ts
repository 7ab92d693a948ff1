import { isHold, type Hop, type Operation, type RouteSubject, type RouteType, type RouteValue } from '../model/operation.ts';
import { sysctlParts, type SysctlPath } from '../net/sysctl-path.ts';

/** A program and its arguments. */
export type Argv = readonly [program: 'ip' | 'nft' | 'sysctl', ...args: string[]];

const MAIN_TABLE = 254;
const LOCAL_TABLE = 255;

/**
 * The commands that carry out one operation, in their order; none for one that leaves its subject as it is. A change of anything but
 * a sysctl and a table is a deletion and an addition. `nft -f -` reads what `natScript` gives.
 */
export function argvOf(operation: Operation): Argv[] {
  if (operation.kind === 'sysctl') return operation.to === null ? [] : [sysctlArgv(operation.subject, operation.to)];
  if (isHold(operation)) return [];
  if (operation.kind === 'nat') return [['nft', '-f', '-']];
  const argv: Argv[] = [];
  if (operation.from !== null) argv.push(removal(operation));
  if (operation.to !== null) argv.push(addition(operation));
  return argv;
}

type Entry = Exclude<Operation, { readonly kind: 'sysctl' | 'nat' }>;

function addition(operation: Entry): Argv {
  switch (operation.kind) {
    case 'address': {
      const scope = operation.to === null || operation.to.scope === 'global' ? [] : ['scope', operation.to.scope];
      return ['ip', 'addr', 'add', operation.subject.address, 'dev', operation.subject.interface, ...scope];
    }
    case 'route':
      return ['ip', 'route', 'add', ...routeWords(operation.subject, operation.to, 'add')];
    case 'proxy': {
      const protocol = operation.to?.protocol ?? null;
      const words = protocol === null ? [] : ['protocol', String(protocol)];
      return ['ip', 'neigh', 'add', 'proxy', operation.subject.address, 'dev', operation.subject.interface, ...words];
    }
  }
}

function removal(operation: Entry): Argv {
  switch (operation.kind) {
    case 'address':
      return ['ip', 'addr', 'del', operation.subject.address, 'dev', operation.subject.interface];
    case 'route':
      return ['ip', 'route', 'del', ...routeWords(operation.subject, operation.from, 'del')];
    case 'proxy':
      return ['ip', 'neigh', 'del', 'proxy', operation.subject.address, 'dev', operation.subject.interface];
  }
}

/**
 * The whole key and value of a route. A deletion names the type also of unicast routes: the kernel would take an absent one (as an
 * absent scope or protocol) for any.
 */
function routeWords(subject: RouteSubject, value: RouteValue | null, verb: 'add' | 'del'): string[] {
  if (value === null) return [subject.to];
  const words: string[] = value.type === 'unicast' && verb === 'add' ? [subject.to] : [value.type, subject.to];
  if (subject.tos !== undefined && subject.tos !== 0) words.push('tos', `0x${subject.tos.toString(16)}`);
  if (value.nexthop !== undefined) words.push('nhid', String(value.nexthop));
  else if (value.hops === undefined) words.push(...hopWords(value));
  if (value.source !== undefined) words.push('src', value.source);
  if (subject.metric !== 0) words.push('metric', String(subject.metric));
  if (subject.table !== usualTable(value.type)) words.push('table', String(subject.table));
  words.push('proto', String(value.protocol), 'scope', value.scope);
  if (value.nexthop === undefined) {
    for (const hop of value.hops ?? []) {
      words.push('nexthop', ...hopWords(hop), ...(hop.weight === undefined ? [] : ['weight', String(hop.weight)]));
    }
  }
  return words;
}

function hopWords(hop: Hop): string[] {
  return [
    ...(hop.via === undefined ? [] : ['via', hop.via]),
    ...(hop.interface === undefined ? [] : ['dev', hop.interface]),
    ...(hop.onlink === true ? ['onlink'] : []),
  ];
}

/** Where iproute2 puts a route whose table is not said. */
function usualTable(type: RouteType): number {
  return type === 'local' || type === 'broadcast' || type === 'anycast' ? LOCAL_TABLE : MAIN_TABLE;
}

function sysctlArgv(path: SysctlPath, value: string): Argv {
  const time = neighTime(path, value);
  if (time === null) return ['sysctl', '-w', `${path}=${value}`];
  return ['ip', 'ntable', 'change', 'name', 'arp_cache', 'dev', time.holder, time.key, String(time.ms)];
}

/** Whether the sysctl is a time in milliseconds, which its file cannot hold exactly: it is written through the neighbour table. */
export function isNeighTime(path: SysctlPath): boolean {
  const { group, key } = sysctlParts(path);
  return group === 'neigh' && (key === 'proxy_delay' || key === 'locktime');
}

function neighTime(path: SysctlPath, value: string): { readonly holder: string; readonly key: string; readonly ms: number } | null {
  if (!isNeighTime(path)) return null;
  const ms = /^(\d{1,10})ms$/.exec(value)?.[1];
  if (ms === undefined) throw new TypeError(`${path} is a time in milliseconds, not ${JSON.stringify(value)}`);
  const { holder, key } = sysctlParts(path);
  return { holder, key, ms: Number(ms) };
}
