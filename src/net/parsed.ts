/** A text that a parser refused: a stable code, the problem as a sentence and, where it can be told, what to write instead. */
export interface Unparsed {
  readonly ok: false;
  readonly code: string;
  readonly problem: string;
  readonly instead?: string;
}

/** What a parser answers: the minted value or the problem. Parsers never throw on text. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | Unparsed;

export function parsed<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

export function unparsed(code: string, problem: string, instead?: string): Unparsed {
  return instead === undefined ? { ok: false, code, problem } : { ok: false, code, problem, instead };
}

/** The value of text that the program itself wrote or already checked; throws `TypeError` where that is not so. */
export function must<T>(result: Parsed<T>): T {
  if (result.ok) return result.value;
  throw new TypeError(result.problem);
}
