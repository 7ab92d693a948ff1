import { shellWord } from '../render/shell.ts';
import type { Globals } from './terminal.ts';

/** The namespace that --netns names, for the run inside of it, which no longer has the option. */
export const ENTERED = 'PARP_ENTERED_NETNS';

/** Files as arguments: a name that begins like an option is one of this folder. */
export function fileWords(files: readonly string[]): string[] {
  return files.map((file) => (file.startsWith('-') && file !== '-' ? `./${file}` : file));
}

/** Commands that anybody may run. */
const UNPRIVILEGED: ReadonlySet<string> = new Set(['init', 'validate', 'plan', 'draw', 'explain']);

/** Where a command works, as far as it was named. */
export type Place = Pick<Globals, 'stateDir' | 'engine'>;

/** A command line of parp's as it is typed here: with sudo where it takes that, in the same namespace, on the same records. */
export function commandLine(words: readonly string[], place: Place, isRoot = isRootHere()): string {
  const [command = ''] = words;
  const needsRoot = !UNPRIVILEGED.has(command) || entered() !== '';
  return isRoot || !needsRoot ? commandWords(words, place) : `sudo ${commandWords(words, { ...place, stateDir: stateDirNamed(place) })}`;
}

/** The same for a sentence, which leaves it to the reader whether it takes sudo. */
export function commandWords(words: readonly string[], { stateDir, engine }: Place): string {
  const netns = entered();
  const globals = [
    ...(netns === '' ? [] : ['--netns', netns]),
    ...(stateDir === undefined ? [] : ['--state-dir', stateDir]),
    ...(engine === 'netlink' ? [] : ['--engine', engine]),
  ];
  return ['parp', ...globals, ...words].map(shellWord).join(' ');
}

function entered(): string {
  return process.env[ENTERED] ?? '';
}

/** Whoever came by sudo types the next command as somebody else again. */
function isRootHere(): boolean {
  return process.getuid?.() === 0 && (process.env['SUDO_UID'] ?? '0') === '0';
}

/** sudo takes the variable away. */
function stateDirNamed({ stateDir }: Place): string | undefined {
  const variable = process.env['PARP_STATE_DIR'] ?? '';
  return stateDir ?? (variable === '' ? undefined : variable);
}
