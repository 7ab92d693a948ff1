import { Interrupted, type Outcome } from '../engine/execute.ts';
import { printable } from '../render/words.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import type { Terminal } from './terminal.ts';
import { describeUndone } from './undone-text.ts';

/** Tells how an execution that did not come through ended, and gives its exit code. */
export function endingOf(
  outcome: Exclude<Outcome, { kind: 'done' }>,
  by: { interruptedBy(): 130 | 143 | undefined },
  terminal: Terminal,
): ExitCode {
  for (const line of describeUndone(outcome)) terminal.error(line);
  const incomplete = outcome.kind === 'rollback-incomplete';
  const state = incomplete ? 'What could not be taken back is listed above' : 'Everything was taken back; the host is as before';
  if (outcome.cause instanceof Interrupted) {
    terminal.error(`Interrupted. ${state}`);
    return incomplete ? EXIT['rollback-incomplete'] : (by.interruptedBy() ?? EXIT['rolled-back']);
  }
  terminal.error(`${terminal.style('red', 'Error', 'stderr')}: ${printable(outcome.cause.message)}`);
  terminal.error(state);
  return EXIT[outcome.kind];
}
