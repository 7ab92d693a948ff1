import { createBackend } from '../host/create-backend.ts';
import { isUnfinished, type Records } from '../engine/transaction.ts';
import type { LedgerProfile } from '../model/ledger.ts';
import { subjectKey, type Setting } from '../model/operation.ts';
import { remaining, type Remaining } from '../model/remaining.ts';
import type { HostState } from '../model/state.ts';
import { subjectWords, valueWords } from '../render/words.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { readRecords } from './read-records.ts';
import type { Terminal } from './terminal.ts';

export interface StatusOptions {
  readonly detailedExitcode?: boolean;
}

/** `parp status`: the profiles in force, and what of them the host no longer has. */
export async function status(options: StatusOptions, terminal: Terminal): Promise<ExitCode> {
  const records = readRecords(terminal, true);
  const state = await (await createBackend(terminal.globals.engine)).observe();
  const profiles = Object.entries(records.ledger.profiles).map(([name, profile]) => ({ name, ...profile, drift: driftOf(profile, state) }));
  const unfinished = isUnfinished(records);
  terminal.document('status', {
    profiles: profiles.map(({ name, settings, appliedAt, drift }) => ({
      name,
      kind: settings.kind,
      applied_at: appliedAt,
      settings: settings.settings.length,
      drift: drift.map(({ subject, wanted, found }) => ({ kind: subject.kind, subject: subject.subject, wanted, found })),
    })),
    unfinished: unfinished ? { command: records.last?.transaction.command, started_at: records.last?.transaction.startedAt } : null,
  });
  if (profiles.length === 0) terminal.print('No profile is in force.');
  for (const profile of profiles) printProfile(profile, terminal);
  printLast(records, terminal);
  const drifted = unfinished || profiles.some(({ drift }) => drift.length > 0);
  return options.detailedExitcode === true && drifted ? EXIT.changes : EXIT.done;
}

function printProfile(profile: LedgerProfile & { name: string; drift: readonly Remaining[] }, terminal: Terminal): void {
  const { name, settings, appliedAt, drift } = profile;
  const total = `${settings.settings.length} ${settings.settings.length === 1 ? 'setting' : 'settings'}`;
  const health = drift.length === 0 ? terminal.style('green', 'in force') : terminal.style('yellow', `${drift.length} of them drifted`);
  terminal.print(`${terminal.style('bold', name)} (${settings.kind}), applied ${appliedAt}: ${total}, ${health}`);
  for (const { subject, wanted, found } of drift) {
    terminal.print(`  ${subjectWords(subject)}: wanted ${valueWords(subject.kind, wanted)}, found ${valueWords(subject.kind, found)}`);
  }
  if (drift.length > 0) terminal.print(`  Put it right with: parp apply FILE, or give it up with: parp remove ${name}`);
}

function printLast({ last }: Records, terminal: Terminal): void {
  if (last === null) return;
  const { command, startedAt } = last.transaction;
  if (last.phase === 'open' || last.phase === 'undoing') {
    terminal.print(`"${command}" of ${startedAt} did not end; the next writing command takes it back: parp recover`);
  } else if (last.phase === 'confirmed') terminal.print(`Last: "${command}" of ${startedAt}; parp rollback takes it back`);
}

/** What a profile wants and the host does not have, each subject once. */
function driftOf({ settings }: LedgerProfile, state: HostState): Remaining[] {
  const once = new Map<string, Setting>(settings.settings.map((setting) => [subjectKey(setting), setting]));
  return remaining([...once.values()], state);
}
