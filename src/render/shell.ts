import { isHold, type Operation } from '../model/operation.ts';
import { argvOf, type Argv } from './argv.ts';
import { natScript } from './nft.ts';

/** The operations as lines of a shell script: what the iproute2 engine would run. A table of nftables is a here-document of several lines. */
export function shellOf(operations: readonly Operation[]): string[] {
  return operations.flatMap((operation) => {
    if (operation.kind === 'nat') return isHold(operation) ? [] : [hereDocument(natScript(operation.subject, operation.to))];
    return argvOf(operation).map(shellLine);
  });
}

function hereDocument(script: string): string {
  return `nft -f - <<'EOF'\n${script}EOF`;
}

function shellLine(argv: Argv): string {
  return argv.map(shellWord).join(' ');
}

/** Whatever a terminal would obey but the line break, which a shell drops at the end of what a command prints. */
const UNSEEN = /((?:[^\P{C}\n]|[\u2028\u2029])+)/u;

/** A word as every POSIX shell reads it back. What a terminal would obey before it comes to a shell is left for printf(1) to make. */
export function shellWord(word: string): string {
  if (/^[A-Za-z0-9_.,:@/=+-]+$/.test(word)) return word;
  const parts = word.split(UNSEEN).map((part, at) => (at % 2 === 1 ? `"$(printf '${octal(part)}')"` : quoted(part)));
  return parts.join('') || "''";
}

function quoted(text: string): string {
  return text === '' ? '' : `'${text.replaceAll("'", `'\\''`)}'`;
}

function octal(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
}
