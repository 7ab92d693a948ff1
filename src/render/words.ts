import type { Kind, Operation, RouteSubject, RouteValue, Subject } from '../model/operation.ts';
import { tableWords } from '../model/route-words.ts';

/** A subject on one line: `net/ipv4/conf/eth0/proxy_arp`, `route 10.0.0.9/32`, … Control characters are shown, not sent. */
export function subjectWords(of: Subject): string {
  switch (of.kind) {
    case 'sysctl':
      return printable(of.subject);
    case 'address':
      return `address ${of.subject.address} on ${printable(of.subject.interface)}`;
    case 'route':
      return routeSubjectWords(of.subject);
    case 'proxy':
      return `proxy neighbour ${of.subject.address} on ${printable(of.subject.interface)}`;
    case 'nat':
      return `nftables table ip ${printable(of.subject)}`;
  }
}

function routeSubjectWords({ to, table, metric }: RouteSubject): string {
  return `route ${to}${table === 254 ? '' : ` table ${tableWords(table)}`}${metric === 0 ? '' : ` metric ${metric}`}`;
}

/** A value of a subject, `absent` for null. */
export function valueWords(kind: Kind, value: unknown): string {
  if (value === null || value === undefined) return 'absent';
  if (typeof value === 'string') return printable(value);
  if (kind === 'route' && typeof value === 'object' && 'type' in value) return routeValueWords(value as RouteValue);
  if (typeof value === 'object' && 'unrecognised' in value) return `edited by somebody else (${printable(String(value.unrecognised))})`;
  return 'present';
}

/** How a route leads: `dev eth1 src 192.168.0.1`, `local dev lo`. */
export function routeValueWords(route: RouteValue): string {
  const words: string[] = route.type === 'unicast' ? [] : [route.type];
  if (route.via !== undefined) words.push(`via ${route.via}`);
  if (route.interface !== undefined) words.push(`dev ${printable(route.interface)}`);
  if (route.source !== undefined) words.push(`src ${route.source}`);
  if (route.onlink === true) words.push('onlink');
  if (route.hops !== undefined) words.push(`${route.hops.length} hops`);
  return words.join(' ') || 'present';
}

/** What an operation does, on one line. */
export function operationWords(operation: Operation): string {
  const subject = subjectWords(operation);
  if (operation.kind === 'sysctl') return `${subject}: ${operation.from ?? 'absent'} → ${operation.to ?? 'absent'}`;
  if (operation.from === null) return `add ${subject}${detail(operation, operation.to)}`;
  if (operation.to === null) return `delete ${subject}${detail(operation, operation.from)}`;
  return `change ${subject}${detail(operation, operation.from)} →${detail(operation, operation.to)}`;
}

function detail(operation: Operation, value: unknown): string {
  if (operation.kind !== 'route' || typeof value !== 'object' || value === null) return '';
  return ` ${routeValueWords(value as RouteValue)}`;
}

/** Names of live interfaces can hold any byte but `/`, `:` and white space: what a terminal would obey is shown as text. */
export function printable(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  return text.replaceAll(/[\p{C}\u2028\u2029]/gu, (character) => `\\x${(character.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}`);
}
