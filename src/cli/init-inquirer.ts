import { createInterface } from 'node:readline';
import { styleText } from 'node:util';
// By name, so that the bundler leaves out the other prompts, an editor among them.
import { checkbox, input, select } from '@inquirer/prompts';
import type { Answer, Question } from '../profile/question.ts';
import { wrapped } from '../profile/wrapped.ts';
import { chosenFirst, Left, offered, type Asking, type Prompter, type Reply } from './init-prompter.ts';
import { say as put } from './screen.ts';

/** A choice that no question has by itself. */
const BACK = '\u0000back';

/** How long Esc waits for more of an escape sequence, in milliseconds: readline's own half second feels like a fault. */
const ESCAPE_MS = 100;

/** Questions drawn by inquirer, on stderr. Esc goes back, and so does `<` at the end of a line, where no Esc comes through. */
export function inquirerPrompter(signal: AbortSignal): Prompter {
  // The first interface of a stream decides how long Esc waits.
  createInterface({ input: process.stdin, escapeCodeTimeout: ESCAPE_MS, terminal: true }).close();
  const say = (texts: readonly string[]): void => put('stderr', texts.map((text) => `${text}\n`).join(''));
  return {
    get columns() {
      return process.stderr.columns;
    },
    get rows() {
      return process.stderr.rows;
    },
    draws: true,
    ask: async (question, asking) => {
      const reply = await drawn(signal, asking.back, async (context) => answerTo(question, asking, context));
      if (reply === 'back') say([styleText('dim', '‹ back')]);
      return reply;
    },
    pause: async () => {
      await drawn(signal, false, async (context) => {
        context.clearPromptOnDone = true;
        const message = (text: string, status: string): string => (status === 'idle' ? text : '');
        await input({ message: 'Enter goes on', theme: { prefix: '…', style: { message } } }, context);
        return { answer: '' };
      });
    },
    say,
    close: () => undefined,
  };
}

interface Context {
  readonly output: NodeJS.WritableStream;
  readonly signal: AbortSignal;
  /** Whether the question leaves the screen with its end. */
  clearPromptOnDone: boolean;
}

/** Draws one question and heeds what inquirer does not: Esc, ^D, the end of the input, and a signal to the process. */
async function drawn(signal: AbortSignal, back: boolean, draw: (context: Context) => Promise<Reply>): Promise<Reply> {
  const ending = new AbortController();
  const context: Context = { output: process.stderr, signal: AbortSignal.any([signal, ending.signal]), clearPromptOnDone: false };
  let wentBack = false;
  const onKey = (_text: string | undefined, key: { readonly name?: string; readonly ctrl?: boolean }): void => {
    if (key.name === 'escape' && back) {
      wentBack = true;
      context.clearPromptOnDone = true;
      ending.abort();
    }
    if (key.name === 'd' && key.ctrl === true) ending.abort();
  };
  const onEnd = (): void => ending.abort();
  process.stdin.on('keypress', onKey).once('end', onEnd).once('error', onEnd);
  try {
    return await draw(context);
  } catch (error) {
    if (wentBack) return 'back';
    if (error instanceof Error && (error.name === 'ExitPromptError' || error.name === 'AbortPromptError')) throw new Left();
    throw error;
  } finally {
    process.stdin.off('keypress', onKey).off('end', onEnd).off('error', onEnd);
  }
}

async function answerTo(question: Question, asking: Asking, context: Context): Promise<Reply> {
  switch (question.kind) {
    case 'one': {
      const initial = offered(question, asking);
      return replyOf(await select({ ...listed(question, asking), ...(initial === undefined ? {} : { default: initial }) }, context));
    }
    case 'many': {
      const first = chosenFirst(question, asking);
      const list = listed(question, asking);
      const choices = list.choices.map((choice) => ({ ...choice, checked: first.includes(choice.value) }));
      const validate = (chosen: readonly { readonly value: string }[]): string | true =>
        whyNot(withSpace(question.check(chosen.map(({ value }) => value))));
      return { answer: await checkbox({ ...list, choices, validate }, context) };
    }
    case 'line': {
      const initial = offered(question, asking);
      const text = await input(
        {
          message: question.ask,
          ...(initial === undefined || initial === '' ? {} : { default: initial, prefill: 'editable' }),
          validate: (line) => isBack(line, asking) || whyNot(question.check(line.trim())),
          theme: { style: { message: (text: string, status: string) => messageOf(question, text, status, '\n❯') } },
        },
        context,
      );
      return isBack(text, asking) ? 'back' : { answer: text.trim() };
    }
  }
}

/** Whoever expects Enter to choose is told what does. */
function withSpace(mistake: string | undefined): string | undefined {
  return mistake === undefined ? undefined : `${mistake}: the space bar ticks, Enter ends`;
}

/** What inquirer shows of a mistake, whose words are not to be broken. */
function whyNot(mistake: string | undefined): string | true {
  return mistake === undefined ? true : wrapped(mistake, process.stderr.columns - 3).join('\n  ');
}

/** The question, and until it is answered its hint below. */
function messageOf({ hint }: Question, text: string, status: string, end: string): string {
  const ask = wrapped(text, process.stderr.columns - 3)
    .map((line) => styleText('bold', line))
    .join('\n');
  if (status === 'done') return ask;
  const below = hint === undefined ? [] : wrapped(hint, process.stderr.columns - 3).map((line) => styleText('dim', `  ${line}`));
  return `${[ask, ...below].join('\n')}${end}`;
}

function isBack(line: string, { back }: Asking): boolean {
  return back && line.trimEnd().endsWith('<');
}

function replyOf(chosen: string): { readonly answer: Answer } | 'back' {
  return chosen === BACK ? 'back' : { answer: chosen };
}

/** A list that leaves room for the question and what explains a choice, however low the screen is. */
function listed(question: Exclude<Question, { kind: 'line' }>, asking: Asking) {
  const choices = question.choices.map(({ value, name, short = name, about }) => ({
    value,
    name: wrapped(name, process.stderr.columns - 4).join('\n    '),
    short,
    ...(about === undefined ? {} : { description: wrapped(about, process.stderr.columns - 1).join('\n') }),
  }));
  const withBack = asking.back && question.kind === 'one';
  return {
    message: question.ask,
    choices: withBack ? [...choices, { value: BACK, name: '‹ back', short: 'back' }] : choices,
    pageSize: Math.max(4, process.stderr.rows - 9),
    loop: false,
    theme: {
      style: { keysHelpTip: keysWith(asking.back), message: (text: string, status: string) => messageOf(question, text, status, '') },
    },
  };
}

/** Narrower terminals are not told of the keys that nobody needs. */
const WIDE = 70;

/** The keys below a list, Esc among them. */
function keysWith(back: boolean) {
  return (keys: [key: string, action: string][]): string =>
    [...keys.filter(([key]) => process.stderr.columns >= WIDE || !/^[ai]$/.test(key)), ...(back ? [['esc', 'back'] as const] : [])]
      .map(([key, action]) => `${styleText('bold', key)} ${styleText('dim', action)}`)
      .join(styleText('dim', ' • '));
}
