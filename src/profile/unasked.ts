import type { Answer, Interview, Question } from './question.ts';

/** What comes of an interview where nobody can be asked. */
export interface Unasked<T> {
  /** Sound only where nothing is missing. */
  readonly result: T;
  /** The flags that would say what is neither known nor assumed. */
  readonly missing: readonly string[];
}

/** Answers every question with what it assumes; where it assumes nothing, with an example, to find out what else would be asked. */
export function withoutAsking<T>(interview: Interview<T>): Unasked<T> {
  const missing: string[] = [];
  const said: string[] = [];
  let next = interview.next();
  while (next.done !== true) {
    const question = next.value;
    if (question.assumed === undefined && !said.some((id) => question.id.startsWith(`${id}.`))) {
      missing.push(question.flag ?? `--set ${question.id}=${exampleOf(question).toString()}`);
      if (question.flagIsAll === true) said.push(question.id);
    }
    next = interview.next(question.assumed ?? exampleOf(question));
  }
  return { result: next.value, missing };
}

function exampleOf(question: Question): Answer {
  switch (question.kind) {
    case 'line':
      return question.example;
    case 'one':
      return question.choices[0]?.value ?? '';
    case 'many':
      return question.choices
        .map(({ value }) => value)
        .filter((value) => value !== '')
        .slice(0, 2);
  }
}
