import { dirname, isAbsolute, join } from 'node:path';
import { Failure } from '../model/failure.ts';
import type { Diagnostic } from '../profile/diagnostic.ts';
import { LARGEST_HOSTS_FILE, LARGEST_PROFILE } from '../profile/limits.ts';
import { parseProfiles } from '../profile/parse.ts';
import type { Profile } from '../profile/profile.ts';
import type { ReadHostsFile } from '../profile/read-source.ts';
import type { Place } from '../profile/source-text.ts';
import { readFileSafely } from './read-file-safely.ts';

/** Standard input, as messages name it. */
const STANDARD_INPUT = '<stdin>';

export interface ProfileFile {
  /** The name that messages show. */
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly warnings: readonly string[];
}

/** Reads one profile file, `-` for standard input; throws `Failure` for what is unreadable or unsafe. */
export async function readProfile(path: string): Promise<ProfileFile> {
  if (path === '-') return { file: STANDARD_INPUT, bytes: await readStandardInput(), warnings: [] };
  return { file: path, ...readFileSafely(path, { what: 'profile', largest: LARGEST_PROFILE }) };
}

async function readStandardInput(): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of process.stdin) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > LARGEST_PROFILE) {
      throw new Failure('invalid', 'file-too-large', `Read profile ${STANDARD_INPUT}: it is longer than ${LARGEST_PROFILE / 2 ** 20} MiB`);
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

/** One file with what it holds. */
export interface LoadedFile {
  readonly file: string;
  readonly profiles: readonly Profile[];
  readonly diagnostics: readonly Diagnostic[];
}

export interface LoadedProfiles {
  readonly files: readonly LoadedFile[];
  readonly profiles: readonly Profile[];
  readonly diagnostics: readonly Diagnostic[];
  /** About the files themselves: whole sentences, without an ending stop. */
  readonly warnings: readonly string[];
}

/**
 * Reads and parses profile files, `-` for standard input, and checks that their names differ. Mistakes in them are diagnostics;
 * throws `Failure` for a file that is unreadable or unsafe.
 */
export async function loadProfiles(paths: readonly string[]): Promise<LoadedProfiles> {
  const files: LoadedFile[] = [];
  const warnings: string[] = [];
  const names = new Map<string, Place>();
  for (const path of paths) {
    const source = await readProfile(path);
    warnings.push(...source.warnings);
    const parsed = parseProfiles(source, hostsReader(path, warnings));
    const repeated = parsed.profiles.map((profile, i) => repeatedName(profile, parsed.places[i], names));
    files.push({
      file: source.file,
      profiles: parsed.profiles.filter((_, i) => repeated[i] === undefined),
      diagnostics: [...parsed.diagnostics, ...repeated.filter((diagnostic) => diagnostic !== undefined)],
    });
  }
  return {
    files,
    profiles: files.flatMap(({ profiles }) => profiles),
    diagnostics: files.flatMap(({ diagnostics }) => diagnostics),
    warnings,
  };
}

function repeatedName({ name }: Profile, place: Place | undefined, names: Map<string, Place>): Diagnostic | undefined {
  if (place === undefined) return undefined;
  const first = names.get(name);
  if (first === undefined) {
    names.set(name, place);
    return undefined;
  }
  const message = `The profile of ${first.file} line ${first.line} is called "${name}", too: set another "name"`;
  return { severity: 'error', code: 'duplicate-name', message, ...place };
}

/** Hosts files are named relative to their profile's folder. Throws `Failure` where root must not trust one. */
export function hostsReader(profile: string, warnings: string[]): ReadHostsFile {
  return (path) => {
    const file = isAbsolute(path) || profile === '-' ? path : join(dirname(profile), path);
    try {
      const read = readFileSafely(file, { what: 'hosts file', largest: LARGEST_HOSTS_FILE });
      warnings.push(...read.warnings);
      return { ok: true, bytes: read.bytes, file };
    } catch (error) {
      if (error instanceof Failure && error.ending === 'invalid') return { ok: false, problem: error.message };
      throw error;
    }
  };
}
