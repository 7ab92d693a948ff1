import { isEnabledHere } from '../host/enabled-files.ts';
import { Failure } from '../model/failure.ts';

/** Throws `Failure` 'refused' in a network that does not come up at boot: what is enabled belongs to another one. */
export function requireEnabledHere(command: string): void {
  if (isEnabledHere() === true) return;
  throw new Failure(
    'refused',
    'other-network',
    "Enabled profiles come up in the machine's own network at boot, and this is another network namespace",
    {
      remedy: `Keep those of this one in a folder of its own: ${[...new Set([command, 'boot'])].map((word) => `PARP_LIB_DIR=DIR parp ${word}`).join(', and ')}`,
    },
  );
}
