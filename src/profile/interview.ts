import type { HostState } from '../model/state.ts';
import { mistakeIn } from './draft-check.ts';
import type { Draft } from './draft.ts';
import { askCustom } from './interview-custom.ts';
import { askNatProxy } from './interview-nat-proxy.ts';
import { askPrivateVlan } from './interview-private-vlan.ts';
import { askPseudoBridge } from './interview-pseudo-bridge.ts';
import type { ReadHostsFile } from './read-source.ts';
import { KIND_WORDS } from './kind-words.ts';
import { askLine, chooseOne, needed, type Interview } from './question.ts';
import { PROFILE_KINDS, type ProfileKind } from './schema.ts';

/** What is known before anybody is asked. */
export interface Known {
  /** null where it could not be read. */
  readonly host: HostState | null;
  /** What was said already; nobody is asked for it. */
  readonly given: Draft;
  /** Reads what `hosts_file` names, relative to where the profile will be; without it such files are read when the profile is whole. */
  readonly readHosts?: ReadHostsFile;
  /** The name that the file's name gives. */
  readonly stem?: string;
}

/** A profile as far as the interview has it, and where its values come from. */
export interface Drafted {
  readonly draft: Draft;
  /** By `pathText`. */
  readonly notes: ReadonlyMap<string, string>;
}

/** Asks for a profile, and for nothing that is known. */
export function* interview(known: Known): Interview<Drafted> {
  const { kind: given, name: givenName, version: _version, ...rest } = known.given;
  const kind = PROFILE_KINDS.find((one) => one === given) ?? (yield* askKind());
  const notes = new Map<string, string>();
  const body = yield* KINDS[kind]({ ...known, given: rest }, notes);
  const name = givenName ?? known.stem ?? (yield* askName(kind));
  return { draft: { version: 1, kind, name, ...body }, notes };
}

/** Asks for the body of a profile of one kind: all keys that are given, and those that were asked for. */
type AskBody = (known: Known, notes: Map<string, string>) => Interview<Draft>;

const KINDS: Readonly<Record<ProfileKind, AskBody>> = {
  'pseudo-bridge': askPseudoBridge,
  'private-vlan': askPrivateVlan,
  'nat-proxy': askNatProxy,
  custom: askCustom,
};

function* askKind(): Interview<ProfileKind> {
  const chosen = yield* chooseOne({
    id: 'kind',
    ask: 'What shall this host do?',
    flag: '--kind pseudo-bridge',
    choices: PROFILE_KINDS.map((kind) => ({
      value: kind,
      name: `${kind}: ${KIND_WORDS[kind].title}`,
      short: kind,
      about: KIND_WORDS[kind].about,
    })),
  });
  return PROFILE_KINDS.find((kind) => kind === chosen) ?? 'custom';
}

const USUAL_NAMES: Readonly<Record<ProfileKind, string>> = {
  'pseudo-bridge': 'bridge',
  'private-vlan': 'guests',
  'nat-proxy': 'edge',
  custom: 'custom',
};

function* askName(kind: ProfileKind): Interview<string> {
  const usual = USUAL_NAMES[kind];
  return yield* askLine({
    id: 'name',
    ask: 'What shall the profile be called?',
    hint: 'The file is called so, too: NAME.yaml',
    initial: usual,
    assumed: usual,
    example: usual,
    check: needed((name) => mistakeIn({ kind: 'custom', name })),
  });
}
