import { ANNOUNCE_DEFAULTS } from '../model/settings.ts';
import { DEFAULTS } from './common-keys.ts';
import { isList, isMap, type Draft, type Piece } from './draft.ts';
import { KIND_WORDS } from './kind-words.ts';
import { pathText, type Path } from './problem.ts';
import { PROFILE_KINDS, type ProfileKind } from './schema.ts';
import { wrapped } from './wrapped.ts';
import { resolvePlain } from './yaml-scalar.ts';

/** Begins the line that names the JSON Schema to editors. */
export const SCHEMA_LINE = '# yaml-language-server: $schema=';

/** What stands in the file beside the profile itself. */
export interface Beside {
  /** The file's own name, for the commands in its first lines. */
  readonly file?: string;
  /** Where an editor finds the JSON Schema, as the file can name it. */
  readonly schema?: string;
  /** What is worth saying of single values, by `pathText`: a few words behind them. */
  readonly notes?: ReadonlyMap<string, string>;
}

/** A draft as YAML with comments, so that whoever opens the file knows what stands there and what else could. */
export function draftText(draft: Draft, beside: Beside = {}): string {
  const kind = PROFILE_KINDS.find((one) => one === draft['kind']);
  const lines = [...headOf(kind, beside), ...mapLines(draft, [], 0, { kind, notes: beside.notes ?? new Map(), said: new Set() })];
  return `${[...lines, ...(kind === undefined ? [] : tailOf(kind, draft))].join('\n')}\n`;
}

function headOf(kind: ProfileKind | undefined, { file, schema }: Beside): string[] {
  const title = kind === undefined ? [] : [`# ${kind}: ${KIND_WORDS[kind].title}.`];
  const use =
    file === undefined
      ? []
      : [`# See what it would change: parp plan ${file}`, `# Put it in force:          sudo parp apply --confirm ${file}`];
  return [...(schema === undefined ? [] : [`${SCHEMA_LINE}${schema}`]), ...title, ...use];
}

interface Writing {
  readonly kind: ProfileKind | undefined;
  readonly notes: ReadonlyMap<string, string>;
  /** Keys that were explained already. */
  readonly said: Set<string>;
}

function mapLines(map: Draft, path: Path, depth: number, writing: Writing): string[] {
  const indent = '  '.repeat(depth);
  return Object.entries(map).flatMap(([key, piece]) => {
    const at = [...path, key];
    const said = at.filter((step) => typeof step === 'string').join('.');
    const about = writing.kind === undefined || writing.said.has(said) ? undefined : ABOUT[writing.kind][said];
    writing.said.add(said);
    const above =
      about === undefined
        ? []
        : [
            ...(depth === 0 ? [''] : []),
            ...about.flatMap((text) => wrapped(text, COMMENT - indent.length).map((line) => `${indent}# ${line}`)),
          ];
    return [...above, ...entryLines(scalar(key), piece, at, depth, writing)];
  });
}

function entryLines(key: string, piece: Piece, path: Path, depth: number, writing: Writing): string[] {
  const indent = '  '.repeat(depth);
  const note = writing.notes.get(pathText(path));
  const behind = note === undefined ? '' : ` # ${note}`;
  const inline = inlined(piece);
  if (inline !== undefined && inline.length + key.length + indent.length <= WIDEST) return [`${indent}${key}: ${inline}${behind}`];
  if (isMap(piece)) return [`${indent}${key}:${behind}`, ...mapLines(piece, path, depth + 1, writing)];
  if (isList(piece)) return [`${indent}${key}:${behind}`, ...piece.flatMap((one, i) => itemLines(one, [...path, i], depth + 1, writing))];
  return [`${indent}${key}: ${scalar(piece)}${behind}`];
}

function itemLines(piece: Piece, path: Path, depth: number, writing: Writing): string[] {
  const indent = '  '.repeat(depth);
  const inline = isMap(piece) && path[0] === 'segments' && Object.keys(piece).length > 0 ? undefined : flow(piece);
  if (inline !== undefined) return [`${indent}- ${inline}`];
  const [first = '', ...rest] = isMap(piece) ? mapLines(piece, path, depth + 1, writing) : [];
  return [`${indent}- ${first.slice(indent.length + 2)}`, ...rest];
}

/** Longer lists take a line for each entry. */
const WIDEST = 78;

/** The width of a comment's text: what stands in the file is read on a console, too. */
const COMMENT = 76;

/** A value that is short enough for its key's line: a list of maps never is. */
function inlined(piece: Piece): string | undefined {
  if (isMap(piece)) return Object.keys(piece).length === 0 ? '{}' : undefined;
  return isList(piece) && piece.some(isMap) ? undefined : flow(piece);
}

function flow(piece: Piece): string {
  if (isList(piece)) return `[${piece.map(flow).join(', ')}]`;
  if (!isMap(piece)) return scalar(piece);
  const entries = Object.entries(piece).map(([key, value]) => `${scalar(key)}: ${flow(value)}`);
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}

/** A scalar that YAML reads as the very same: in quotes where it would be something else without them. */
function scalar(piece: string | number | boolean): string {
  if (typeof piece !== 'string') return String(piece);
  if (/^[A-Za-z0-9_][A-Za-z0-9_./@-]*$/.test(piece) && resolvePlain(piece) === piece) return piece;
  return JSON.stringify(piece).replaceAll(
    /[\u007f-\u009f\u2028\u2029\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

const OWN_ADDRESSES = "The router's own addresses there, with their prefix length; assigned if missing.";

/** What stands above a key where it comes first. */
const ABOUT: Readonly<Record<ProfileKind, Readonly<Record<string, readonly string[]>>>> = {
  'pseudo-bridge': {
    segments: [
      'The wires that are to look like one subnet. A prefix may hold hosts of another segment as well: the more specific entry wins.',
      'A segment without addresses of its own asks for its hosts with an address of another segment.',
    ],
    'segments.addresses': [OWN_ADDRESSES],
    'segments.hosts': [
      'Who lives there: addresses, ranges a-b or prefixes. A long list is better kept in a file beside this one, one entry a line:',
      'hosts_file: NAME',
    ],
    'segments.hosts_file': ['Who lives there, one a line: addresses, ranges a-b or prefixes. # begins a comment.'],
    answer: ['routed: the router answers for everything that is routed to another segment; listed: for the listed hosts alone.'],
  },
  'private-vlan': {
    interfaces: ['Where the hosts are that the switch keeps apart: names, or patterns such as "guest*".'],
    addresses: [OWN_ADDRESSES, 'Without a route to its hosts over the interface the router answers nobody.'],
  },
  'nat-proxy': {
    outside: ['Where the router answers for the public addresses, and behind which interface the hosts live.'],
    nat: [
      'What is translated. One to one or prefix to prefix, both ways: { public, private }; outgoing, many to one: { public, source };',
      'a forwarded port: { public, protocol, port, to }. Inwards, ports come before addresses, and those before prefixes.',
    ],
  },
  custom: {
    addresses: ['Addresses of this router; assigned if missing.'],
    routes: ['Routes to add: "to" is a prefix or default; via, metric, table, type, source and onlink may follow.'],
    sysctl: ['Switches by their path below /proc/sys.'],
    proxies: ['Proxy neighbours: the interface answers for these addresses, if a route leads to them by another one.'],
    announce_addresses: ['What is announced there when the profile changes something.'],
  },
};

/** The keys that every kind has and this draft has not, as comments that say what holds without them. */
function tailOf(kind: ProfileKind, draft: Draft): string[] {
  const { proxyDelay, forwarding, redirects } = DEFAULTS[kind];
  const { rounds, spacingMs, form, rate } = ANNOUNCE_DEFAULTS;
  const keys: readonly (readonly [key: string, value: string, about: string])[] = [
    ...(kind === 'nat-proxy' ? [['manage_nat', 'true', 'false: only answer; others translate'] as const] : []),
    ['forwarding', forwarding, 'global: ip_forward; interfaces: theirs alone; keep'],
    ['redirects', String(redirects), 'false: no ICMP redirects; keep leaves them'],
    ['proxy_delay', proxyDelay === 'keep' ? 'keep' : `${proxyDelay}ms`, "keep leaves the kernel's 800ms before an answer"],
    ['probe', 'true', 'ask the wire for live owners first; false; rfc5227'],
    ['flush', 'true', 'drop ARP entries that the profile proves wrong'],
    ['announce', `{ rounds: ${rounds}, spacing: ${spacingMs}ms, form: ${form}, rate: ${rate ?? 'unlimited'} }`, 'or false'],
    ['accept_risks', '[]', 'codes of risks that you have considered'],
  ];
  const left = keys.filter(([key]) => !Object.hasOwn(draft, key));
  if (left.length === 0) return [];
  const widest = Math.max(...left.map(([key, value]) => `${key}: ${value}`.length));
  return [
    '',
    'What holds without being said; to change a line, take its first "# " away.',
    ...left.map(([key, value, about]) => `${`${key}: ${value}`.padEnd(Math.min(widest, ALIGNED))} # ${about}`),
  ].map((line) => (line === '' ? line : `# ${line}`));
}

const ALIGNED = 22;
