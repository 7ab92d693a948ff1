import type { Diagnostic } from './diagnostic.ts';
import { diagnose } from './diagnose.ts';
import { readCustom } from './custom.ts';
import { LARGEST_HOSTS_FILE, LARGEST_PROFILE } from './limits.ts';
import { readNatProxy } from './nat-proxy.ts';
import { createReport, type Problem, type Report } from './problem.ts';
import type { Profile } from './profile.ts';
import { readPrivateVlan } from './private-vlan.ts';
import { readPseudoBridge } from './pseudo-bridge.ts';
import { readSource, type ReadHostsFile, type SourceReader } from './read-source.ts';
import { PROFILE_KINDS, profileSchema, type ProfileKind } from './schema.ts';
import { checkShape } from './shape.ts';
import { locate } from './locate.ts';
import { placeOf, type Place } from './source-text.ts';
import { suggest } from './suggest.ts';
import { parseYaml, type YamlDocument } from './yaml.ts';

/** A profile file as bytes, under the name that messages show. */
export interface ProfileSource {
  readonly file: string;
  readonly bytes: Uint8Array;
}

/** The profiles of a file without those that have errors, and every mistake in the order of their places. */
export interface ParsedProfiles {
  readonly profiles: readonly Profile[];
  readonly diagnostics: readonly Diagnostic[];
  /** Where each profile's name is given, for whoever compares several files. */
  readonly places: readonly Place[];
}

/** Parses and checks the profiles of one file; `readHostsFile` gives the files that `hosts_file` names. Throws nothing for bad input. */
export function parseProfiles(source: ProfileSource, readHostsFile: ReadHostsFile): ParsedProfiles {
  const read = readSource(source.file, source.bytes, LARGEST_PROFILE);
  if (!read.ok) {
    const at = read.at ?? { source: { file: source.file, text: '' }, start: 0, end: 1 };
    return refused([{ severity: 'error', code: read.code, message: read.problem, at }]);
  }
  const yaml = parseYaml(read.source);
  // With those, the values are not what the author meant them to be.
  const unsound = yaml.problems.some(
    ({ code, tentative }) => tentative === undefined && code !== 'duplicate-key' && code !== 'unknown-key',
  );
  if (unsound) return refused(yaml.problems);
  if (yaml.documents.length === 0) {
    const at = { source: read.source, start: 0, end: 1 };
    return refused([{ severity: 'error', code: 'empty-file', message: 'The file holds no profile', at }]);
  }
  const readHosts: SourceReader = (path) => {
    const file = readHostsFile(path);
    return file.ok
      ? readSource(file.file, file.bytes, LARGEST_HOSTS_FILE)
      : { ok: false, code: 'hosts-file-unreadable', problem: file.problem };
  };
  const problems = [...yaml.problems];
  let dropped = 0;
  const sound: { readonly profile: Profile; readonly document: YamlDocument }[] = [];
  const names = new Map<string, YamlDocument>();
  for (const document of yaml.documents) {
    const report = createReport(document);
    const profile = readProfile(report, stemOf(source.file), readHosts);
    if (profile !== undefined) checkName(profile, names, report);
    problems.push(...report.problems);
    dropped += report.dropped;
    const wrong = yaml.problems.length > 0 || report.dropped > 0 || report.problems.some(({ severity }) => severity === 'error');
    if (profile !== undefined && !wrong) sound.push({ profile, document });
  }
  return {
    profiles: sound.map(({ profile }) => profile),
    diagnostics: diagnose(problems, dropped),
    places: sound.map(({ document }) => namePlace(document)),
  };
}

function refused(problems: readonly Problem[]): ParsedProfiles {
  return { profiles: [], diagnostics: diagnose(problems), places: [] };
}

/** The file's name without folders and its ending. */
export function stemOf(file: string): string {
  return file.replace(/^.*[/\\]/s, '').replace(/(?<=.)\.[^.]*$/s, '');
}

function readProfile(report: Report, stem: string, readHosts: SourceReader): Profile | undefined {
  const kind = kindOf(report);
  if (kind === undefined) return undefined;
  switch (kind) {
    case 'pseudo-bridge': {
      const raw = checkShape(profileSchema(kind), report);
      return raw && readPseudoBridge(raw, stem, report, readHosts);
    }
    case 'private-vlan': {
      const raw = checkShape(profileSchema(kind), report);
      return raw && readPrivateVlan(raw, stem, report);
    }
    case 'nat-proxy': {
      const raw = checkShape(profileSchema(kind), report);
      return raw && readNatProxy(raw, stem, report);
    }
    case 'custom': {
      const raw = checkShape(profileSchema(kind), report);
      return raw && readCustom(raw, stem, report);
    }
  }
}

function kindOf(report: Report): ProfileKind | undefined {
  const { value } = report.document;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    report.at([], 'not-a-profile', 'A profile is a map of keys, such as "kind: pseudo-bridge"');
    return undefined;
  }
  const given: unknown = Reflect.get(value, 'kind');
  const kind = PROFILE_KINDS.find((one) => one === given);
  if (kind !== undefined) return kind;
  const choice = PROFILE_KINDS.join(', ').replace(/, ([^,]*)$/, ' or $1');
  if (given === undefined) {
    report.at([], 'missing-key', `The profile lacks the key "kind": ${choice}`);
  } else {
    const instead = typeof given === 'string' ? suggest(given, PROFILE_KINDS) : undefined;
    const shown = typeof given === 'string' ? `Unknown kind "${given}"` : 'The kind has to be text';
    report.at(['kind'], 'unknown-kind', `${shown}: there are ${choice.replace(' or ', ' and ')}`, { instead });
  }
  return undefined;
}

function checkName(profile: Profile, names: Map<string, YamlDocument>, report: Report): void {
  const first = names.get(profile.name);
  if (first === undefined) {
    names.set(profile.name, report.document);
    return;
  }
  const message = (line: string): string => `The profile of ${line} is called "${profile.name}", too: set another "name"`;
  report.at(['name'], 'duplicate-name', message, { elsewhere: { document: first, path: ['name'], part: 'value' } });
}

function namePlace(document: YamlDocument): Place {
  const spot = { document, path: ['name'], part: 'value' } as const;
  return placeOf(locate(document, [spot]).get(spot) ?? { source: document.source, start: 0, end: 1 });
}
