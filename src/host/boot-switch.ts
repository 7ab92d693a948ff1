import { lstatSync, readFileSync } from 'node:fs';

/** A word of the kernel's command line: for the boot loader, when the machine can no longer be reached otherwise. */
const WORD = 'parp.disable';
const FILE = '/etc/parp/disabled';

/** What keeps profiles from coming up at boot, as words; null where nothing does. */
export function bootSwitchedOff(): string | null {
  if (kernelWords().some((word) => word === WORD || word.startsWith(`${WORD}=`))) {
    return `${WORD} stands on the kernel's command line`;
  }
  return exists(FILE) ? `${FILE} exists` : null;
}

function kernelWords(): string[] {
  try {
    return readFileSync('/proc/cmdline', 'utf8').trim().split(/\s+/);
  } catch {
    return [];
  }
}

/** Whatever it is, also a link that leads nowhere. Where it may not be looked for, the unit has looked for it with all rights. */
function exists(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}
