import { KIND_WORDS } from '../profile/kind-words.ts';
import type { ArgumentEntry, CommandEntry, OptionEntry } from './command-tree.ts';
import type { Names } from './complete-names.ts';
import { SCHEMA_NAMES } from './schema.ts';

/** What stands in a place of the command line: one of a few words, a file, a folder, one of the names of a kind, or what nobody can know. */
export type Values =
  | { readonly of: 'words'; readonly words: readonly string[] }
  | { readonly of: 'files' | 'folders' | 'anything' }
  | { readonly of: 'names'; readonly names: Names };

/** The value of an option; null where it takes none. */
export function valuesOfOption({ long, value, choices }: OptionEntry): Values | null {
  if (value === null) return null;
  if (choices.length > 0) return { of: 'words', words: choices };
  if (long === '--interface') return { of: 'names', names: 'interfaces' };
  if (long === '--netns') return { of: 'names', names: 'namespaces' };
  if (long === '--form') return { of: 'words', words: ['request', 'reply', 'both'] };
  if (value === '<dir>') return { of: 'folders' };
  return /^<(?:file|[a-z]+\.json)>$/.test(value) ? { of: 'files' } : { of: 'anything' };
}

/** What the arguments of a command are; null where it takes none. */
export function valuesOfArguments({ name, arguments: given }: CommandEntry): Values | null {
  const [first] = given;
  return first === undefined ? null : valuesOfArgument(first, name);
}

function valuesOfArgument({ name }: ArgumentEntry, command: string): Values {
  switch (name) {
    case 'file':
      return { of: 'files' };
    case 'name':
      return { of: 'names', names: command === 'disable' ? 'enabled' : 'profiles' };
    case 'kind':
      return { of: 'words', words: Object.keys(KIND_WORDS) };
    case 'what':
      return { of: 'words', words: SCHEMA_NAMES };
    case 'shell':
      return { of: 'words', words: ['bash', 'zsh', 'fish'] };
    default:
      return { of: 'anything' };
  }
}

/** Both spellings of an option. */
export function spellings({ short, long }: OptionEntry): string[] {
  return short === null ? [long] : [short, long];
}
