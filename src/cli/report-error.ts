import { answerOf } from '../host/read-file-safely.ts';
import { Failure } from '../model/failure.ts';
import { printable } from '../render/words.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { remedyOf, remedyOfCall } from './remedies.ts';
import type { Terminal } from './terminal.ts';

/** Tells how a command failed, as a person and as --json need it, and gives its exit code. */
export function reportError(error: unknown, command: string, terminal: Terminal): ExitCode {
  const { code, message, remedy, details, ending } = describe(error, command);
  const diagnostics = error instanceof Failure && 'diagnostics' in error ? { diagnostics: error.diagnostics } : {};
  terminal.document(command, { error: { code, message, details, remedy: remedy ?? null }, ...diagnostics });
  terminal.error(`${terminal.style('red', `error[${code}]`, 'stderr')}: ${lined(message)}`);
  for (const detail of details) terminal.error(`  - ${lined(detail)}`);
  if (remedy !== undefined) terminal.error(`  ${terminal.style('dim', 'help:', 'stderr')} ${lined(remedy)}`);
  if (!(error instanceof Failure) && terminal.globals.verbosity > 0 && error instanceof Error) terminal.error(error.stack ?? '');
  return EXIT[ending];
}

function describe(error: unknown, command: string): Pick<Failure, 'code' | 'message' | 'remedy' | 'details' | 'ending'> {
  if (error instanceof Failure) {
    const { code, message, details, ending } = error;
    return { code, message, remedy: remedyOf(error, command), details, ending };
  }
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unexpected';
  if (error instanceof Error && 'syscall' in error && 'path' in error) {
    const [call, path] = [String(error.syscall), String(error.path)];
    const message = `${call.slice(0, 1).toUpperCase()}${call.slice(1)} ${path}: ${answerOf(error)}`;
    return { code, message, remedy: remedyOfCall(error, path), details: [], ending: 'failed' };
  }
  return { code, message: error instanceof Error ? error.message : String(error), remedy: undefined, details: [], ending: 'failed' };
}

function lined(text: string): string {
  return text.split('\n').map(printable).join('\n');
}
