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
  const isQuiet = terminal.globals.json || terminal.globals.verbosity < 0;
  for (const step of steps) {
    if (isQuiet) await step.run(() => {});
    else if (isRewritable()) await runLive(step, terminal);
    else await runPlainly(step, terminal);
  }
}

async function runPlainly(step: Step, terminal: Terminal): Promise<void> {
  terminal.note(`❯ ${step.title}`);
  await runToItsEnd(step, () => undefined, terminal);
}

const FRAMES = Array.from('⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏');
const FRAME_MS = 100;

/** The line is drawn at its own pace, however often a step says how far it is: a counter that flickers cannot be read, and costs time. */
async function runLive(step: Step, terminal: Terminal): Promise<void> {
  let { title } = step;
  let frame = 0;
  let drawnAt = 0;
  const draw = (): void => {
    drawnAt = performance.now();
    terminal.live(`${FRAMES[frame++ % FRAMES.length]} ${title}`);
  };
  draw();
  const clock = setInterval(draw, FRAME_MS);
  try {
    await runToItsEnd(
      step,
      (next) => {
        title = next;
        // A step that works without a pause leaves the clock no turn.
        if (performance.now() - drawnAt >= FRAME_MS) draw();
      },
      terminal,
    );
  } finally {
    clearInterval(clock);
  }
}

/** Runs a step, and says how it ended in a line that stays. */
async function runToItsEnd(step: Step, update: (title: string) => void, terminal: Terminal): Promise<void> {
  let { title } = step;
  try {
    await step.run((next) => {
      title = next;
      update(next);
    });
  } catch (error) {
    terminal.note(`${terminal.style('red', '✖', 'stderr')} ${title}`);
    throw error;
  }
  terminal.note(`${terminal.style('green', '✔', 'stderr')} ${title}`);
}
