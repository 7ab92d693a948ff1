import { Failure } from '../model/failure.ts';
import type { CommandTree } from './command-tree.ts';
import { bashCompletion } from './completion-bash.ts';
import { fishCompletion } from './completion-fish.ts';
import { zshCompletion } from './completion-zsh.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import type { Terminal } from './terminal.ts';

const SHELLS: ReadonlyMap<string | undefined, (tree: CommandTree) => string> = new Map([
  ['bash', bashCompletion],
  ['zsh', zshCompletion],
  ['fish', fishCompletion],
]);

/** `parp completion SHELL`: a script for the shell on stdout. It is a document by itself, so --json changes nothing. */
export async function completion(shell: string | undefined, tree: CommandTree, _terminal: Terminal): Promise<ExitCode> {
  const script = SHELLS.get(shell);
  if (script === undefined)
    throw new Failure('invalid', 'unknown-shell', `"${shell}" is not a shell that parp knows`, {
      remedy: 'parp completion bash, zsh or fish',
    });
  process.stdout.write(script(tree));
  return Promise.resolve(EXIT.done);
}
