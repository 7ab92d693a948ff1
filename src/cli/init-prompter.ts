import type { Answer, Question } from '../profile/question.ts';

/** `back`: to the question before. */
export type Reply = { readonly answer: Answer } | 'back';

export interface Asking {
  /** What the answer was before somebody went back; otherwise the question's own suggestion is offered. */
  readonly before?: Answer;
  /** Whether there is a question to go back to. */
  readonly back: boolean;
}

/** Asks a person, whatever draws the questions. Everything goes to stderr; stdout is for results. */
export interface Prompter {
  /** Characters of a line, and lines of the screen. */
  readonly columns: number;
  readonly rows: number;
  /** Whether the terminal is good for more than lines of plain text. */
  readonly draws: boolean;
  /** Throws `Left` where the person does not want to go on, or is gone. */
  ask(question: Question, asking: Asking): Promise<Reply>;
  /** Waits for Enter. Throws `Left`. */
  pause(): Promise<void>;
  say(lines: readonly string[]): void;
  close(): void;
}

/** The person has left: by ^C or ^D, or with the terminal. */
export class Left extends Error {
  constructor() {
    super('Left');
    this.name = 'Left';
  }
}

/** What is offered first of a question, for the kinds whose answer is one text. */
export function offered(question: Question, { before }: Asking): string | undefined {
  const initial = before ?? question.initial;
  return typeof initial === 'string' ? initial : undefined;
}

/** What is chosen at first of a question whose answer is several. */
export function chosenFirst(question: Question, { before }: Asking): readonly string[] {
  const initial = before ?? question.initial ?? [];
  return typeof initial === 'string' ? [initial] : initial;
}
