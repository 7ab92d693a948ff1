import type { Undone } from '../engine/execute.ts';
import { leftWords } from '../render/plan-text.ts';
import { operationWords, printable } from '../render/words.ts';

/** What a rollback left, as lines for a person: what others changed since, and what the system refused to take back. */
export function describeUndone(undone: Pick<Undone, 'left' | 'refused'>): string[] {
  return [
    ...undone.left.map(leftWords),
    ...undone.refused.map(({ operation, message }) => `Not taken back: ${operationWords(operation)}: ${printable(message)}`),
  ];
}
