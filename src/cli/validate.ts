import { loadProfiles, type LoadedFile } from '../host/read-profile.ts';
import { Failure } from '../model/failure.ts';
import type { Diagnostic } from '../profile/diagnostic.ts';
import { fileWords } from './command-line.ts';
import { cutLine, escapeText } from './diagnostic-text.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { showDiagnostics } from './show-diagnostics.ts';
import type { Terminal } from './terminal.ts';

/** `parp validate FILE…`: parses and checks profiles alone; 0 where all are right, 3 where one is not. */
export async function validate(files: string[], terminal: Terminal): Promise<ExitCode> {
  if (files.length === 0) throw new Failure('invalid', 'usage', 'Name at least one profile', { remedy: 'parp validate office.yaml' });
  const loaded = await loadProfiles(files);
  for (const warning of loaded.warnings) terminal.note(`Warning: ${escapeText(warning)}`);
  for (const file of loaded.files) {
    if (isSound(file)) terminal.print(`${escapeText(file.file)}: ${terminal.style('green', 'ok')} (${contents(file)})`);
    if (!terminal.globals.json) showDiagnostics(file.diagnostics, terminal);
  }
  terminal.document('validate', {
    files: loaded.files.map((file) => ({ file: file.file, ok: isSound(file) })),
    profiles: loaded.files.flatMap(({ file, profiles }) => profiles.map(({ name, kind }) => ({ name, kind, file }))),
    diagnostics: loaded.diagnostics.map(withShortExcerpt),
  });
  if (!loaded.files.every(isSound)) return EXIT.invalid;
  terminal.next(['plan', ...fileWords(files)]);
  return EXIT.done;
}

function isSound({ diagnostics }: LoadedFile): boolean {
  return !diagnostics.some(({ severity }) => severity === 'error');
}

function contents({ profiles }: LoadedFile): string {
  return profiles.map(({ kind, name }) => `${kind} "${name}"`).join(', ');
}

/** A file may be one line of megabytes; its excerpt would be repeated with each mistake. */
function withShortExcerpt(diagnostic: Diagnostic): Diagnostic {
  const { head, text, tail } = cutLine(diagnostic.excerpt, diagnostic.column, diagnostic.length);
  return { ...diagnostic, excerpt: `${head}${text}${tail}` };
}
