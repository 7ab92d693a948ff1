import { missingCapabilities } from '../host/capabilities.ts';
import { SCHEMA_LINE } from '../profile/draft-text.ts';
import type { Choice, ChooseOne } from '../profile/question.ts';
import { drawText } from '../render/draw-text.ts';
import type { PlanLine } from '../render/plan-text.ts';
import { printable } from '../render/words.ts';
import { cellsOf } from './cells.ts';
import { folded } from './folded.ts';
import { isThere, type Foreseen, type Ready } from './init-profile.ts';
import type { Prompter } from './init-prompter.ts';
import { isUnicode } from './locale.ts';
import { foreseenLines, paintLine } from './print-plan.ts';
import { asShown } from './screen.ts';
import type { Terminal } from './terminal.ts';
import { refusals } from './work-out.ts';

/** Shows what was put together: the network, the file, and what it would change here with its risks; a screenful at a time. */
export async function review(ready: Ready, foreseen: Foreseen, prompter: Prompter, terminal: Terminal): Promise<void> {
  const heading = (text: string): PlanLine[] => [{ text: '' }, { mark: 'heading', text }];
  const unicode = prompter.draws && isUnicode(process.env, process.platform);
  const drawn = drawText(foreseen.picture, { columns: prompter.columns - 1, unicode }).split('\n');
  const sections: PlanLine[][] = [
    [...heading('The network'), ...drawn.map((text) => ({ text }))],
    [...heading(`The profile, ${printable(ready.file)}`), ...linesOf(ready, prompter.columns - 1)],
    [
      ...heading('What it changes on this host'),
      ...('plan' in foreseen ? foreseenLines(foreseen.plan) : [{ text: `Not known: ${foreseen.why}` }]),
    ],
  ];
  let used = 0;
  const room = Math.max(4, prompter.rows - 2);
  for (const section of sections) {
    const lines = section.flatMap((line) =>
      // As it will be shown: the lines of a page are counted, and signs that ASCII writes with more cells must not fold one of them again.
      folded(asShown('stderr', line.text), prompter.columns - 1)
        .split('\n')
        .map((text): PlanLine => ({ ...line, text })),
    );
    if (used > 0 && used + lines.length > room) {
      await prompter.pause();
      used = 0;
    }
    for (let at = 0; at < lines.length; at += room) {
      if (at > 0) await prompter.pause();
      const some = lines.slice(at, at + room);
      prompter.say(some.map((line) => (prompter.draws ? paintLine(line, terminal, 'stderr') : line.text)));
      used = at > 0 ? some.length : used + some.length;
    }
  }
}

/** The lines that are for people: the path to a schema fits no terminal. */
function linesOf({ text }: Ready, columns: number): PlanLine[] {
  const lines = text.trimEnd().split('\n');
  return lines
    .filter((line) => !line.startsWith(SCHEMA_LINE))
    .flatMap((line) => apart(line, columns))
    .map(fileLine);
}

/** A comment behind a value, on a line of its own where both have no room on one: broken, it would go on as a value. */
function apart(line: string, columns: number): readonly string[] {
  // Between quotes a # begins no comment.
  const [, indent = '', value = '', comment = ''] = /^( *)((?:"(?:[^"\\]|\\.)*"|[^"])*?) +(# .*)$/.exec(line) ?? [];
  if (value === '' || value.startsWith('#') || cellsOf(line) <= columns) return [line];
  return [`${indent}${value}`, `${indent}  ${comment}`];
}

function fileLine(text: string): PlanLine {
  return text.trimStart().startsWith('#') ? { mark: 'faint', text } : { text };
}

/** What can be done with a profile that was looked at. */
export type Next = 'write' | 'apply' | 'again' | 'back' | 'leave';

/** How long there is to confirm what the wizard applied. */
export const CONFIRM_WITHIN_S = 120;

/** The question behind the review. Applying is offered where nothing stands against it; otherwise its hint says what does. */
export function nextQuestion({ file }: Ready, foreseen: Foreseen): ChooseOne {
  const against = obstacle(foreseen);
  const shown = printable(file);
  const choices: (Choice & { readonly value: Next })[] = [
    {
      value: 'write',
      name: `Write ${shown}`,
      about: `Nothing else is changed.${isThere(file) ? ' The file is there already: you are asked first.' : ''}`,
    },
    ...(against === undefined
      ? [
          {
            value: 'apply' as const,
            name: 'Write it, and put it in force now',
            about: `It is taken back by itself unless you keep it within ${CONFIRM_WITHIN_S} s, so that it cannot lock you out.`,
          },
        ]
      : []),
    { value: 'again', name: 'Show it again' },
    { value: 'back', name: 'Go back to the last question' },
    { value: 'leave', name: 'Leave, and write nothing' },
  ];
  return {
    kind: 'one',
    id: 'next',
    ask: 'And now?',
    ...(against === undefined ? {} : { hint: `It cannot be put in force from here: ${against}` }),
    choices,
    initial: 'write',
  };
}

/** Why the profile cannot be put in force now; undefined where it can. */
function obstacle(foreseen: Foreseen): string | undefined {
  if ('why' in foreseen) return foreseen.why;
  const [refusal] = refusals(foreseen.plan);
  if (refusal !== undefined) return refusal.message;
  return missingCapabilities([{ name: 'CAP_NET_ADMIN', need: 'change the network' }])?.message;
}
