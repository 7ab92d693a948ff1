import { draftText } from './draft-text.ts';
import type { Draft } from './draft.ts';
import { parseProfiles } from './parse.ts';

/** Mistakes of profiles that are not whole yet. */
const YET_TO_COME: ReadonlySet<string> = new Set(['missing-key', 'too-few', 'nat-incomplete', 'name-needed', 'hosts-file-unreadable']);

/**
 * The first mistake of what is there of a draft, with what to write instead; undefined where the rest can still make it a profile, such as the
 * version and a name. Mistakes with the code `excused` come of what only fills the draft up.
 */
export function mistakeIn(draft: Draft, excused?: string): string | undefined {
  const text = draftText({ version: 1, name: 'draft', ...draft });
  const { diagnostics } = parseProfiles({ file: 'draft', bytes: new TextEncoder().encode(text) }, () => ({
    ok: false,
    problem: 'it is read when the profile is whole',
  }));
  const mistake = diagnostics.find(({ severity, code }) => severity === 'error' && code !== excused && !YET_TO_COME.has(code));
  if (mistake === undefined) return undefined;
  // The file with those lines is not there yet.
  const message = mistake.message.replace(/\(line \d+: (.*?)\)/, '($1)').replace(/ on line \d+/, '');
  return mistake.instead === undefined ? message : `${message}; write ${mistake.instead}`;
}
