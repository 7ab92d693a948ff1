/** What a person answered: a value, or the values chosen of several. */
export type Answer = string | readonly string[];

export interface Choice {
  readonly value: string;
  readonly name: string;
  /** How the answer is shown afterwards, where not by `name`. */
  readonly short?: string;
  /** What it is for, in a sentence or two. */
  readonly about?: string;
}

interface Asked {
  /** Names the question among all of a dialogue: the path of what it is about. */
  readonly id: string;
  readonly ask: string;
  /** What the answer is for or looks like; shown below the question. */
  readonly hint?: string;
  /** The flag that answers it on a command line; by default `--set ID=…`. */
  readonly flag?: string;
  /** The flag says what the questions below this one's id would ask as well. */
  readonly flagIsAll?: true;
}

export interface ChooseOne extends Asked {
  readonly kind: 'one';
  readonly choices: readonly Choice[];
  /** What is offered first. */
  readonly initial?: string;
  /** The answer where nobody can be asked; without it somebody has to say. */
  readonly assumed?: string;
}

export interface ChooseMany extends Asked {
  readonly kind: 'many';
  readonly choices: readonly Choice[];
  readonly initial: readonly string[];
  readonly assumed?: readonly string[];
  /** Why the choice will not do; undefined where it does. */
  check(chosen: readonly string[]): string | undefined;
}

export interface AskLine extends Asked {
  readonly kind: 'line';
  readonly initial?: string;
  readonly assumed?: string;
  /** A right answer, to be shown. */
  readonly example: string;
  /** Why the text will not do; undefined where it does. */
  check(text: string): string | undefined;
}

export type Question = ChooseOne | ChooseMany | AskLine;

/** Asks questions, one after the other, and ends with what came of the answers. */
export type Interview<T> = Generator<Question, T, Answer>;

export function* chooseOne(question: Omit<ChooseOne, 'kind'>): Interview<string> {
  const answer = yield { kind: 'one', ...question };
  return typeof answer === 'string' ? answer : (answer[0] ?? '');
}

export function* chooseMany(question: Omit<ChooseMany, 'kind'>): Interview<readonly string[]> {
  const answer = yield { kind: 'many', ...question };
  return typeof answer === 'string' ? [answer] : answer;
}

export function* askLine(question: Omit<AskLine, 'kind'>): Interview<string> {
  const answer = yield { kind: 'line', ...question };
  return typeof answer === 'string' ? answer.trim() : answer.join(' ');
}

/** A check for what cannot be left out. */
export function needed(check: (text: string) => string | undefined): (text: string) => string | undefined {
  return (text) => (text === '' ? 'An answer is needed' : check(text));
}

/** Where an interview stands after some answers: at the next question, or at its end. */
export type Standing<T> = { readonly question: Question } | { readonly result: T };

/** Plays the answers into an interview from its beginning: to go back is to leave the last ones out. */
export function standingAfter<T>(begin: () => Interview<T>, answers: readonly Answer[]): Standing<T> {
  const interview = begin();
  let next = interview.next();
  for (const answer of answers) {
    if (next.done === true) break;
    next = interview.next(answer);
  }
  return next.done === true ? { result: next.value } : { question: next.value };
}
