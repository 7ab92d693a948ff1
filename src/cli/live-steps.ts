import { Listr, ListrTaskEventType, ListrTaskState, type ListrTaskObject } from 'listr2';
import type { Step } from './progress.ts';
import type { Terminal } from './terminal.ts';

// progress.ts loads this file, and listr2 with it, only where a person watches: a command in a script does not pay for it.

/** Runs the steps in their order, each on one line of stderr that is written over until it has ended. Throws what a step threw. */
export async function runLive(steps: readonly Step[], terminal: Terminal): Promise<void> {
  const list = new Listr(
    steps.map((step) => ({
      title: step.title,
      task: async (_context: unknown, task: { title: string }): Promise<void> => {
        await step.run((title) => {
          task.title = title;
        });
      },
    })),
    { concurrent: false, registerSignalListeners: false, renderer: OneLine, rendererOptions: { terminal } },
  );
  await list.run();
}

const FRAMES = Array.from('⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏');
const FRAME_MS = 100;

/** listr2's own renderer draws the whole list for each frame, wraps it on narrow terminals, and goes by the size of stdout. */
class OneLine {
  static nonTTY = true;
  static rendererOptions: { terminal: Terminal };
  static rendererTaskOptions: never;
  readonly #tasks: readonly ListrTaskObject<unknown>[];
  readonly #terminal: Terminal;
  #title = '';
  #frame = 0;
  #drawnAt = 0;
  #clock: NodeJS.Timeout | undefined;

  constructor(tasks: readonly ListrTaskObject<unknown>[], { terminal }: { readonly terminal: Terminal }) {
    this.#tasks = tasks;
    this.#terminal = terminal;
  }

  render(): void {
    for (const task of this.#tasks) {
      task.on(ListrTaskEventType.TITLE, (title) => this.#retitle(title));
      task.on(ListrTaskEventType.STATE, (state) => {
        if (state === ListrTaskState.STARTED) this.#begin(task.initialTitle);
        else if (state === ListrTaskState.COMPLETED) this.#finish('green', '✔');
        else if (state === ListrTaskState.FAILED) this.#finish('red', '✖');
      });
    }
  }

  end(): void {
    clearInterval(this.#clock);
  }

  #begin(title: string | undefined): void {
    this.#title = title ?? '';
    this.#draw();
    this.#clock = setInterval(() => this.#draw(), FRAME_MS);
  }

  /** The line is drawn at its own pace, however often a step says how far it is: a counter that flickers cannot be read, and costs time. */
  #retitle(title: string | undefined): void {
    this.#title = title ?? this.#title;
    // A step that works without a pause leaves the clock no turn.
    if (performance.now() - this.#drawnAt < FRAME_MS) return;
    this.#draw();
    // Otherwise its turn, which is due by now, would draw right behind.
    this.#clock?.refresh();
  }

  /** Says how the step ended in a line that stays. */
  #finish(colour: 'green' | 'red', sign: string): void {
    clearInterval(this.#clock);
    this.#terminal.note(`${this.#terminal.style(colour, sign, 'stderr')} ${this.#title}`);
  }

  #draw(): void {
    this.#drawnAt = performance.now();
    this.#terminal.live(`${FRAMES[this.#frame++ % FRAMES.length]} ${this.#title}`);
  }
}
