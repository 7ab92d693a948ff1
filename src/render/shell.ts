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

/** A word as every POSIX shell reads it back. */
export function shellWord(word: string): string {
  return /^[A-Za-z0-9_.,:@/=+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
