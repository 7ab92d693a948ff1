import type { ArpQuestion } from '../model/arp-decision.ts';
import { Failure } from '../model/failure.ts';
import { parseIpv4, type Ipv4 } from '../net/ipv4.ts';
import { kernelLinkName, type LinkName } from '../net/link-name.ts';
import { parseMac, type Mac } from '../net/mac.ts';
import { parsed, unparsed, type Parsed } from '../net/parsed.ts';
import { suggest } from '../profile/suggest.ts';
import { usage } from './address-arguments.ts';

/** A question with the line that it stands on. */
export interface AskedLine {
  readonly line: number;
  readonly question: ArpQuestion;
}

/** How many mistakes of one list are told; more would bury the first. */
const MOST_MISTAKES = 20;

const KEYS = ['interface', 'from', 'to', 'unicast', 'sender_mac', 'target_mac'] as const;
type Key = (typeof KEYS)[number];

/** JSON lines `{"interface":"eth0","from":"10.0.0.2","to":"10.0.0.9"}`; empty lines are passed over. Throws `Failure` 'invalid' with the line of each mistake. */
export function parseQuestions(text: string, file: string): readonly AskedLine[] {
  const asked: AskedLine[] = [];
  const mistakes: string[] = [];
  text.split('\n').forEach((raw, at) => {
    const line = raw.trim();
    if (line === '' || mistakes.length > MOST_MISTAKES) return;
    const result = parseQuestion(line);
    if (result.ok) asked.push({ line: at + 1, question: result.value });
    else mistakes.push(`${file}:${at + 1}: ${result.problem}${result.instead === undefined ? '' : `; write ${result.instead}`}`);
  });
  const [first, ...others] = mistakes;
  if (first !== undefined) {
    const told = others.slice(0, MOST_MISTAKES - 1);
    throw new Failure('invalid', 'bad-question', first, {
      details: mistakes.length > MOST_MISTAKES ? [...told, 'and maybe more: no further line was read'] : told,
      remedy: 'Write one JSON object a line: {"interface":"eth0","from":"10.0.0.2","to":"10.0.0.9"}',
    });
  }
  if (asked.length === 0) throw new Failure('invalid', 'no-question', `There is no question in ${file}`);
  return asked;
}

function parseQuestion(line: string): Parsed<ArpQuestion> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    return unparsed('bad-question', `The line is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return unparsed('bad-question', 'The line is not a JSON object');
  const fields: Readonly<Record<string, unknown>> = { ...value };
  const unknown = Object.keys(fields).find((key) => !KEYS.some((known) => known === key));
  if (unknown !== undefined) {
    const near = suggest(unknown, KEYS);
    return unparsed('bad-question', `Unknown key ${JSON.stringify(unknown)}`, near === undefined ? undefined : JSON.stringify(near));
  }
  return readFields(fields);
}

function readFields(fields: Readonly<Partial<Record<Key, unknown>>>): Parsed<ArpQuestion> {
  const at = text(fields, 'interface', parseAnyLink);
  const from = text(fields, 'from', parseIpv4);
  const to = text(fields, 'to', parseIpv4);
  const sender = optionalText(fields, 'sender_mac', parseMac);
  const target = optionalText(fields, 'target_mac', parseMac);
  for (const part of [at, from, to, sender, target]) if (!part.ok) return part;
  if (!at.ok || !from.ok || !to.ok || !sender.ok || !target.ok) throw new TypeError('Every part was parsed');
  const { unicast } = fields;
  if (unicast !== undefined && typeof unicast !== 'boolean') return unparsed('bad-question', '"unicast" is neither true nor false');
  return parsed(
    questionOf({ interface: at.value, from: from.value, to: to.value }, { unicast, senderMac: sender.value, targetMac: target.value }),
  );
}

function questionOf(
  { interface: at, from, to }: { readonly interface: LinkName; readonly from: Ipv4; readonly to: Ipv4 },
  more: { readonly unicast: boolean | undefined; readonly senderMac: Mac | undefined; readonly targetMac: Mac | undefined },
): ArpQuestion {
  return {
    interface: at,
    from,
    to,
    ...(more.unicast === undefined ? {} : { unicast: more.unicast }),
    ...(more.senderMac === undefined ? {} : { senderMac: more.senderMac }),
    ...(more.targetMac === undefined ? {} : { targetMac: more.targetMac }),
  };
}

/** Any name that a kernel may give: which of them there are, the host says. */
function parseAnyLink(name: string): Parsed<LinkName> {
  return name === '' ? unparsed('bad-interface-name', 'An interface name is empty') : parsed(kernelLinkName(name));
}

function text<T>(fields: Readonly<Partial<Record<Key, unknown>>>, key: Key, parse: (text: string) => Parsed<T>): Parsed<T> {
  const value = fields[key];
  if (value === undefined) return unparsed('bad-question', `"${key}" is missing`);
  if (typeof value !== 'string') return unparsed('bad-question', `"${key}" is not a text`);
  const result = parse(value);
  return result.ok ? result : { ...result, problem: `"${key}": ${result.problem}` };
}

function optionalText<T>(
  fields: Readonly<Partial<Record<Key, unknown>>>,
  key: Key,
  parse: (text: string) => Parsed<T>,
): Parsed<T | undefined> {
  return fields[key] === undefined ? parsed(undefined) : text(fields, key, parse);
}

/** The question of a command line. */
export interface QuestionOptions {
  readonly interface?: string;
  readonly from?: string;
  readonly to?: string;
  readonly unicast?: boolean;
  readonly senderMac?: string;
  readonly targetMac?: string;
}

/** Throws `Failure` 'invalid' that lists every mistake. */
export function questionFrom(options: QuestionOptions): ArpQuestion {
  const { interface: at, from, to, unicast, senderMac, targetMac } = options;
  const missing = Object.entries({ '--interface': at, '--from': from, '--to': to }).flatMap(([name, value]) =>
    value === undefined ? [name] : [],
  );
  if (missing.length > 0)
    throw usage(
      [`${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} missing`],
      'parp explain -i eth0 --from 10.0.0.2 --to 10.0.0.9',
    );
  const fields = { interface: at, from, to, unicast, sender_mac: senderMac, target_mac: targetMac };
  const result = readFields(fields);
  if (!result.ok) {
    const option = result.problem.replace(/^"(\w+)"/, (_, key: string) => `--${key.replaceAll('_', '-')}`);
    throw usage([`${option}${result.instead === undefined ? '' : `; write ${result.instead}`}`]);
  }
  return result.value;
}
