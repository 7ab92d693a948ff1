import type { Network } from '../support/namespaces.ts';

/** A program to run, with its first arguments: the genuine one, or a copy with a bug planted in it. */
export type Program = readonly string[];

/**
 * Has a program do something on a new network of `TWO_WIRES`, and gives what went wrong as an operator would see it, a sentence each; none
 * where all is well.
 */
export type Scenario = (net: Network, program: Program) => Promise<string[]>;

/** A place in the code where a bug is planted. */
export interface Edit {
  /** Below src/. */
  readonly file: string;
  /** Stands there exactly once, so that an exhibit cannot become one that changes nothing. */
  readonly from: string;
  readonly to: string;
}

/** A bug of other tools, planted into a copy of the code. */
export interface Exhibit {
  /** What the program does, behind "a program that …". */
  readonly bug: string;
  /** Which class of tools is known for it. */
  readonly tools: string;
  /** What happened with them. */
  readonly story: string;
  /** More than one where parp has more than one line of defence. */
  readonly edits: readonly Edit[];
  readonly scenario: Scenario;
  /** What the scenario says of the copy: it is to be caught for what was planted, not because it does not run. */
  readonly harm: string;
}
