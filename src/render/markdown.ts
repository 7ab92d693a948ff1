import type { Operation, RouteValue } from '../model/operation.ts';
import type { Plan } from '../model/plan.ts';
import { grouped } from '../net/count-words.ts';
import { answerLines } from './answered-text.ts';
import { changesOf, commandsOf } from './plan-json.ts';
import { alikeRisks, leftWords, summary } from './plan-text.ts';
import { printable, routeValueWords, subjectWords, valueWords } from './words.ts';

/** Comments have an end: GitHub takes 65,536 characters. What is cut off is counted. */
const MOST_ROWS = 50;
const MOST_LINES = 20;
const MOST_COMMANDS = 250;
const WIDEST = 160;

/** The plan as a comment on a pull request: summary, changes, who will be answered, risks, and the commands folded away. */
export function planMarkdown(plan: Plan): string {
  const names = plan.profiles.map(({ profile, kind }) => `\`${profile}\` (${kind})`).join(', ');
  return [
    `### parp plan: ${names}`,
    '',
    `**${summary(plan)}**`,
    ...section('Why it is refused', listed(plan.conflicts.map(({ code, message }) => `**refusal** \`${code}\`: ${plain(message)}`))),
    ...section('Risks', listed(riskItems(plan))),
    ...section('Who will be answered', listed(answerLines(plan.answered).map(plain))),
    ...section('Changes', table(changesOf(plan))),
    ...section('Besides', listed([...announcementItems(plan), ...plan.left.map((left) => plain(leftWords(left)))])),
    ...folded(commandsOf(plan)),
  ].join('\n');
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `#### ${title}`, '', ...lines];
}

function listed(items: readonly string[]): string[] {
  const more = items.length - MOST_LINES;
  return [...items.slice(0, MOST_LINES).map((item) => `- ${item}`), ...(more > 0 ? [`- and ${grouped(more)} more`] : [])];
}

/** Of each code the first ones: a thousand interfaces have a thousand of one. */
function riskItems({ risks }: Plan): string[] {
  return alikeRisks(risks, 'counted').flatMap(({ severity, code, messages, more }) => {
    const texts = [...messages.map(plain), ...(more > 0 ? [`and ${grouped(more)} more like these`] : [])];
    return texts.map((text) => `**${severity}** \`${code}\`: ${text}`);
  });
}

function table(changes: readonly Operation[]): string[] {
  if (changes.length === 0) return [];
  const more = changes.length - MOST_ROWS;
  return [
    '| | what | now | then |',
    '|---|---|---|---|',
    ...changes.slice(0, MOST_ROWS).map((operation) => {
      const sign = operation.from === null ? 'add' : operation.to === null ? 'delete' : 'change';
      return `| ${sign} | ${cell(subjectWords(operation))} | ${valueCell(operation, operation.from)} | ${valueCell(operation, operation.to)} |`;
    }),
    ...(more > 0 ? [`| | and ${grouped(more)} more changes | | |`] : []),
  ];
}

function valueCell({ kind }: Operation, value: unknown): string {
  if (value === null) return '';
  return cell(kind === 'route' ? routeValueWords(value as RouteValue) : valueWords(kind, value));
}

function announcementItems({ announcements }: Plan): string[] {
  return announcements.map(({ interface: link, addresses }) => `Announce on ${cell(link)}: ${addresses.map(cell).join(', ')}`).map(short);
}

function short(item: string): string {
  if (item.length <= WIDEST) return item;
  const end = item.lastIndexOf(', ', WIDEST);
  return end < 0 ? item : `${item.slice(0, end)}, …`;
}

function folded(commands: readonly string[]): string[] {
  if (commands.length === 0) return [];
  const lines = commands.flatMap((command) => command.split('\n'));
  const more = lines.length - MOST_COMMANDS;
  const shown = [...lines.slice(0, MOST_COMMANDS), ...(more > 0 ? [`# and ${grouped(more)} more lines: parp plan --format shell`] : [])];
  return ['', '<details><summary>Commands</summary>', '', '```sh', ...shown, '```', '', '</details>'];
}

/** Text that Markdown takes for text: the names of interfaces may hold anything. */
function plain(text: string): string {
  return printable(text).replaceAll(/[\\`*_<>[\]|]/g, String.raw`\$&`);
}

function cell(text: string): string {
  return `\`${text.replaceAll('|', String.raw`\|`).replaceAll('`', "'")}\``;
}
