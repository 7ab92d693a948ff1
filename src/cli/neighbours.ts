import { createBackend } from '../host/create-backend.ts';
import type { Neighbour, NeighbourState, ProxyEntry } from '../model/state.ts';
import { ipv4ToNumber, type Ipv4 } from '../net/ipv4.ts';
import { printable } from '../render/words.ts';
import { cellsOf } from './cells.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { liveLink } from './live-link.ts';
import { columnsOf } from './screen.ts';
import type { Terminal } from './terminal.ts';

export interface NeighboursCommandOptions {
  readonly interface?: string;
}

/** `parp neighbours`: the ARP table with its incomplete and failed entries, and the proxy neighbours. */
export async function neighboursCommand(options: NeighboursCommandOptions, terminal: Terminal): Promise<ExitCode> {
  const state = await (await createBackend(terminal.globals.engine)).observe();
  const only = options.interface === undefined ? undefined : liveLink(state, options.interface).name;
  const neighbours = state.neighbours.filter((entry) => only === undefined || entry.interface === only).sort(byAddress);
  // An entry without an interface answers on every one.
  const proxies = state.proxies
    .filter((entry) => only === undefined || entry.interface === null || entry.interface === only)
    .sort(byAddress);
  terminal.document('neighbours', { neighbours, proxies });
  if (neighbours.length + proxies.length === 0) {
    terminal.print(only === undefined ? 'The ARP table is empty' : `The ARP table of ${printable(only)} is empty`);
    return EXIT.done;
  }
  const rows = [['ADDRESS', 'INTERFACE', 'MAC', 'STATE'], ...neighbours.map(neighbourRow), ...proxies.map(proxyRow)];
  const widths = [0, 1, 2].map((column) => rows.reduce((widest, row) => Math.max(widest, row[column]?.length ?? 0), 0));
  const isNarrow = rows.some((row) => linesOf(row, widths, false).some((line) => cellsOf(line) > columnsOf('stdout')));
  for (const row of rows) terminal.print(painted(row, linesOf(row, widths, isNarrow), terminal));
  return EXIT.done;
}

function byAddress(a: { readonly address: Ipv4 }, b: { readonly address: Ipv4 }): number {
  return ipv4ToNumber(a.address) - ipv4ToNumber(b.address);
}

function neighbourRow({ address, interface: link, mac, state }: Neighbour): string[] {
  return [address, printable(link), mac ?? '-', state.toLowerCase()];
}

function proxyRow({ address, interface: link, protocol }: ProxyEntry): string[] {
  return [address, link === null ? '(every one)' : printable(link), '-', protocol === null ? 'proxy' : `proxy (protocol ${protocol})`];
}

const UNANSWERED: readonly NeighbourState[] = ['FAILED', 'INCOMPLETE'];

/** A row on one line; on two where that is wider than the terminal, so that each has its columns below each other all the same. */
function linesOf(row: readonly string[], widths: readonly number[], isNarrow: boolean): string[] {
  const cells = row.map((cell, column) => cell.padEnd(widths[column] ?? 0));
  return isNarrow ? [cells.slice(0, 2).join('  '), `  ${cells.slice(2).join('  ')}`] : [cells.join('  ')];
}

function painted(row: readonly string[], lines: readonly string[], terminal: Terminal): string {
  const text = lines.join('\n');
  if (row[0] === 'ADDRESS') return terminal.style('bold', text);
  return UNANSWERED.some((state) => state.toLowerCase() === row[3]) ? terminal.style('red', text) : text;
}
