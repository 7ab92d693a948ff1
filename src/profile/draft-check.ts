import { draftText } from './draft-text.ts';
import type { Draft } from './draft.ts';
import { parseProfiles } from './parse.ts';
import type { ReadHostsFile } from './read-source.ts';

/** Mistakes of profiles that are not whole yet. */
const YET_TO_COME: ReadonlySet<string> = new Set(['missing-key', 'too-few', 'nat-incomplete', 'name-needed']);

const DRAFT = 'draft';

/**
 * The first mistake of what is there of a draft, with what to write instead; undefined where the rest can still make it a profile, such as the
 * version and a name. Mistakes with the code `excused` come of what only fills the draft up. Without a reader, hosts files have nobody in them.
 */
export function mistakeIn(draft: Draft, { excused, readHosts = NOBODY }: Leniency = {}): string | undefined {
  const text = draftText({ version: 1, name: DRAFT, ...draft });
  const { diagnostics } = parseProfiles({ file: DRAFT, bytes: new TextEncoder().encode(text) }, readHosts);
  const mistake = diagnostics.find(({ severity, code }) => severity === 'error' && code !== excused && !YET_TO_COME.has(code));
  if (mistake === undefined) return undefined;
  // The file with those lines is not there yet.
  const message = mistake.message.replace(/\(line \d+: (.*?)\)/, '($1)').replace(/ on line \d+/, '');
  const place = mistake.file === DRAFT ? '' : `${mistake.file} line ${mistake.line}: `;
  return `${place}${message}${mistake.instead === undefined ? '' : `; write ${mistake.instead}`}`;
}

interface Leniency {
  readonly excused?: string | undefined;
  readonly readHosts?: ReadHostsFile | undefined;
}

const NOBODY: ReadHostsFile = (file) => ({ ok: true, bytes: new Uint8Array(), file });
