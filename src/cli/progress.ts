import type { Terminal } from './terminal.ts';

/** One coarse step of a command. `update` replaces its title while it runs; a step that throws ends the list. */
export interface Step {
  readonly title: string;
  run(update: (title: string) => void): Promise<void>;
}

/**
 * Runs the steps in their order and shows them on stderr: live on a terminal, a line as each begins and ends elsewhere (a serial console of
 * size 0 by 0 counts as elsewhere), nothing with -q or --json. Throws what a step threw.
 */
export async function runSteps(steps: readonly Step[], terminal: Terminal): Promise<void> {
  if (terminal.globals.json || terminal.globals.verbosity < 0) {
    for (const step of steps) await step.run(() => {});
    return;
  }
  if (!process.stderr.isTTY || !process.stderr.columns) {
    for (const step of steps) await runPlainly(step);
    return;
  }
  await runLive(steps);
}

async function runPlainly(step: Step): Promise<void> {
  let { title } = step;
  process.stderr.write(`❯ ${title}\n`);
  try {
    await step.run((next) => {
      title = next;
    });
  } catch (error) {
    process.stderr.write(`✖ ${title}\n`);
    throw error;
  }
  process.stderr.write(`✔ ${title}\n`);
}

/** listr2 is loaded here alone: a command in a script does not pay for it. */
async function runLive(steps: readonly Step[]): Promise<void> {
  const { Listr, ListrLogger, ProcessOutput } = await import('listr2');
  // Results go to stdout, so that progress must not: both of the renderer's streams are stderr.
  const logger = new ListrLogger({ processOutput: new ProcessOutput(process.stderr, process.stderr) });
  const list = new Listr(
    steps.map((step) => ({
      title: step.title,
      task: async (_context: unknown, task: { title: string }): Promise<void> => {
        await step.run((title) => {
          task.title = title;
        });
      },
    })),
    {
      concurrent: false,
      registerSignalListeners: false,
      renderer: 'default',
      rendererOptions: { logger, collapseErrors: false, showErrorMessage: false },
    },
  );
  await list.run();
}
