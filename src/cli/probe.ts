import { probe, type Evidence, type ProbeAnswer, type ProbeOptions } from '../host/prober.ts';
import { ipv4FromNumber, parseIpv4, UNSPECIFIED, type Ipv4 } from '../net/ipv4.ts';
import { rangeSize, type Range } from '../net/range.ts';
import { parseAddressArguments, usage } from './address-arguments.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { interruptibly } from './interruption.ts';
import type { Terminal } from './terminal.ts';

export interface ProbeCommandOptions {
  readonly interface: string;
  /** The sender to ask as; absent: 0.0.0.0. */
  readonly from?: string;
  readonly expect?: string;
}

const MOST_ADDRESSES = 1024;

/** As RFC 5227 asks, but for its long waits. */
const AS_PROBE = { mode: 'fast', count: 3, intervalMs: 100, listenMs: 200 } as const;
/** As a host asks that wants to talk, with Linux's own retrans_time: a proxy may take proxy_delay, 0.8 s by default, to answer. */
const AS_HOST = { mode: 'patient', count: 3, intervalMs: 1000, listenMs: 1000 } as const;

/** `parp probe`: 0, or 1 when an expectation is unmet; 130 or 143 when it was interrupted. */
export async function probeCommand(addresses: readonly string[], options: ProbeCommandOptions, terminal: Terminal): Promise<ExitCode> {
  const targets = parseTargets(addresses);
  const sender = options.from === undefined ? UNSPECIFIED : parseSender(options.from);
  const expected = parseExpectation(options.expect);
  const manner = sender === UNSPECIFIED ? AS_PROBE : AS_HOST;
  return interruptibly(async (interruption) => {
    let answers: ProbeAnswer[];
    try {
      answers = await probe({ ...manner, interface: options.interface, addresses: targets, sender, signal: interruption.signal });
    } catch (error) {
      if (interruption.exitCode === undefined) throw error;
      return interruption.exitCode;
    }
    const found = targets.map((address) => ({ address, answers: answers.filter((answer) => answer.address === address) }));
    show(found, manner, terminal);
    terminal.document('probe', documentOf(options.interface, sender, found));
    if (sender === UNSPECIFIED) terminal.note('No proxy answers the sender 0.0.0.0; --from IP asks as a host would and sees proxies');
    return verdict(found, expected, terminal);
  });
}

/** One address and who answered for it. */
interface Found {
  readonly address: Ipv4;
  readonly answers: readonly ProbeAnswer[];
}

function show(
  found: readonly Found[],
  manner: Required<Pick<ProbeOptions, 'count' | 'intervalMs' | 'listenMs'>>,
  terminal: Terminal,
): void {
  const width = found.reduce((most, { address }) => Math.max(most, address.length), 0);
  const listened = (manner.count - 1) * manner.intervalMs + manner.listenMs;
  for (const { address, answers } of found) {
    const name = address.padEnd(width);
    if (answers.length === 0) terminal.print(`${name}  free   (nobody answered within ${listened} ms)`);
    for (const { mac, milliseconds, kind } of answers) {
      terminal.print(`${name}  taken  ${mac}  ${milliseconds.toFixed(2)} ms${REMARKS[kind]}`);
    }
  }
}

const REMARKS: Readonly<Record<Evidence, string>> = {
  reply: '',
  'probe-conflict': '  (probes for the address itself)',
  announcement: '  (announces the address)',
  request: '  (asks with the address as sender)',
};

function documentOf(name: string, sender: Ipv4, found: readonly Found[]): object {
  return {
    interface: name,
    from: sender,
    answers: found.map(({ address, answers }) => ({
      address,
      taken: answers.length > 0,
      answers: answers.map(({ mac, milliseconds, kind }) => ({ mac, ms: Math.round(milliseconds * 1000) / 1000, kind })),
    })),
  };
}

function verdict(found: readonly Found[], expected: 'free' | 'taken' | undefined, terminal: Terminal): ExitCode {
  const unmet = found.filter(({ answers }) => expected !== undefined && answers.length > 0 !== (expected === 'taken'));
  if (unmet.length === 0) return EXIT.done;
  const others = unmet.length > 1 ? ` and ${unmet.length - 1} more` : '';
  terminal.error(
    `Expected ${expected}: ${unmet[0]?.address}${others} ${unmet.length > 1 ? 'are' : 'is'} ${expected === 'free' ? 'taken' : 'free'}`,
  );
  return EXIT.failed;
}

function parseTargets(texts: readonly string[]): Ipv4[] {
  const ranges = parseAddressArguments(texts);
  const count = ranges.reduce((sum, range) => sum + rangeSize(range), 0);
  if (count > MOST_ADDRESSES) throw usage([`${count} addresses are more than the ${MOST_ADDRESSES} that are probed at once`]);
  return ranges.flatMap(addressesOf);
}

function addressesOf({ first, last }: Range): Ipv4[] {
  return Array.from({ length: last - first + 1 }, (_, i) => ipv4FromNumber(first + i));
}

function parseSender(text: string): Ipv4 {
  const sender = parseIpv4(text);
  if (sender.ok) return sender.value;
  throw usage([`--from: ${sender.problem}${sender.instead === undefined ? '' : `; write ${sender.instead}`}`]);
}

function parseExpectation(text: string | undefined): 'free' | 'taken' | undefined {
  if (text === undefined || text === 'free' || text === 'taken') return text;
  throw usage([`"${text}" is not a value of --expect; write free or taken`]);
}
