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

/** A command line of parp's as it is typed here: with sudo where it takes that, in the same namespace, on the same records. */
export function commandLine(words: readonly string[], { stateDir }: Pick<Globals, 'stateDir'>, isRoot = process.getuid?.() === 0): string {
  const [command = ''] = words;
  const netns = process.env[ENTERED] ?? '';
  const sudo = isRoot || (UNPRIVILEGED.has(command) && netns === '') ? [] : ['sudo'];
  const globals = [...(netns === '' ? [] : ['--netns', netns]), ...(stateDir === undefined ? [] : ['--state-dir', stateDir])];
  return [...sudo, 'parp', ...globals, ...words].map(shellWord).join(' ');
}
