import type { Outcome } from '../engine/execute.ts';
import { jobsByInterface } from '../model/announcements.ts';
import { excuseWords } from '../model/foretold-answers.ts';
import { Failure } from '../model/failure.ts';
import { isEmptyPlan } from '../model/make-plan.ts';
import type { Plan } from '../model/plan.ts';
import type { HostState } from '../model/state.ts';
import { changesOf } from '../render/plan-json.ts';
import { summary } from '../render/plan-text.ts';
import { isEnabledHere } from '../host/enabled-files.ts';
import { linkManagers } from '../host/link-managers.ts';
import { operatorPeers } from '../host/operator-peers.ts';
import { parseDuration } from '../net/duration.ts';
import { parseIpv4, type Ipv4 } from '../net/ipv4.ts';
import { printable } from '../render/words.ts';
import { commandWords } from './command-line.ts';
import { applySteps, type ApplyJob, type ApplyOptions, type Course } from './apply-steps.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { endingOf } from './outcome.ts';
import { preflight } from './preflight.ts';
import { documentPlan, printPlan } from './print-plan.ts';
import { runSteps } from './progress.ts';
import type { Terminal } from './terminal.ts';
import { timeLeft, waitingIn, type Waiting } from './pending.ts';
import { accepting, planProfiles, profilesOf, refuse, type Accepting } from './work-out.ts';
import { asWriter, type Writer } from './writer.ts';

/** `parp apply`: plan, write, announce, verify; anything that fails takes everything back. */
export async function apply(files: readonly string[], options: ApplyOptions, terminal: Terminal): Promise<ExitCode> {
  if (options.plan !== undefined && files.length > 0) throw new Failure('invalid', 'usage', 'Name either profiles or --plan, not both');
  if (options.dryRun === true) {
    const { plan } = await import('./plan.ts');
    if (options.plan !== undefined)
      throw new Failure('invalid', 'usage', '--dry-run goes with profiles; the plan file is the dry run already');
    return plan(files, { force: options.force ?? false, all: options.all ?? false }, terminal);
  }
  const confirmWithinMs = options.confirm === undefined ? null : confirmWindow(options.confirm);
  if (options.plan === undefined && files.length === 0) {
    throw new Failure('invalid', 'usage', 'Name at least one profile, or --plan', { remedy: 'For example: sudo parp apply office.yaml' });
  }
  const file = options.plan === undefined ? undefined : await openPlan(options.plan);
  const profiles = file?.profiles ?? (await profilesOf(files, terminal));
  const command = `apply ${profiles.map(({ name }) => name).join(' ')}`;
  const check = (plan: Plan): void => file?.refuseStale(plan);
  return applyProfiles({ profiles, command, options, confirmWithinMs, check }, terminal);
}

/** A plan that was written to a file: what it puts in force, and whether it is still what that comes to. */
async function openPlan(path: string) {
  const { loadPlan, refuseStale } = await import('./plan-file.ts');
  const file = loadPlan(path);
  return { profiles: file.profiles, refuseStale: (plan: Plan): void => refuseStale(file, plan) };
}

/** What is to be applied, and how. */
export interface ApplyRequest extends Pick<ApplyJob, 'profiles' | 'command' | 'options' | 'confirmWithinMs'> {
  /** Throws where the plan must not be carried out. */
  readonly check?: (plan: Plan) => void;
  readonly atBoot?: boolean;
}

/** Puts profiles in force, as one transaction. How far that came is entered in `course`. */
export async function applyProfiles(
  { profiles, command, options, confirmWithinMs, check, atBoot = false }: ApplyRequest,
  terminal: Terminal,
  course: Course = { outcome: undefined, announced: undefined },
): Promise<ExitCode> {
  // What comes up at boot was confirmed by somebody whom it did not cut off; it does not depend on who is logged in by then.
  const peers = atBoot ? [] : operatorPeers(protectedAddresses(options.protect ?? []));
  const work = async (writer: Writer): Promise<ExitCode> => {
    const state = await writer.backend.observe();
    const now = new Date().toISOString();
    // A change that cuts the operator off is taken back where nobody confirms it.
    const taken: Accepting = { force: options.force ?? false, codes: confirmWithinMs === null ? [] : ['management-path'] };
    const planOn = (host: HostState): Plan =>
      accepting(planProfiles(profiles, host, writer.records.ledger, now, peers, linkManagers(host.links)), taken);
    const plan = planOn(state);
    check?.(plan);
    const macs = state.links.flatMap(({ mac }) => (mac === null ? [] : [mac]));
    const planAgain = async (): Promise<Plan> => planOn(await writer.backend.observe());
    return carryOut(plan, { profiles, command, options, confirmWithinMs, state, macs, now, planAgain }, course, writer, terminal);
  };
  return asWriter(command, terminal, work, { atBoot });
}

function protectedAddresses(texts: readonly string[]): Ipv4[] {
  return texts.map((text) => {
    const address = parseIpv4(text);
    if (address.ok) return address.value;
    throw new Failure('invalid', 'usage', `--protect: ${address.problem}`, { remedy: 'For example: --protect 192.0.2.7' });
  });
}

/** The shortest and the longest time that somebody can have to confirm, in milliseconds. */
const WINDOW_MS = { shortest: 10_000, longest: 24 * 3_600_000 };

function confirmWindow(text: string): number {
  const duration = parseDuration(text);
  if (!duration.ok) throw new Failure('invalid', 'usage', `--confirm: ${duration.problem}`, { remedy: 'For example: --confirm=120s' });
  if (duration.value >= WINDOW_MS.shortest && duration.value <= WINDOW_MS.longest) return duration.value;
  throw new Failure('invalid', 'usage', `--confirm: "${text}" is not between 10s and 24h`);
}

async function carryOut(plan: Plan, job: ApplyJob, course: Course, writer: Writer, terminal: Terminal): Promise<ExitCode> {
  if (terminal.globals.verbosity >= 0) printPlan(plan, terminal, job.options.all);
  const document = (outcome: () => object): void => documentPlan('apply', plan, outcome, terminal);
  refuse(plan);
  if (isEmptyPlan(plan, writer.records.ledger)) {
    document(() => ({ outcome: 'nothing-to-do' }));
    return EXIT.done;
  }
  const wire = preflight(
    plan,
    job.state,
    writer.backend,
    { probe: job.options.probe !== false, announce: job.options.announce !== false },
    terminal,
  );
  try {
    await runSteps(applySteps(plan, job, wire, course, writer, terminal), terminal);
  } catch (error) {
    if (course.outcome === undefined || course.outcome.kind === 'done') throw error;
  }
  const { outcome, announced } = course;
  if (outcome === undefined) throw new Failure('failed', 'no-outcome', 'The apply ended without an outcome');
  const waiting = job.confirmWithinMs === null || outcome.kind !== 'done' ? null : waitingIn(plan.ledger, job.now, writer);
  document(() => ({
    outcome: waiting === 'taken-back' ? 'rolled-back' : outcome.kind,
    announced: announced?.frames ?? 0,
    ...failureOf(outcome),
    pending: waiting === null || typeof waiting === 'string' ? null : { left_ms: waiting.leftMs },
  }));
  if (outcome.kind !== 'done') return endingOf(outcome, writer, terminal);
  if (waiting === 'taken-back') {
    terminal.error('It was taken back meanwhile: nobody confirmed it in time, or somebody took it back');
    return EXIT['rolled-back'];
  }
  for (const breach of outcome.excused) terminal.note(`Notice: ${printable(excuseWords(breach))}`);
  const names = job.profiles.map(({ name }) => name);
  const done = changesOf(plan).length === 0 ? 'everything is there already, and parp keeps it from now on' : summary(plan);
  terminal.note(`${terminal.style('green', 'Applied', 'stderr')} ${names.join(', ')}: ${done}`);
  const typed = (...words: string[]): string => commandWords(words, terminal.globals);
  if (job.confirmWithinMs === null) terminal.note(`Take it back with: ${typed('rollback')}, or ${typed('remove', ...names)}`);
  else tellWaiting(waiting, terminal);
  if (announced?.complete === false) return unannounced(plan, writer, terminal);
  if (waiting !== 'confirmed') terminal.next(waiting !== null ? ['confirm'] : isEnabledHere() === true ? ['enable', ...names] : ['status']);
  return EXIT.done;
}

/** What to do with what waits to be confirmed; null where nothing had to be. */
function tellWaiting(waiting: Waiting | null, terminal: Terminal): void {
  if (waiting === 'confirmed') terminal.error('It was confirmed meanwhile');
  if (waiting === null || typeof waiting === 'string') return;
  const [keep, giveUp] = ['confirm', 'rollback'].map((command) => commandWords([command], terminal.globals));
  terminal.error(`It is taken back by itself in ${timeLeft(waiting)}. Keep it with: ${keep}; take it back now with: ${giveUp}`);
  terminal.note(
    'That this session lives proves little: its neighbours still know where to send. Ask from a third host that has not talked to this one before, or behind: ip neigh flush all',
  );
}

/** The profile is in force, but not every neighbour has heard of it. */
function unannounced(plan: Plan, writer: Writer, terminal: Terminal): ExitCode {
  const missing = writer.signal.aborted
    ? 'Interrupted: the announcements are not all out'
    : 'Not every announcement was taken by the kernel';
  terminal.error(`Warning: ${missing}; the profile is in force. Send them with:`);
  for (const { interface: link, addresses } of jobsByInterface(plan.announcements)) {
    terminal.error(`  ${printable(commandWords(['announce', '--interface', link, ...addresses], terminal.globals))}`);
  }
  return writer.interruptedBy() ?? EXIT.failed;
}

function failureOf(outcome: Outcome): object {
  if (outcome.kind === 'done') return { flushed: outcome.flushed };
  return { error: outcome.cause.message, remaining: outcome.remaining, left: outcome.left, refused: outcome.refused };
}
