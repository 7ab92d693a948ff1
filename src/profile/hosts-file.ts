import { unparsed, type Unparsed } from '../net/parsed.ts';
import { parseHostEntry } from './host-entry.ts';
import type { HostEntry } from './profile.ts';
import { codePointName, forbiddenCharacter, type SourceText } from './source-text.ts';

/** The entries of a hosts file, with the offsets of each, and what is none. */
export interface HostsFile {
  readonly entries: readonly HostEntry[];
  /** Start and end of each entry, in turn. */
  readonly offsets: readonly number[];
  readonly mistakes: readonly HostsFileMistake[];
}

export interface HostsFileMistake extends Unparsed {
  readonly start: number;
  readonly end: number;
}

/** Reads one entry a line; `#` begins a comment, at the start of a line or behind white space. */
export function parseHostsFile(source: SourceText): HostsFile {
  const { text } = source;
  const entries: HostEntry[] = [];
  const offsets: number[] = [];
  const mistakes: HostsFileMistake[] = [];
  const forbidden = forbiddenCharacter(text);
  if (forbidden >= 0) {
    const problem = unparsed('control-character', `The file holds the control character ${codePointName(text, forbidden)}`);
    return { entries, offsets, mistakes: [{ ...problem, start: forbidden, end: forbidden + 1 }] };
  }
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    readLine(text, start, end, (from, to) => {
      const line = text.slice(from, to);
      const entry = parseHostEntry(line);
      if (entry.ok) {
        entries.push(entry.value);
        offsets.push(from, to);
      } else {
        mistakes.push({ ...explained(line, entry), start: from, end: to });
      }
    });
    start = end + 1;
  }
  return { entries, offsets, mistakes };
}

const SPACE = 0x20;
const HASH = 0x23;

/** Gives the part of a line that is neither white space around it nor a comment, if there is any. */
function readLine(text: string, start: number, end: number, give: (from: number, to: number) => void): void {
  let from = start;
  while (from < end && text.charCodeAt(from) <= SPACE) from++;
  let to = from;
  for (let at = from; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === HASH && (at === start || text.charCodeAt(at - 1) <= SPACE)) break;
    if (code > SPACE) to = at + 1;
  }
  if (to > from) give(from, to);
}

/** Something behind an entry is the commonest mistake: a name, as in /etc/hosts, or a second entry. */
function explained(line: string, refused: Unparsed): Unparsed {
  const [, entry = '', more = ''] = /^(\S+)\s+(.*)$/.exec(line) ?? [];
  if (!parseHostEntry(entry).ok) return refused;
  return unparsed('hosts-file-line', `A line holds one entry; "${more}" stands behind it`, `${entry}  # ${more}`);
}
