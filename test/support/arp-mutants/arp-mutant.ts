import type { Edit } from '../../museum/exhibit.ts';

/** A rule of the kernel that a copy of the model does not know: KERNEL.md's fact, and how the copy gets it wrong. */
export interface ArpMutant {
  readonly fact: string;
  /** What the copy believes. */
  readonly belief: string;
  readonly edits: readonly Edit[];
}

/** One that replaces a text of a file of src/model. */
export function mutant(fact: string, belief: string, file: string, from: string, to: string): ArpMutant {
  return { fact, belief, edits: [{ file: `model/${file}.ts`, from, to }] };
}
