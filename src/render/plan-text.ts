import { counted, grouped } from '../net/count-words.ts';
import { addressCount } from '../model/due.ts';
import { FORWARDING_KEY, isForwardingEffect } from '../model/forwarding.ts';
import { RT_TABLE_MAIN, subjectKey, type Operation } from '../model/operation.ts';
import type { Left, Plan } from '../model/plan.ts';
import type { Risk, RiskCode, Severity } from '../model/risk.ts';
import { prefixWords, type Prefix } from '../net/prefix.ts';
import { sysctlParts } from '../net/sysctl-path.ts';
import { answerLines } from './answered-text.ts';
import { natRules } from './nft.ts';
import { changesOf } from './plan-json.ts';
import { tableWords } from '../model/route-words.ts';
import { printable, routeValueWords, subjectWords, valueWords } from './words.ts';
import { groupBy } from '../model/groups.ts';

export type Mark = 'add' | 'delete' | 'change' | 'heading' | 'faint' | 'warning' | 'refusal';

/** One line of a plan with what it means, so that a terminal can colour it. */
export interface PlanLine {
  readonly mark?: Mark;
  readonly text: string;
}

/** `all`: every change; `counted`: the first few of many that are alike, and how many more there are. */
export type Detail = 'all' | 'counted';

/** The plan as a person reads it: grouped by interface, old → new. */
export function planLines(plan: Plan, detail: Detail = 'counted'): PlanLine[] {
  return [...linesWithoutSummary(plan, detail), { text: summary(plan) }];
}

export function linesWithoutSummary(plan: Plan, detail: Detail = 'counted'): PlanLine[] {
  const wanted = new Set(plan.desired.flatMap((setting) => (setting.kind === 'sysctl' ? [setting.subject] : [])));
  return [
    ...changeLines(changesOf(plan), wanted, detail),
    ...answerTextLines(plan, detail),
    ...effectLines(plan, detail),
    ...plan.left.map((left): PlanLine => ({ mark: 'warning', text: leftWords(left) })),
    ...riskLines(plan.risks, detail),
    ...plan.conflicts.map(({ code, message }): PlanLine => ({ mark: 'refusal', text: `refusal[${code}]: ${printable(message)}` })),
  ];
}

/** Where the rest of a list is to be seen. */
const EVERY_ONE = '(-v shows every one)';

/** More risks of one code than this are counted. */
const MOST_RISKS = 3;

/** Risks of one severity and code: the first ones, and how many more there are. */
export interface AlikeRisks {
  readonly severity: Severity;
  readonly code: RiskCode;
  readonly messages: readonly string[];
  readonly more: number;
}

export function alikeRisks(risks: readonly Risk[], detail: Detail): AlikeRisks[] {
  return [...groupBy(risks, ({ severity, code }) => `${severity} ${code}`).values()].flatMap((some) => {
    const [first] = some;
    if (first === undefined) return [];
    const shown = detail === 'all' || some.length <= MOST_RISKS + 1 ? some : some.slice(0, MOST_RISKS);
    const messages = shown.map(({ message }) => message);
    return [{ severity: first.severity, code: first.code, messages, more: some.length - shown.length }];
  });
}

function riskLines(risks: readonly Risk[], detail: Detail): PlanLine[] {
  return alikeRisks(risks, detail).flatMap(({ severity, code, messages, more }) => {
    const mark: Mark = severity === 'note' ? 'faint' : severity;
    const texts = [...messages.map(printable), ...(more > 0 ? [`and ${grouped(more)} more like these ${EVERY_ONE}`] : [])];
    return texts.map((text): PlanLine => ({ mark, text: `${severity}[${code}]: ${text}` }));
  });
}

/** Changes below the interfaces that they concern. What ip_forward changes besides itself, and nobody `wanted` by its path, is marked so. */
export function changeLines(changes: readonly Operation[], wanted: ReadonlySet<string>, detail: Detail = 'counted'): PlanLine[] {
  const switched = changes.some((operation) => subjectKey(operation) === FORWARDING_KEY);
  const follows = (operation: Operation): boolean =>
    switched && operation.kind === 'sysctl' && isForwardingEffect(operation.subject) && !wanted.has(operation.subject);
  const groups = [...groupBy(changes, groupOf)].map(([group, operations]): Group => ({
    heading: headingOf(group),
    lines: linesBelow(operations, follows, detail),
  }));
  if (detail === 'all') return groups.flatMap(linesOf);
  const told = joined(groups);
  if (told.length <= MOST_GROUPS) return told.flatMap(linesOf);
  const untold = told.slice(MOST_GROUPS);
  const changed = untold.reduce((sum, { lines }) => sum + lines.length, 0);
  const more: PlanLine = {
    mark: 'heading',
    text: `and ${grouped(untold.length)} more interfaces with ${grouped(changed)} changes ${EVERY_ONE}`,
  };
  return [...told.slice(0, MOST_GROUPS).flatMap(linesOf), more];
}

function linesOf({ heading, lines }: Group): PlanLine[] {
  return [{ mark: 'heading', text: heading }, ...lines];
}

/** Changes below more headings than this are counted. */
const MOST_GROUPS = 24;

interface Group {
  readonly heading: string;
  readonly lines: readonly PlanLine[];
}

/** Of more changes of one kind on an interface than this, `SHOWN` are told and the others counted. */
const MOST_ALIKE = 16;

function linesBelow(operations: readonly Operation[], follows: (operation: Operation) => boolean, detail: Detail): PlanLine[] {
  const lineOf = (operation: Operation): PlanLine[] => [
    { mark: markOf(operation), text: `  ${sign(operation)} ${shortWords(operation)}${follows(operation) ? ' (follows ip_forward)' : ''}` },
    ...ruleLines(operation, detail),
  ];
  if (detail === 'all' || operations.length <= MOST_ALIKE) return operations.flatMap(lineOf);
  const alike = groupBy(operations, (operation) => `${sign(operation)} ${operation.kind}`);
  return [...alike.values()].flatMap((some): PlanLine[] => {
    const [first] = some;
    if (first === undefined || some.length <= MOST_ALIKE || first.kind === 'nat') return some.flatMap(lineOf);
    const more = `  ${sign(first)} ${grouped(some.length - SHOWN)} more ${MANY[first.kind]} ${EVERY_ONE}`;
    return [...some.slice(0, SHOWN).flatMap(lineOf), { mark: markOf(first), text: more }];
  });
}

const MANY = { sysctl: 'switches', address: 'addresses', route: 'routes', proxy: 'proxy neighbours' } as const;

/** More interfaces than this with the very same changes are told of once. */
const MOST_TWINS = 4;

function joined(groups: readonly Group[]): Group[] {
  if (groups.length <= MOST_TWINS) return [...groups];
  const twins = groupBy(groups, ({ lines }) => lines.map(({ text }) => text).join('\n'));
  return [...twins.values()].flatMap((some) => {
    const [first] = some;
    if (first === undefined || some.length <= MOST_TWINS) return some;
    const shown = some.slice(0, MOST_TWINS - 1).map(({ heading }) => heading);
    return [{ heading: `${shown.join(', ')} and ${grouped(some.length - shown.length)} more, each`, lines: first.lines }];
  });
}

/** The rules of a table that is written: what a translation comes to cannot be seen from its name. */
function ruleLines(operation: Operation, detail: Detail): PlanLine[] {
  if (operation.kind !== 'nat' || operation.to === null) return [];
  const former = new Set(operation.from === null ? [] : natRules(operation.from));
  const rules = natRules(operation.to).map((rule): PlanLine => ({ mark: former.has(rule) ? 'faint' : 'add', text: `      ${rule}` }));
  if (detail === 'all' || rules.length <= MOST_RULES) return rules;
  return [
    ...rules.slice(0, MOST_RULES),
    { mark: 'faint', text: `      and ${grouped(rules.length - MOST_RULES)} more rules ${EVERY_ONE}` },
  ];
}

const MOST_RULES = 40;

/** Whom the host will answer for, and no longer. */
function answerTextLines(plan: Plan, detail: Detail): PlanLine[] {
  const lines = answerLines(plan.answered).map((text): PlanLine => ({ mark: 'faint', text }));
  return firstOf(lines, detail, (more) => `${more} more interfaces will answer for others than before`);
}

/** The lines of so many interfaces as are told of, and how many more there are. */
function firstOf(lines: PlanLine[], detail: Detail, moreWords: (count: string) => string): PlanLine[] {
  if (detail === 'all' || lines.length <= MOST_GROUPS) return lines;
  return [...lines.slice(0, MOST_GROUPS), { mark: 'faint', text: `${moreWords(grouped(lines.length - MOST_GROUPS))} ${EVERY_ONE}` }];
}

/** What a plan does besides its operations: frames on the wire, and entries that it drops. */
function effectLines(plan: Plan, detail: Detail): PlanLine[] {
  const lines = announcedOn(plan).map(({ link, addresses, rounds }): PlanLine => {
    const count = addressCount(addresses);
    const text = `Announce on ${printable(link)}: ${listed(addresses, prefixWords)} (${counted(count, 'address', 'addresses')}, ${rounds} rounds)`;
    return { mark: 'faint', text };
  });
  const shown = firstOf(lines, detail, (more) => `Announce on ${more} more interfaces`);
  if (plan.flush.length === 0) return shown;
  const entries = listed(plan.flush, ({ address, interface: link }) => `${address} on ${printable(link)}`);
  return [...shown, { mark: 'faint', text: `Flush stale neighbours: ${entries}` }];
}

/** One thing that was left because it is not parp's any more. */
export function leftWords(left: Left): string {
  return `Left as it is: ${subjectWords(left.subject)} is ${valueWords(left.subject.kind, left.found)}: ${printable(left.reason)}`;
}

/** Announcements joined where they go out by the same interface in as many rounds. */
function announcedOn(plan: Plan): { link: string; addresses: readonly Prefix[]; rounds: number }[] {
  const alike = groupBy(plan.announcements, (due) => `${due.interface} ${due.options.rounds}`);
  return [...alike.values()].flatMap((some) => {
    const [first] = some;
    if (first === undefined) return [];
    return [{ link: first.interface, addresses: eachOnce(some.map(({ addresses }) => addresses)), rounds: first.options.rounds }];
  });
}

/** Every item of lists that hold none twice themselves, in the order in which they come first. The longest can be very long, and is only looked through. */
function eachOnce<T>(lists: readonly (readonly T[])[]): readonly T[] {
  const longest = lists.reduce((best, list, at) => (list.length > (lists[best]?.length ?? 0) ? at : best), 0);
  const others = new Set(lists.filter((_, at) => at !== longest).flat());
  if (lists[longest]?.some((item) => others.has(item)) === true) return [...new Set(lists.flat())];
  return lists.flatMap((list, at) => (at === longest ? list : list.filter((item) => others.delete(item))));
}

/** What a plan comes to, in one sentence. */
export function summary(plan: Plan): string {
  const changes = changesOf(plan);
  const { length: reasons } = plan.conflicts;
  if (reasons > 0) return `Refused for ${reasons} ${reasons === 1 ? 'reason' : 'reasons'}: nothing is written.`;
  if (changes.length === 0) return 'Nothing to do: the host is as the profiles want it.';
  let [added, deleted] = [0, 0];
  for (const { from, to } of changes) {
    if (from === null) added++;
    if (to === null) deleted++;
  }
  const changed = changes.length - added - deleted;
  const parts = [count(added, 'to add'), count(changed, 'to change'), count(deleted, 'to delete')].filter((part) => part !== '');
  return `${counted(changes.length, 'operation', 'operations')}: ${parts.join(', ')}.`;
}

function count(number: number, what: string): string {
  return number === 0 ? '' : `${grouped(number)} ${what}`;
}

/** What changes stand below that are not those of one interface. No interface can be called so: a name is no symbol. */
const EVERYWHERE = Symbol('all interfaces');
const YET_TO_COME = Symbol('interfaces yet to come');
const TRANSLATION = Symbol('translation');

/** The interface that it concerns. */
function groupOf(operation: Operation): string | symbol {
  switch (operation.kind) {
    case 'sysctl': {
      const { group, holder } = sysctlParts(operation.subject);
      if (group === 'global' || holder === 'all') return EVERYWHERE;
      return holder === 'default' ? YET_TO_COME : holder;
    }
    case 'address':
    case 'proxy':
      return operation.subject.interface;
    case 'route':
      return (operation.to ?? operation.from)?.interface ?? EVERYWHERE;
    case 'nat':
      return TRANSLATION;
  }
}

function headingOf(group: string | symbol): string {
  return typeof group === 'string' ? printable(group) : (group.description ?? '');
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
      const where = operation.subject.table === RT_TABLE_MAIN ? '' : ` table ${tableWords(operation.subject.table)}`;
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

/** The first few of a list, and how many more there are. */
function listed<T>(items: readonly T[], words: (item: T) => string): string {
  return items.slice(0, SHOWN).map(words).join(', ') + (items.length > SHOWN ? ` and ${grouped(items.length - SHOWN)} more` : '');
}
