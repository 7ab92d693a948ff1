import { errnoOf } from '../host/errno.ts';
import type { Failure } from '../model/failure.ts';

/** What to do about failures that know no better, by their codes: often only the command line tells what a file was meant to be. */
const REMEDIES: ReadonlyMap<string, string> = new Map([
  ['unreadable-profile', 'Name a file that is there and that you may read; parp init writes one'],
  ['unreadable-plan', 'Name a file that parp plan FILE --out PLAN.json wrote'],
  ['plan-file', 'Name a file that parp plan FILE --out PLAN.json wrote; a profile is applied without --plan'],
  ['unreadable-capture', 'Name a file that parp capture --out STATE.json wrote on the host that is meant'],
  ['capture', 'Name a file that parp capture --out STATE.json wrote on the host that is meant'],
  ['unreadable-questions', 'Name a file with a question a line, or - for standard input'],
  ['no-question', 'Write a question a line: {"interface":"eth0","from":"192.168.0.2","to":"192.168.0.66"}'],
  ['unwritable-file', 'Name a file in a folder that is there and that you may write to'],
  ['missing-sysctl', 'See whether the interface is still there: ip link'],
  ['unwritable-sysctl', 'Where /proc/sys is read-only, as in most containers, run it on the host itself'],
  ['no-ffi', 'Install parp anew on this machine: npm ci --ignore-scripts'],
]);

/** What to do about a failure of a command. */
export function remedyOf({ remedy, code, message }: Pick<Failure, 'remedy' | 'code' | 'message'>, command: string): string | undefined {
  if (remedy !== undefined) return remedy;
  if (code === 'usage') return helpRemedy(command);
  // What is there need not be named otherwise.
  return code.startsWith('unreadable-') && message.endsWith('(EACCES)') ? UNREADABLE : REMEDIES.get(code);
}

const UNREADABLE = 'It is there, but not for you to read: become its owner (sudo chown "$USER" FILE), or run this with sudo';

/** Where it is told how a command is used; without a name, which commands there are. */
export function helpRemedy(command?: string): string {
  return command === undefined ? 'See what there is with: parp help' : `See how it is used with: parp help ${command}`;
}

/** What to do about an error of a system call. */
export function remedyOfCall(error: unknown, path: string): string | undefined {
  if (/^\/proc(?:\/|$)/.test(path) && errnoOf(error) === 'ENOENT') return 'parp reads the kernel by /proc: mount -t proc proc /proc';
  return undefined;
}
