import { lengthOf, parseInterfaceAddress, type InterfaceAddress, type Prefix } from '../net/prefix.ts';
import type { HostState } from '../model/state.ts';
import { askLinks } from './ask-links.ts';
import { mistakeIn } from './draft-check.ts';
import { mapsIn, splitList, textOf, textsIn, type Draft } from './draft.ts';
import { addressesOn, heardOn, subnetsOf } from './found.ts';
import type { Known } from './interview.ts';
import { askLine, chooseOne, type Interview } from './question.ts';

/** Asks which wires shall look like one, who lives on each, and for whom the router answers. */
export function* askPseudoBridge({ host, given, readHosts }: Known, notes: Map<string, string>): Interview<Draft> {
  let segments: Draft[] = yield* askInterfaces(host, mapsIn(given['segments']));
  segments = segments.map((segment, at) => withFoundAddresses(segment, at, host, notes));
  if (!segments.some((segment) => textsIn(segment['addresses']).length > 0)) segments = yield* askAddress(segments);
  const subnets = subnetsOf(segments.flatMap(ownAddresses));
  const taken = new Set<Prefix>();
  const check: Check = (some, answer) => mistakeIn({ ...profileOf(some), ...answer }, { readHosts });
  for (const at of segments.keys()) segments = yield* askHosts(segments, at, { subnets, taken, host, check });
  const { segments: _segments, answer: givenAnswer, ...rest } = given;
  const everyone = segments.every((segment) => textsIn(segment['hosts']).length > 0 || segment['hosts_file'] !== undefined);
  const answer = givenAnswer ?? (everyone ? yield* askAnswer(segments, check) : 'routed');
  return { segments, answer, ...rest };
}

function* askInterfaces(host: HostState | null, given: readonly Draft[]): Interview<Draft[]> {
  if (given.length > 1 && given.every((segment) => segment['interface'] !== undefined)) return [...given];
  const named = given.flatMap((segment) => (segment['interface'] === undefined ? [] : [textOf(segment['interface'])]));
  const links = yield* askLinks(host, {
    id: 'segments',
    ask: named.length === 0 ? 'Which interfaces shall look like one wire?' : `Which interfaces besides ${named.join(' and ')}?`,
    hint: 'Two or more; the first is where most of the subnet lives',
    flag: '--set segments.0.interface=eth0 --set segments.1.interface=eth1',
    except: named,
    least: Math.max(1, 2 - named.length),
  });
  const free = [...links];
  const filled = given.map((segment) => (segment['interface'] === undefined ? { interface: free.shift() ?? '', ...segment } : segment));
  return [...filled, ...free.map((link) => ({ interface: link }))];
}

/** What the interface has is what the router keeps there. */
function withFoundAddresses(segment: Draft, at: number, host: HostState | null, notes: Map<string, string>): Draft {
  const { interface: link = '', addresses, ...rest } = segment;
  if (addresses !== undefined) return segment;
  // Of an address by itself nobody could borrow, and it has no subnet.
  const useful = addressesOn(host, textOf(link)).filter((address) => lengthOf(address) < 32);
  if (useful.length === 0) return segment;
  notes.set(`segments[${at}].addresses`, 'as it is now');
  return { interface: link, addresses: useful, ...rest };
}

function* askAddress([first = {}, ...others]: readonly Draft[]): Interview<Draft[]> {
  const { interface: link = '', addresses: _none, ...rest } = first;
  const segmentWith = (text: string): Draft => ({ interface: link, addresses: splitList(text), ...rest });
  const text = yield* askLine({
    id: 'segments.0.addresses',
    ask: `Which address shall this router have on ${textOf(link)}?`,
    hint: 'With its prefix length, from the subnet of the hosts, such as 192.168.0.1/24; none of the interfaces has one yet',
    example: '192.168.0.1/24',
    check: (line) =>
      splitList(line).length === 0
        ? 'The router needs an address there, to ask for the hosts'
        : mistakeIn(profileOf([segmentWith(line), ...others])),
  });
  return [segmentWith(text), ...others];
}

/** What is wrong with segments, the files that they name included. */
type Check = (segments: readonly Draft[], answer?: Draft) => string | undefined;

interface Around {
  readonly subnets: readonly Prefix[];
  /** Those that are offered whole to an earlier segment. */
  readonly taken: Set<Prefix>;
  readonly host: HostState | null;
  readonly check: Check;
}

function* askHosts(segments: readonly Draft[], at: number, { subnets, taken, host, check }: Around): Interview<Draft[]> {
  const segment = segments[at] ?? {};
  const whole = subnetsOf(ownAddresses(segment)).filter((subnet) => !taken.has(subnet));
  for (const subnet of whole) taken.add(subnet);
  if (segment['hosts'] !== undefined || segment['hosts_file'] !== undefined) return [...segments];
  const link = textOf(segment['interface']);
  const heard = host === null || whole.length > 0 ? [] : heardOn(host, link, subnets);
  const initial = [...whole, ...heard].join(', ');
  const segmentsWith = (text: string): Draft[] => segments.map((one, i) => (i === at ? { ...one, ...whoLives(text) } : one));
  const text = yield* askLine({
    id: `segments.${at}.hosts`,
    ask: `Who lives behind ${link}?`,
    hint: hintOf(whole, heard, subnets),
    ...(initial === '' ? {} : { initial }),
    ...(whole.length === 0 ? {} : { assumed: initial }),
    example: '192.168.0.66,192.168.0.70-192.168.0.79',
    check: (line) => (/(?:^|[\s,])@$/.test(line) ? 'Behind @ comes the name of a file' : check(segmentsWith(line))),
  });
  return segmentsWith(text);
}

/** Entries, and behind @ a file, whose name goes to the end. */
function whoLives(text: string): Draft {
  const at = /(?:^|[\s,])@/.exec(text);
  const hosts = splitList(at === null ? text : text.slice(0, at.index));
  const file = at === null ? '' : text.slice(at.index + at[0].length).trim();
  return { ...(hosts.length === 0 ? {} : { hosts }), ...(file === '' ? {} : { hosts_file: file }) };
}

function hintOf(whole: readonly Prefix[], heard: readonly string[], subnets: readonly Prefix[]): string {
  const of = whole.length > 0 || subnets.length === 0 ? '' : ` of ${subnets.join(', ')}`;
  const forms = `Addresses, ranges a-b or prefixes${of}, with commas between them, or @FILE with one a line`;
  if (whole.length > 0) return `${forms}. The whole subnet will do: entries of the other wires win`;
  if (heard.length > 0) return `${forms}. Heard there by now: ${heard.join(', ')}`;
  return `${forms}. Empty: nobody is announced, and stale ARP entries live on`;
}

function* askAnswer(segments: readonly Draft[], check: Check): Interview<string> {
  return yield* chooseOne({
    id: 'answer',
    ask: 'For whom shall the router answer?',
    choices: [
      {
        value: 'routed',
        name: 'for every address that is routed to another wire',
        about: 'Also for what nobody listed or nobody has. Few switches, however many hosts there are.',
      },
      ...(check(segments, { answer: 'listed' }) === undefined
        ? [
            {
              value: 'listed',
              name: 'for the listed hosts alone',
              about: 'One proxy neighbour for each host; a host that nobody listed is not reached from the other wires.',
            },
          ]
        : []),
    ],
    initial: 'routed',
    assumed: 'routed',
  });
}

function profileOf(segments: readonly Draft[]): Draft {
  return { kind: 'pseudo-bridge', segments };
}

function ownAddresses(segment: Draft): InterfaceAddress[] {
  return textsIn(segment['addresses']).flatMap((text) => {
    const address = parseInterfaceAddress(text);
    return address.ok ? [address.value] : [];
  });
}
