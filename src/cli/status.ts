import { counted, grouped } from '../net/count-words.ts';
import { createBackend } from '../host/create-backend.ts';
import { isUnfinished, type Records } from '../engine/transaction.ts';
import type { LedgerProfile } from '../model/ledger.ts';
import { followLedger } from '../model/link-identity.ts';
import { sameValue } from '../model/operation.ts';
import { allPrefixes } from '../net/address-set.ts';
import type { Surplus, Unanswered } from '../model/unanswered.ts';
import { printable } from '../render/words.ts';
import type { Remaining } from '../model/remaining.ts';
import { EnabledFiles, isEnabledHere, type EnabledProfiles } from '../host/enabled-files.ts';
import { Failure } from '../model/failure.ts';
import { commandWords } from './command-line.ts';
import { answersOf, answerWords, type AnswersNow } from './answers-now.ts';
import { driftOf } from './drift.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { pendingIn, timeLeft, type Pending } from './pending.ts';
import { readRecords, recordsFolder } from './read-records.ts';
import { remainingWords } from './remaining-text.ts';
import type { Terminal } from './terminal.ts';

export interface StatusOptions {
  readonly detailedExitcode?: boolean;
}

/** `parp status`: the profiles in force, and what of them the host no longer has. */
export async function status(options: StatusOptions, terminal: Terminal): Promise<ExitCode> {
  const records = readRecords(terminal, true);
  const state = await (await createBackend(terminal.globals.engine)).observe();
  const ledger = followLedger(records.ledger, state.links);
  const answers = answersOf(ledger, state);
  const profiles = Object.entries(ledger.profiles).map(([name, profile]) => ({
    name,
    ...profile,
    drift: driftOf(profile, state),
    unanswered: answers.unanswered.filter((entry) => entry.profile === name),
    surplus: answers.surplus.filter((entry) => entry.profile === name),
    changed: answers.changed.filter((entry) => entry.profile === name),
  }));
  const enabled = enabledProfiles(terminal);
  const unfinished = isUnfinished(records);
  const pending = pendingIn(records, recordsFolder(terminal));
  terminal.document('status', {
    profiles: profiles.map(({ name, settings, appliedAt, drift, unanswered, surplus, changed }) => ({
      name,
      kind: settings.kind,
      applied_at: appliedAt,
      settings: settings.settings.length,
      enabled: Object.hasOwn(enabled, name),
      drift: drift.map(({ subject, wanted, found }) => ({ kind: subject.kind, subject: subject.subject, wanted, found })),
      unanswered: unanswered.map((entry) => unansweredDocument(entry)),
      surplus: surplus.map(({ interface: link, addresses }) => ({ interface: link, addresses: allPrefixes(addresses) })),
      changed: changed.map(({ interface: link, foretold, now }) => ({ interface: link, foretold, now })),
    })),
    enabled: Object.keys(enabled).toSorted(),
    unfinished: unfinished ? { command: records.last?.transaction.command, started_at: records.last?.transaction.startedAt } : null,
    pending: pending === null ? null : pendingDocument(pending),
  });
  if (profiles.length === 0) terminal.print('No profile is in force.');
  for (const profile of profiles) printProfile(profile, enabled, terminal);
  for (const name of Object.keys(enabled).toSorted()) {
    if (!profiles.some((profile) => profile.name === name))
      terminal.print(`${terminal.style('bold', name)} is enabled, but not in force: parp boot`);
  }
  printLast(records, pending, terminal);
  if (profiles.length === 0 && Object.keys(enabled).length === 0) terminal.next(['init']);
  const drifted = unfinished || profiles.some((profile) => isAmiss(profile));
  return options.detailedExitcode === true && drifted ? EXIT.changes : EXIT.done;
}

/** What comes up at boot, as far as this is the network that does and it may be read. */
function enabledProfiles(terminal: Terminal): EnabledProfiles {
  if (isEnabledHere() !== true) return {};
  try {
    const { profiles, alarm } = new EnabledFiles().read();
    if (alarm !== null) terminal.error(`Warning: ${alarm}`);
    return profiles;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    terminal.error(`Warning: ${error.message}`);
    return {};
  }
}

type ProfileStatus = LedgerProfile & {
  readonly name: string;
  readonly drift: readonly Remaining[];
  readonly unanswered: readonly Unanswered[];
  readonly surplus: readonly Surplus[];
  readonly changed: AnswersNow['changed'];
};

/** What the plan foretold, a link that is down, and what nobody can tell is said, but is no drift. */
function isAmiss({ drift, unanswered, surplus }: ProfileStatus): boolean {
  return drift.length > 0 || surplus.length > 0 || unanswered.some(({ how }) => how === 'silent');
}

function unansweredDocument({ interface: link, addresses, how, example }: Unanswered): object {
  return { interface: link, addresses: allPrefixes(addresses), how, because: example.because, example: example.address };
}

function printProfile(profile: ProfileStatus, enabled: EnabledProfiles, terminal: Terminal): void {
  const { name, settings, appliedAt, drift } = profile;
  const answers = isAmiss({ ...profile, drift: [] }) ? ', but does not answer as it promises' : '';
  const kept = Object.hasOwn(enabled, name) ? enabled[name] : undefined;
  const boot =
    kept === undefined ? '' : sameValue(kept.origin, settings.origin) ? ', enabled' : `, enabled as it was applied ${kept.appliedAt}`;
  const total = counted(settings.settings.length, 'setting', 'settings');
  const health =
    drift.length === 0 ? terminal.style('green', 'in force') : terminal.style('yellow', `${grouped(drift.length)} of them drifted`);
  terminal.print(
    `${terminal.style('bold', name)} (${settings.kind}), applied ${appliedAt}: ${total}, ${health}${terminal.style('yellow', answers)}${boot}`,
  );
  for (const rest of drift) terminal.print(`  ${remainingWords(rest)}`);
  for (const line of answerWords(profile)) terminal.print(`  ${printable(line)}`);
  if (drift.length > 0) {
    const [again, giveUp] = [commandWords(['apply', 'FILE'], terminal.globals), commandWords(['remove', name], terminal.globals)];
    terminal.print(`  Put it right with: ${again}, or give it up with: ${giveUp}`);
  }
}

function pendingDocument({ transaction, leftMs, guarded }: Pending): object {
  const { command, startedAt, by } = transaction;
  return { command, started_at: startedAt, by: by.user ?? String(by.uid), left_ms: leftMs, guarded };
}

function printLast({ last }: Records, pending: Pending | null, terminal: Terminal): void {
  if (last === null) return;
  const { command, startedAt } = last.transaction;
  const typed = (word: string): string => commandWords([word], terminal.globals);
  if (pending !== null && !(pending.guarded && pending.leftMs > 0)) {
    terminal.print(`"${command}" of ${startedAt} was not confirmed; the next writing command takes it back: ${typed('recover')}`);
  } else if (pending !== null) {
    terminal.print(`"${command}" of ${startedAt} is taken back in ${timeLeft(pending)}. Keep it with: ${typed('confirm')}`);
  } else if (last.phase === 'confirmed') terminal.print(`Last: "${command}" of ${startedAt}; ${typed('rollback')} takes it back`);
  else if (last.phase !== 'undone')
    terminal.print(`"${command}" of ${startedAt} did not end; the next writing command takes it back: ${typed('recover')}`);
}
