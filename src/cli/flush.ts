import { requireCapabilities } from '../host/capabilities.ts';
import { createBackend } from '../host/create-backend.ts';
import type { Neighbour } from '../model/state.ts';
import { ipv4ToNumber } from '../net/ipv4.ts';
import { printable } from '../render/words.ts';
import { parseAddressArguments } from './address-arguments.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { liveLink } from './live-link.ts';
import type { Terminal } from './terminal.ts';

export interface FlushCommandOptions {
  readonly interface: string;
}

/** `parp flush`: drops the dynamic entries of an interface's ARP table, all or those of the addresses, ranges and prefixes named. */
export async function flushCommand(addresses: readonly string[], options: FlushCommandOptions, terminal: Terminal): Promise<ExitCode> {
  const ranges = addresses.length === 0 ? null : parseAddressArguments(addresses);
  requireCapabilities([{ name: 'CAP_NET_ADMIN', need: 'drop neighbour entries' }]);
  const backend = await createBackend(terminal.globals.engine);
  const state = await backend.observe();
  const link = liveLink(state, options.interface).name;
  const entries = state.neighbours.filter((entry) => {
    const number = ipv4ToNumber(entry.address);
    return entry.interface === link && (ranges === null || ranges.some(({ first, last }) => first <= number && number <= last));
  });
  const dynamic = entries.filter(isDynamic);
  const dropped = await backend.flush(dynamic);
  const kept = entries.length - dynamic.length;
  terminal.document('flush', { interface: link, dropped, kept });
  terminal.print(`Dropped ${dropped} ${dropped === 1 ? 'entry' : 'entries'} on ${printable(link)}`);
  if (kept > 0) terminal.note(`${kept} permanent or noarp ${kept === 1 ? 'entry stays' : 'entries stay'}`);
  return EXIT.done;
}

function isDynamic({ state }: Neighbour): boolean {
  return state !== 'PERMANENT' && state !== 'NOARP';
}
