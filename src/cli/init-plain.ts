import { createInterface } from 'node:readline';
import type { Answer, Choice, Question } from '../profile/question.ts';
import { folded } from './folded.ts';
import { chosenFirst, Left, offered, type Asking, type Prompter } from './init-prompter.ts';
import { asShown, say as put } from './screen.ts';

/** What goes back to the question before. */
const BACK = '<';

/** Questions as lines: for serial consoles, and terminals that cannot move their cursor or show ASCII alone. The line is edited by the kernel. */
export function plainPrompter(signal: AbortSignal): Prompter {
  const lines = createInterface({ input: process.stdin, terminal: false });
  const waiting: string[] = [];
  let wake = (): void => undefined;
  let gone = false;
  const leave = (): void => {
    gone = true;
    wake();
  };
  lines.on('line', (line) => {
    waiting.push(line);
    wake();
  });
  lines.on('close', leave);
  signal.addEventListener('abort', leave);
  const columns = process.stderr.columns > 0 ? process.stderr.columns : 80;
  const say = (texts: readonly string[]): void => {
    for (const text of texts) put('stderr', `${folded(asShown('stderr', text), columns - 1)}\n`);
  };
  const nextLine = async (prompt: string): Promise<string> => {
    put('stderr', prompt, { fold: false });
    while (waiting.length === 0) {
      if (gone || signal.aborted) {
        put('stderr', '\n');
        throw new Left();
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return waiting.shift() ?? '';
  };
  return {
    columns,
    rows: process.stderr.rows > 0 ? process.stderr.rows : 24,
    draws: false,
    ask: async (question, asking) => {
      say(['', question.ask, ...(question.hint === undefined ? [] : [`(${question.hint})`]), ...choiceLines(question, asking)]);
      for (;;) {
        const text = (await nextLine(promptOf(question, asking))).trim();
        if (text === BACK && asking.back) return 'back';
        const read = readAnswer(question, text === '-' ? '' : text === '' ? defaultOf(question, asking) : text);
        if ('answer' in read) return read;
        say([read.mistake]);
      }
    },
    pause: async () => void (await nextLine('-- Enter goes on -- ')),
    say,
    close: () => {
      signal.removeEventListener('abort', leave);
      lines.close();
    },
  };
}

function choiceLines(question: Question, asking: Asking): string[] {
  if (question.kind === 'line') return [];
  const chosen = question.kind === 'many' ? chosenFirst(question, asking) : [];
  return question.choices.flatMap(({ name, value, about }, i) => [
    `${String(i + 1).padStart(3)}${chosen.includes(value) ? '*' : ')'} ${name}`,
    ...(about === undefined ? [] : [`     ${about}`]),
  ]);
}

function promptOf(question: Question, asking: Asking): string {
  const usual = defaultOf(question, asking);
  const what = { one: 'Number', many: 'Numbers, with commas', line: '' }[question.kind];
  const empty = question.kind === 'line' && usual !== '' ? ', - for nothing' : '';
  const words = [what, ...(usual === '' ? [] : [`[${usual}]${empty}`]), ...(asking.back ? [`(${BACK} goes back)`] : [])];
  return `${words.filter((word) => word !== '').join(' ')}> `;
}

/** What an empty line means, as it would be typed. */
function defaultOf(question: Question, asking: Asking): string {
  if (question.kind === 'line') return offered(question, asking) ?? '';
  const first = question.kind === 'many' ? chosenFirst(question, asking) : [offered(question, asking) ?? question.choices[0]?.value];
  return first
    .map((value) => question.choices.findIndex((choice) => choice.value === value) + 1)
    .filter((number) => number > 0)
    .join(',');
}

type Read = { readonly answer: Answer } | { readonly mistake: string };

function readAnswer(question: Question, text: string): Read {
  if (question.kind === 'line') return checked(question.check(text), text);
  const picked = text.split(/[\s,]+/).filter((word) => word !== '');
  const values = picked.map((word) => pick(question.choices, word));
  const unknown = picked.find((_, i) => values[i] === undefined);
  if (unknown !== undefined) return { mistake: `"${unknown}" is no number from 1 to ${question.choices.length}` };
  const sound = [...new Set(values.filter((value) => value !== undefined))];
  if (question.kind === 'many') return checked(question.check(sound), sound);
  const [value] = sound;
  return value === undefined || sound.length > 1 ? { mistake: 'One number is needed' } : { answer: value };
}

function pick(choices: readonly Choice[], word: string): string | undefined {
  return /^\d{1,4}$/.test(word) ? choices[Number(word) - 1]?.value : choices.find(({ value }) => value !== '' && value === word)?.value;
}

function checked(mistake: string | undefined, answer: Answer): Read {
  return mistake === undefined ? { answer } : { mistake };
}
