import type { Answer, Interview } from '../profile/question.ts';
import { standingAfter } from '../profile/question.ts';
import type { Prompter } from './init-prompter.ts';

/** A dialogue that can be taken up again behind its last question. */
export interface Dialogue<T> {
  /** Asks until there is a result. Throws `Left`. */
  finish(): Promise<T>;
  /** Takes the last answer back; false where there is none. */
  back(): boolean;
}

/** Plays an interview to a person; whoever goes back finds the former answers offered again. */
export function dialogueOf<T>(begin: () => Interview<T>, prompter: Prompter): Dialogue<T> {
  const answers: Answer[] = [];
  const ids: string[] = [];
  const former = new Map<string, Answer>();
  const back = (): boolean => {
    const [id, answer] = [ids.pop(), answers.pop()];
    if (id === undefined || answer === undefined) return false;
    former.set(id, answer);
    return true;
  };
  return {
    back,
    finish: async () => {
      for (;;) {
        const standing = standingAfter(begin, answers);
        if ('result' in standing) return standing.result;
        const { question } = standing;
        const before = former.get(question.id);
        const reply = await prompter.ask(question, { back: answers.length > 0, ...(before === undefined ? {} : { before }) });
        if (reply === 'back') {
          back();
        } else {
          ids.push(question.id);
          answers.push(reply.answer);
        }
      }
    },
  };
}
