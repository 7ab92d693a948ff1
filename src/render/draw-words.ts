import type { Listing, Mapping, Picture, Wire } from '../model/picture.ts';
import { counted, grouped } from '../net/count-words.ts';

/** One line of a box; `depth` is how far it is set in. */
export interface DrawnLine {
  readonly text: string;
  readonly depth: 0 | 1;
}

/** What is told of those who live on a wire. */
export function homeLines({ hosts, unlisted }: Wire): DrawnLine[] {
  const count = hosts.addresses === null ? [] : [line(`(${counted(hosts.addresses, 'address', 'addresses')})`)];
  return hosts.shown.length === 0 ? [line(`(${unlisted})`)] : [...entryLines(hosts, 0), ...count];
}

/** What the router has and does on a wire. */
export function portLines({ addresses, answers, switches, mac, interface: link }: Wire): DrawnLine[] {
  const answering = answers.flatMap(({ whom, listing }) => {
    const count = listing.addresses === null ? '' : ` (${grouped(listing.addresses)})`;
    return [line(`answers for ${whom}${count}${listing.shown.length === 0 ? '' : ':'}`), ...entryLines(listing, 1)];
  });
  return [
    ...addresses.map((address) => line(address)),
    ...answering,
    ...(answers.length === 0 ? [] : [line(`with ${mac ?? `the MAC of ${link}`}`)]),
    ...(switches.length === 0 ? [] : [line(switches.join(', '))]),
  ];
}

const ARROWS = { both: '↔', in: '→', out: '←' } as const;

/** Translations, each side in a column of its own. */
export function mappingLines(mappings: readonly Mapping[]): string[] {
  const shown = mappings.length <= MOST_MAPPINGS + 1 ? mappings : mappings.slice(0, MOST_MAPPINGS);
  const width = shown.reduce((widest, mapping) => Math.max(widest, mapping.public.length), 0);
  const lines = shown.map((mapping) => `${mapping.public.padEnd(width)} ${ARROWS[mapping.direction]} ${mapping.private}`);
  return shown === mappings ? lines : [...lines, more(mappings.length - shown.length)];
}

/** More translations than this are counted. */
const MOST_MAPPINGS = 16;

/** What stands above a picture. */
export function titleOf({ profile, kind }: Picture): string {
  return `${profile} (${kind})`;
}

/** What stands below a picture, a sentence each. */
export function notesOf({ notes, undrawn }: Picture): string[] {
  return undrawn === 0 ? [...notes] : [`And ${counted(undrawn, 'more interface', 'more interfaces')} of the same kind`, ...notes];
}

/** Lines no longer than `width`: broken behind spaces, or behind a dash of a range, and only then anywhere. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > width) {
    const at = Math.max(rest.lastIndexOf(' ', width), rest.lastIndexOf('-', width - 1) + 1);
    const cut = at <= 0 ? width : at;
    lines.push(rest.slice(0, cut).trimEnd());
    rest = rest.slice(cut).trimStart();
  }
  return [...lines, rest];
}

/** The lines of a box of that width inside, each with its indentation. */
export function boxLines(lines: readonly DrawnLine[], width: number): string[] {
  return lines.flatMap(({ text, depth }) => {
    const indent = '  '.repeat(depth);
    return wrapped(text, width - indent.length).map((part) => `${indent}${part}`);
  });
}

function entryLines({ shown, more: untold }: Listing, depth: DrawnLine['depth']): DrawnLine[] {
  const lines = shown.map((text) => line(text, depth));
  return untold === 0 ? lines : [...lines, line(more(untold), depth)];
}

function line(text: string, depth: DrawnLine['depth'] = 0): DrawnLine {
  return { text, depth };
}

function more(untold: number): string {
  return `and ${grouped(untold)} more`;
}
