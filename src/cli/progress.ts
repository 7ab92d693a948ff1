import { isRewritable } from './screen.ts';
import type { Terminal } from './terminal.ts';

/** One coarse step of a command. `update` replaces its title while it runs; a step that throws ends the list. */
export interface Step {
  readonly title: string;
  run(update: (title: string) => void): Promise<void>;
}

/**
 * Runs the steps in their order and shows them on stderr: on a terminal one line that is written over until the step has ended, elsewhere (also
 * where a line cannot be written over) a line as each begins and ends; nothing with -q or --json. Throws what a step threw.
 */
export async function runSteps(steps: readonly Step[], terminal: Terminal): Promise<void> {
  if (terminal.globals.json || terminal.globals.verbosity < 0) for (const step of steps) await step.run(() => {});
  else if (isRewritable()) await (await import('./live-steps.ts')).runLive(steps, terminal);
  else for (const step of steps) await runPlainly(step, terminal);
}

async function runPlainly(step: Step, terminal: Terminal): Promise<void> {
  let { title } = step;
  terminal.note(`❯ ${title}`);
  try {
    await step.run((next) => {
      title = next;
    });
  } catch (error) {
    terminal.note(`${terminal.style('red', '✖', 'stderr')} ${title}`);
    throw error;
  }
  terminal.note(`${terminal.style('green', '✔', 'stderr')} ${title}`);
}
