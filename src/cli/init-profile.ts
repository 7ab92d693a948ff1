import { lstatSync } from 'node:fs';
import { hostsReader } from '../host/read-profile.ts';
import { Failure } from '../model/failure.ts';
import type { Picture } from '../model/picture.ts';
import type { HostState } from '../model/state.ts';
import type { Plan } from '../model/plan.ts';
import { textOf } from '../profile/draft.ts';
import { draftText } from '../profile/draft-text.ts';
import type { Drafted } from '../profile/interview.ts';
import { parseProfiles } from '../profile/parse.ts';
import type { Profile } from '../profile/profile.ts';
import { printable } from '../render/words.ts';
import { commandLine, fileWords } from './command-line.ts';
import { drawDiagnostics } from './diagnostic-text.ts';
import { pictureOn } from './draw.ts';
import { schemaFor } from './schema-place.ts';
import { screenOf } from './screen.ts';
import type { Terminal } from './terminal.ts';
import { accepting, InvalidProfiles, planProfiles, refusals } from './work-out.ts';
import { writePrivately } from './write-privately.ts';

/** A profile that is ready to be written. */
export interface Ready {
  readonly file: string;
  readonly text: string;
  readonly profile: Profile;
}

/**
 * Makes the file of a draft and reads it as `parp validate` would: mistakes are drawn on stderr, and end the command as `invalid`. `out` is
 * the file; by default NAME.yaml, here.
 */
export function readyFrom({ draft, notes }: Drafted, out: string | undefined, terminal: Terminal): Ready {
  const file = out ?? `${textOf(draft['name'])}.yaml`;
  const schema = schemaFor(file);
  const text = draftText(draft, { file, notes, ...(schema === undefined ? {} : { schema }) });
  const warnings: string[] = [];
  const { profiles, diagnostics } = parseProfiles({ file, bytes: new TextEncoder().encode(text) }, hostsReader(file, warnings));
  for (const warning of warnings) terminal.note(`Warning: ${warning}`);
  if (diagnostics.length > 0) terminal.error(drawDiagnostics(diagnostics, terminal, screenOf('stderr')));
  const [profile] = profiles;
  if (profile === undefined) throw new InvalidProfiles(diagnostics, `That makes no profile; ${printable(file)} is not written`);
  return { file, text, profile };
}

/** The plan for this host, or why there is none; and the picture, which needs no host. */
export type Foreseen = ({ readonly plan: Plan } | { readonly why: string }) & { readonly picture: Picture };

/** What putting the profile in force, to be confirmed, would come to here, as `parp plan` works it out. */
export async function foresee({ profile }: Ready, state: HostState | null, terminal: Terminal): Promise<Foreseen> {
  if (state === null) return { why: 'this host could not be read', picture: pictureOn(profile, null, terminal) };
  try {
    const [{ readRecords }, { operatorPeers }, { linkManagers }] = await Promise.all([
      import('./read-records.ts'),
      import('../host/operator-peers.ts'),
      import('../host/link-managers.ts'),
    ]);
    const { ledger } = readRecords(terminal);
    const plan = planProfiles([profile], state, ledger, new Date().toISOString(), operatorPeers([]), linkManagers(state.links));
    // A change that cuts the operator off is taken back where nobody confirms it.
    const shown = accepting(plan, { force: false, codes: ['management-path'] });
    return { plan: shown, picture: pictureOn(profile, { state, ledger }, terminal) };
  } catch (error) {
    if (error instanceof Failure) return { why: error.message, picture: pictureOn(profile, null, terminal) };
    throw error;
  }
}

/**
 * Says that the file is written, and how to put it in force, or that this host would refuse it; a file is often written here for somebody else to
 * apply.
 */
export function tellWritten(file: string, foreseen: Foreseen, terminal: Terminal): void {
  if ('plan' in foreseen && refusals(foreseen.plan).length > 0) {
    // The plan of --json is in its document.
    const why = terminal.globals.json ? '' : '; why is listed above';
    terminal.note(`Wrote ${printable(file)}, but it cannot be put in force on this host as it is${why}`);
    return;
  }
  const line = commandLine(['apply', '--confirm', ...fileWords([file])], terminal.globals, false);
  terminal.note(`Wrote ${printable(file)}. Put it in force with: ${line}`);
}

export function isThere(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}

/** Writes the file; throws `Failure` 'refused' where there is one already that nobody gave up. */
export function writeProfile({ file, text }: Ready, overwrite: boolean): void {
  if (!overwrite && isThere(file)) {
    throw new Failure('refused', 'file-exists', `${printable(file)} is there already, and is left as it is`, {
      remedy: 'Write another one with --out FILE, or this one over it with --force',
    });
  }
  writePrivately(file, text);
}
