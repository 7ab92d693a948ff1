import type { Plan } from '../model/plan.ts';
import { answerLines } from './answered-text.ts';
import { changesOf, commandsOf } from './plan-json.ts';
import { leftWords, summary } from './plan-text.ts';
import { printable, routeValueWords, subjectWords, valueWords } from './words.ts';

/** The plan as a comment on a pull request: summary, table of changes, risks, and the commands folded away. */
export function planMarkdown(plan: Plan): string {
  const changes = changesOf(plan);
  const names = plan.profiles.map(({ profile, kind }) => `\`${profile}\` (${kind})`).join(', ');
  const lines = [`### parp plan: ${names}`, '', `**${summary(plan)}**`, ''];
  if (changes.length > 0) {
    lines.push('| | subject | from | to |', '|---|---|---|---|');
    for (const operation of changes) {
      const sign = operation.from === null ? 'add' : operation.to === null ? 'delete' : 'change';
      const words = (value: unknown): string =>
        cell(
          operation.kind === 'route' && value !== null
            ? routeValueWords(value as Parameters<typeof routeValueWords>[0])
            : valueWords(operation.kind, value),
        );
      lines.push(`| ${sign} | ${cell(subjectWords(operation))} | ${words(operation.from)} | ${words(operation.to)} |`);
    }
    lines.push('');
  }
  for (const line of answerLines(plan.answered)) lines.push(`- ${line}`);
  for (const { interface: link, addresses } of plan.announcements)
    lines.push(`- Announce on ${cell(link)}: ${addresses.map(cell).join(', ')}`);
  for (const { severity, code, message } of plan.risks) lines.push(`- **${severity}** \`${code}\`: ${printable(message)}`);
  for (const { code, message } of plan.conflicts) lines.push(`- **refusal** \`${code}\`: ${printable(message)}`);
  for (const left of plan.left) lines.push(`- ${leftWords(left)}`);
  const commands = commandsOf(plan);
  const folded =
    commands.length === 0 ? [] : ['', '<details><summary>Commands</summary>', '', '```sh', ...commands, '```', '', '</details>'];
  return [...lines, ...folded].join('\n');
}

function cell(text: string): string {
  return `\`${text.replaceAll('|', String.raw`\|`).replaceAll('`', "'")}\``;
}
