/** How a command ends when it does not simply succeed; each has one exit code. */
export type Ending = 'failed' | 'invalid' | 'refused' | 'rolled-back' | 'rollback-incomplete' | 'busy';

/** An end that was foreseen: a stable code, one sentence, and what to do about it. */
export class Failure extends Error {
  readonly ending: Ending;
  readonly code: string;
  readonly remedy: string | undefined;
  /** Further lines: one thing each. */
  readonly details: readonly string[];

  constructor(
    ending: Ending,
    code: string,
    message: string,
    more: { remedy?: string | undefined; details?: readonly string[]; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'Failure';
    this.ending = ending;
    this.code = code;
    this.remedy = more.remedy;
    this.details = more.details ?? [];
  }
}
