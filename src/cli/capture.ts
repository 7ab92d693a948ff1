import { createBackend } from '../host/create-backend.ts';
import { captureOf } from '../model/capture.ts';
import { printable } from '../render/words.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import type { Terminal } from './terminal.ts';
import { writePrivately } from './write-privately.ts';

export interface CaptureCommandOptions {
  /** The file to write instead of stdout. */
  readonly out?: string;
}

/** `parp capture`: the host's state as JSON, for `--against`. */
export async function captureCommand(options: CaptureCommandOptions, terminal: Terminal): Promise<ExitCode> {
  const state = await (await createBackend(terminal.globals.engine)).observe();
  if (state.nftables === null)
    terminal.note('Notice: the nftables ruleset cannot be read (not installed, or without CAP_NET_ADMIN); the capture lacks it');
  const text = `${JSON.stringify(captureOf(state), null, 2)}\n`;
  if (options.out !== undefined) {
    writePrivately(options.out, text);
    terminal.note(`Captured into ${printable(options.out)}`);
  } else {
    terminal.verbatim(text);
  }
  terminal.document('capture', state);
  return EXIT.done;
}
