import { Failure } from '../model/failure.ts';
import type { Parsed } from '../net/parsed.ts';
import { parsePrefixOrAddress, rangeOf } from '../net/prefix.ts';
import { mergeRanges, parseRange, type Range } from '../net/range.ts';

/** Addresses, ranges `a-b` and prefixes of a command line as ascending ranges; throws `Failure` 'invalid' that lists every mistake. */
export function parseAddressArguments(texts: readonly string[]): readonly Range[] {
  if (texts.length === 0) throw usage(['No address is given'], 'Name addresses, ranges a-b or prefixes: 192.168.0.9');
  const ranges: Range[] = [];
  const mistakes: string[] = [];
  for (const text of texts) {
    const answer = parseOne(text);
    const odd = answer.ok ? notUnicast(answer.value) : undefined;
    if (odd !== undefined) mistakes.push(`"${text}" is ${odd}, for which nobody answers ARP`);
    else if (answer.ok) ranges.push(answer.value);
    else if (!answer.ok) mistakes.push(answer.instead === undefined ? answer.problem : `${answer.problem}; write ${answer.instead}`);
  }
  if (mistakes.length > 0) throw usage(mistakes);
  return mergeRanges(ranges);
}

function parseOne(text: string): Parsed<Range> {
  if (text.includes('-')) return parseRange(text);
  const prefix = parsePrefixOrAddress(text);
  return prefix.ok ? { ok: true, value: rangeOf(prefix.value) } : prefix;
}

/** What makes addresses none that a host can have: the kernel answers ARP for none of these (arp_process, ip_route_input_slow). */
function notUnicast({ first, last }: Range): string | undefined {
  const meets = (from: number, to: number): boolean => first <= to && last >= from;
  if (meets(0, 0)) return 'or holds 0.0.0.0';
  if (meets(0x7f000000, 0x7fffffff)) return 'or holds loopback addresses';
  if (meets(0xe0000000, 0xefffffff)) return 'or holds multicast addresses';
  return meets(0xffffffff, 0xffffffff) ? 'or holds 255.255.255.255' : undefined;
}

/** A mistake on the command line, or several. */
export function usage(mistakes: readonly string[], remedy?: string): Failure {
  const [first = 'The command line is wrong', ...rest] = mistakes;
  return new Failure('invalid', 'usage', first, { remedy, details: rest });
}
