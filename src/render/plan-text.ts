import { addressCount } from '../model/due.ts';
import { FORWARDING_KEY, isForwardingEffect } from '../model/forwarding.ts';
import { subjectKey, type Operation } from '../model/operation.ts';
import type { Left, Plan } from '../model/plan.ts';
import type { Prefix } from '../net/prefix.ts';
import { sysctlParts } from '../net/sysctl-path.ts';
import { answerLines } from './answered-text.ts';
import { natRules } from './nft.ts';
import { changesOf } from './plan-json.ts';
import { printable, routeValueWords, subjectWords, tableWords, valueWords } from './words.ts';
import { groupBy } from '../model/groups.ts';

export type Mark = 'add' | 'delete' | 'change' | 'heading' | 'faint' | 'warning' | 'refusal';

/** One line of a plan with what it means, so that a terminal can colour it. */
export interface PlanLine {
  readonly mark?: Mark;
  readonly text: string;
}

/** The plan as a person reads it: grouped by interface, old → new. */
export function planLines(plan: Plan): PlanLine[] {
  return [
    ...changeLines(changesOf(plan), new Set(plan.desired.map(subjectKey))),
    ...answerLines(plan.answered).map((text): PlanLine => ({ mark: 'faint', text })),
    ...effectLines(plan),
    ...plan.left.map((left): PlanLine => ({ mark: 'warning', text: leftWords(left) })),
    ...plan.risks.map(({ severity, code, message }): PlanLine => {
      return { mark: severity === 'note' ? 'faint' : severity, text: `${severity}[${code}]: ${printable(message)}` };
    }),
    ...plan.conflicts.map(({ code, message }): PlanLine => ({ mark: 'refusal', text: `refusal[${code}]: ${printable(message)}` })),
    { text: summary(plan) },
  ];
}

/** Changes below the interfaces that they concern. What ip_forward changes besides itself, and nobody `wanted` by name, is marked so. */
export function changeLines(changes: readonly Operation[], wanted: ReadonlySet<string>): PlanLine[] {
  const switched = changes.some((operation) => subjectKey(operation) === FORWARDING_KEY);
  const follows = (operation: Operation): boolean =>
    switched && operation.kind === 'sysctl' && isForwardingEffect(operation.subject) && !wanted.has(subjectKey(operation));
  return [...grouped(changes)].flatMap(([group, operations]): PlanLine[] => [
    { mark: 'heading', text: group },
    ...operations.flatMap((operation): PlanLine[] => [
      {
        mark: markOf(operation),
        text: `  ${sign(operation)} ${shortWords(operation)}${follows(operation) ? ' (follows ip_forward)' : ''}`,
      },
      ...ruleLines(operation),
    ]),
  ]);
}

/** The rules of a table that is written: what a translation comes to cannot be seen from its name. */
function ruleLines(operation: Operation): PlanLine[] {
  if (operation.kind !== 'nat' || operation.to === null) return [];
  const former = new Set(operation.from === null ? [] : natRules(operation.from));
  return natRules(operation.to).map((rule) => ({ mark: former.has(rule) ? 'faint' : 'add', text: `      ${rule}` }));
}

/** What a plan does besides its operations: frames on the wire, and entries that it drops. */
function effectLines(plan: Plan): PlanLine[] {
  const lines = announcedOn(plan).map(({ link, addresses, rounds }): PlanLine => {
    const count = addressCount(addresses);
    const text = `Announce on ${printable(link)}: ${listed(addresses)} (${count} ${count === 1 ? 'address' : 'addresses'}, ${rounds} rounds)`;
    return { mark: 'faint', text };
  });
  if (plan.flush.length === 0) return lines;
  const entries = plan.flush.map(({ address, interface: link }) => `${address} on ${printable(link)}`);
  return [...lines, { mark: 'faint', text: `Flush stale neighbours: ${listed(entries)}` }];
}

/** One thing that was left because it is not parp's any more. */
export function leftWords(left: Left): string {
  return `Left as it is: ${subjectWords(left.subject)} is ${valueWords(left.subject.kind, left.found)}: ${printable(left.reason)}`;
}

/** Announcements joined where they go out by the same interface in as many rounds. */
function announcedOn(plan: Plan): { link: string; addresses: Prefix[]; rounds: number }[] {
  const joined = new Map<string, { link: string; addresses: Prefix[]; rounds: number }>();
  for (const { interface: link, addresses, options } of plan.announcements) {
    const key = `${link} ${options.rounds}`;
    const entry = joined.get(key);
    if (entry === undefined) joined.set(key, { link, addresses: [...addresses], rounds: options.rounds });
    else for (const address of addresses) entry.addresses.push(address);
  }
  return [...joined.values()].map(({ addresses, ...entry }) => ({ ...entry, addresses: [...new Set(addresses)] }));
}

/** What a plan comes to, in one sentence. */
export function summary(plan: Plan): string {
  const changes = changesOf(plan);
  const { length: reasons } = plan.conflicts;
  if (reasons > 0) return `Refused for ${reasons} ${reasons === 1 ? 'reason' : 'reasons'}: nothing is written.`;
  if (changes.length === 0) return 'Nothing to do: the host is as the profiles want it.';
  const added = changes.filter(({ from }) => from === null).length;
  const deleted = changes.filter(({ to }) => to === null).length;
  const changed = changes.length - added - deleted;
  const parts = [count(added, 'to add'), count(changed, 'to change'), count(deleted, 'to delete')].filter((part) => part !== '');
  return `${changes.length} ${changes.length === 1 ? 'operation' : 'operations'}: ${parts.join(', ')}.`;
}

function count(number: number, what: string): string {
  return number === 0 ? '' : `${number} ${what}`;
}

/** Changes by the interface that they concern, in the order of their first one. */
function grouped(operations: readonly Operation[]): Map<string, Operation[]> {
  return groupBy(operations, groupOf);
}

const EVERYWHERE = 'all interfaces';

function groupOf(operation: Operation): string {
  switch (operation.kind) {
    case 'sysctl': {
      const { group, holder } = sysctlParts(operation.subject);
      if (group === 'global' || holder === 'all') return EVERYWHERE;
      return holder === 'default' ? 'interfaces yet to come' : printable(holder);
    }
    case 'address':
    case 'proxy':
      return printable(operation.subject.interface);
    case 'route':
      return printable((operation.to ?? operation.from)?.interface ?? EVERYWHERE);
    case 'nat':
      return 'translation';
  }
}

function markOf(operation: Operation): Mark {
  if (operation.from === null) return 'add';
  return operation.to === null ? 'delete' : 'change';
}

function sign(operation: Operation): string {
  if (operation.from === null) return '+';
  return operation.to === null ? '-' : '~';
}

/** An operation below the heading of its interface. */
function shortWords(operation: Operation): string {
  switch (operation.kind) {
    case 'sysctl': {
      const { group, holder, key } = sysctlParts(operation.subject);
      const name = holder === 'all' ? `conf/all/${key}` : group === 'neigh' ? `neighbour ${key}` : key;
      return `${name}: ${operation.from ?? 'absent'} → ${operation.to ?? 'absent'}`;
    }
    case 'address':
      return `address ${operation.subject.address}`;
    case 'route': {
      const value = operation.to ?? operation.from;
      const where = operation.subject.table === 254 ? '' : ` table ${tableWords(operation.subject.table)}`;
      const change = operation.from !== null && operation.to !== null ? `${routeValueWords(operation.from)} → ` : '';
      return `route ${operation.subject.to}${where} ${change}${value === null ? '' : routeValueWords(value)}`;
    }
    case 'proxy':
      return `proxy neighbour ${operation.subject.address}`;
    case 'nat':
      return `nftables table ip ${operation.subject}`;
  }
}

const SHOWN = 8;

/** The first few of a list, and how many more there are; a host prefix without its /32. */
function listed(items: readonly string[]): string {
  const shown = items.slice(0, SHOWN).map((item) => item.replace(/\/32$/, ''));
  return shown.join(', ') + (items.length > SHOWN ? ` and ${items.length - SHOWN} more` : '');
}
