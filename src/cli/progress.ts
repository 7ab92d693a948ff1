import type { Terminal } from './terminal.ts';

/** One coarse step of a command. `update` replaces its title while it runs; a step that throws ends the list. */
export interface Step {
  readonly title: string;
  run(update: (title: string) => void): Promise<void>;
}

/**
 * Runs the steps in their order and shows them on stderr: live on a terminal, a line each elsewhere (a serial console of size 0 by 0
 * counts as elsewhere), nothing with -q or --json. Throws what a step threw.
 */
export async function runSteps(steps: readonly Step[], terminal: Terminal): Promise<void> {
  if (terminal.globals.json || terminal.globals.verbosity < 0) {
    for (const step of steps) await step.run(() => {});
    return;
  }
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
      fallbackRenderer: 'simple',
      fallbackRendererOptions: { logger },
      fallbackRendererCondition: () => !process.stderr.isTTY || !process.stderr.columns,
    },
  );
  await list.run();
}
