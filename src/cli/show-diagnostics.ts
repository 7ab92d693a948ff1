import type { Diagnostic } from '../profile/diagnostic.ts';
import { drawDiagnostics } from './diagnostic-text.ts';
import { screenOf } from './screen.ts';
import type { Terminal } from './terminal.ts';

/** Mistakes on stderr; where GitHub runs the job, once more as what it shows beside the line of the file. */
export function showDiagnostics(diagnostics: readonly Diagnostic[], terminal: Terminal, env = process.env): void {
  if (diagnostics.length === 0) return;
  terminal.error(`${drawDiagnostics(diagnostics, terminal, screenOf('stderr'))}\n`);
  if (env['GITHUB_ACTIONS'] === 'true') terminal.error(diagnostics.map(annotation).join('\n'));
}

/** A workflow command of GitHub Actions. Its columns count from 1, and the last one belongs to the mistake. */
export function annotation({ severity, code, message, file, line, column, length, instead }: Diagnostic): string {
  const place = { file, line, endLine: line, col: column, endColumn: column + length - 1, title: `parp: ${code}` };
  const properties = Object.entries(place).map(([key, value]) => `${key}=${escapeProperty(String(value))}`);
  return `::${severity} ${properties.join(',')}::${escapeData(instead === undefined ? message : `${message}: write ${instead}`)}`;
}

/** As @actions/core does it: a line that a profile brings along must not become a command of its own. */
function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
