import { counted, grouped } from '../net/count-words.ts';
import { announce, type InterfaceAnnounced } from '../host/announcer.ts';
import { announceDuration, type AnnounceJob } from '../model/announcements.ts';
import { prefixCover } from '../net/prefix-cover.ts';
import { parseAddressArguments } from './address-arguments.ts';
import { parseAnnounceOptions, type AnnounceOptionTexts } from './announce-options.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { interruptibly } from './interruption.ts';
import type { Terminal } from './terminal.ts';

export interface AnnounceCommandOptions extends AnnounceOptionTexts {
  readonly interface: string;
}

/** From here on the person is told how long it takes. */
const LONG_MS = 10_000;

/** `parp announce`: 0 when the kernel took every frame, 1 when not, 130 or 143 when it was interrupted. */
export async function announceCommand(
  addresses: readonly string[],
  options: AnnounceCommandOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const ranges = parseAddressArguments(addresses);
  const announceOptions = parseAnnounceOptions(options);
  const jobs: AnnounceJob[] = [{ interface: options.interface, addresses: prefixCover(ranges) }];
  const duration = announceDuration(jobs, announceOptions);
  if (duration > LONG_MS) terminal.note(`Announcing takes about ${Math.round(duration / 1000)} s; Ctrl-C ends it`);
  return interruptibly(async (interruption) => {
    const outcome = await announce(jobs, announceOptions, { signal: interruption.signal });
    for (const one of outcome.interfaces) report(one, terminal);
    return (outcome.interrupted ? interruption.exitCode : undefined) ?? (outcome.complete ? EXIT.done : EXIT.failed);
  });
}

function report(outcome: InterfaceAnnounced, terminal: Terminal): void {
  if (outcome.problem !== null) throw outcome.problem;
  const { problem: _problem, ...counters } = outcome;
  terminal.document('announce', counters);
  terminal.print(announcedLine(outcome));
  if (outcome.errors['no-carrier'] !== undefined) terminal.note(`${outcome.interface} has no carrier: the kernel drops what is sent there`);
}

/** `eth0: 6 frames sent for 1 address in 3 rounds (02:00:00:00:00:01)`, and what failed why. */
export function announcedLine(outcome: InterfaceAnnounced): string {
  const { sent, failed, frames } = outcome;
  const count = sent === frames ? counted(sent, 'frame', 'frames') : `${grouped(sent)} of ${counted(frames, 'frame', 'frames')}`;
  const mac = outcome.mac === null ? '' : ` (${outcome.mac})`;
  const line = `${outcome.interface}: ${count} sent for ${counted(outcome.addresses, 'address', 'addresses')} in ${counted(outcome.rounds, 'round', 'rounds')}${mac}`;
  const reasons = Object.entries(outcome.errors).map(([reason, times]) => `${times} ${reason}`);
  return failed === 0 ? line : `${line}; ${failed} failed: ${reasons.join(', ')}`;
}
