import { parseProfiles } from '../../src/profile/parse.ts';
import type { Diagnostic } from '../../src/profile/diagnostic.ts';
import type { Profile } from '../../src/profile/profile.ts';
import type { ReadHostsFile } from '../../src/profile/read-source.ts';

const NO_HOSTS_FILE: ReadHostsFile = (path) => ({ ok: false, problem: `There is no file "${path}" in this test` });

/** Hosts files by their names. */
export function hostsFiles(files: Readonly<Record<string, string>>): ReadHostsFile {
  return (path) => {
    const text = files[path];
    return text === undefined ? NO_HOSTS_FILE(path) : { ok: true, bytes: new TextEncoder().encode(text), file: path };
  };
}

export function parseText(text: string | Uint8Array, readHostsFile: ReadHostsFile = NO_HOSTS_FILE, file = 'office.yaml') {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  return parseProfiles({ file, bytes }, readHostsFile);
}

/** The profile of a text without mistakes. */
export function profileOf<K extends Profile['kind']>(kind: K, text: string, readHostsFile?: ReadHostsFile): Extract<Profile, { kind: K }> {
  const { profiles, diagnostics } = parseText(text, readHostsFile);
  const profile = profiles.find((one): one is Extract<Profile, { kind: K }> => one.kind === kind);
  if (profile === undefined || diagnostics.length > 0) throw new Error(`Not a ${kind}: ${diagnostics.map(shown).join('; ')}`);
  return profile;
}

/** Each mistake in one line: `3:5 unknown-key "adresses" -> addresses`. */
export function mistakesOf(text: string | Uint8Array, readHostsFile?: ReadHostsFile): string[] {
  return parseText(text, readHostsFile).diagnostics.map(shown);
}

function shown({ file, line, column, length, code, severity, instead, excerpt }: Diagnostic): string {
  const under = Array.from(excerpt)
    .slice(column - 1, column - 1 + length)
    .join('');
  const where = `${file === 'office.yaml' ? '' : `${file}:`}${line}:${column}`;
  return `${where} ${severity === 'warning' ? 'warning ' : ''}${code} ${JSON.stringify(under)}${instead === undefined ? '' : ` -> ${instead}`}`;
}
