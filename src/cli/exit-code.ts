import type { Ending } from '../model/failure.ts';

/** The exit codes of every command. 130 and 143 (interrupted) are the signal's own. */
export const EXIT = {
  done: 0,
  failed: 1,
  changes: 2,
  invalid: 3,
  refused: 4,
  'rolled-back': 5,
  'rollback-incomplete': 6,
  busy: 7,
} as const satisfies Record<Ending | 'done' | 'changes', number>;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT] | 130 | 143;
