/** The exit codes of SIGINT and SIGTERM. */
const CODES = { SIGINT: 130, SIGTERM: 143 } as const;

export interface Interruption {
  /** Aborted at the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** The exit code of the signal that came; undefined if none did. */
  readonly exitCode: 130 | 143 | undefined;
}

/** Runs work that can be ended by SIGINT and SIGTERM: it gets a signal to heed, and they no longer kill the process at once. */
export async function interruptibly<T>(work: (interruption: Interruption) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let exitCode: 130 | 143 | undefined;
  const onSignal = (name: NodeJS.Signals): void => {
    exitCode ??= name === 'SIGTERM' ? CODES.SIGTERM : CODES.SIGINT;
    controller.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    return await work({
      signal: controller.signal,
      get exitCode() {
        return exitCode;
      },
    });
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}
