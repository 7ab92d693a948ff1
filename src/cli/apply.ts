import type { Outcome } from '../engine/execute.ts';
import { jobsByInterface } from '../model/announcements.ts';
import { Failure } from '../model/failure.ts';
import { isEmptyPlan } from '../model/make-plan.ts';
import type { Plan } from '../model/plan.ts';
import type { HostState } from '../model/state.ts';
import { changesOf, planDocument } from '../render/plan-json.ts';
import { summary } from '../render/plan-text.ts';
import { printable } from '../render/words.ts';
import { applySteps, type ApplyJob, type ApplyOptions, type Course } from './apply-steps.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { endingOf } from './outcome.ts';
import { loadPlan, refuseStale } from './plan-file.ts';
import { preflight } from './preflight.ts';
import { printPlan } from './print-plan.ts';
import { runSteps } from './progress.ts';
import type { Terminal } from './terminal.ts';
import { planProfiles, profilesOf, refuse } from './work-out.ts';
import { asWriter, type Writer } from './writer.ts';

/** `parp apply`: plan, write, announce, verify; anything that fails takes everything back. */
export async function apply(files: readonly string[], options: ApplyOptions, terminal: Terminal): Promise<ExitCode> {
  if (options.plan !== undefined && files.length > 0) throw new Failure('invalid', 'usage', 'Name either profiles or --plan, not both');
  if (options.dryRun === true) {
    const { plan } = await import('./plan.ts');
    if (options.plan !== undefined)
      throw new Failure('invalid', 'usage', '--dry-run goes with profiles; the plan file is the dry run already');
    return plan(files, { force: options.force ?? false }, terminal);
  }
  const file = options.plan === undefined ? undefined : loadPlan(options.plan);
  const profiles = file?.profiles ?? (await profilesOf(files, terminal));
  const command = `apply ${profiles.map(({ name }) => name).join(' ')}`;
  return asWriter(command, terminal, async (writer) => {
    const state = await writer.backend.observe();
    const now = new Date().toISOString();
    const planOn = (host: HostState): Plan => planProfiles(profiles, host, writer.records.ledger, now);
    const plan = planOn(state);
    if (file !== undefined) refuseStale(file, plan);
    const macs = state.links.flatMap(({ mac }) => (mac === null ? [] : [mac]));
    const planAgain = async (): Promise<Plan> => planOn(await writer.backend.observe());
    return carryOut(plan, { profiles, command, options, state, macs, now, planAgain }, writer, terminal);
  });
}

async function carryOut(plan: Plan, job: ApplyJob, writer: Writer, terminal: Terminal): Promise<ExitCode> {
  if (terminal.globals.verbosity >= 0) printPlan(plan, terminal);
  refuse(plan, job.options.force ?? false);
  if (isEmptyPlan(plan, writer.records.ledger)) {
    terminal.document('apply', { ...planDocument(plan), outcome: 'nothing-to-do' });
    return EXIT.done;
  }
  const wire = preflight(plan, job.state, { probe: job.options.probe !== false, announce: job.options.announce !== false }, terminal);
  const course: Course = { outcome: undefined, announced: undefined };
  try {
    await runSteps(applySteps(plan, job, wire, course, writer, terminal), terminal);
  } catch (error) {
    if (course.outcome === undefined || course.outcome.kind === 'done') throw error;
  }
  const { outcome, announced } = course;
  if (outcome === undefined) throw new Failure('failed', 'no-outcome', 'The apply ended without an outcome');
  terminal.document('apply', { ...planDocument(plan), outcome: outcome.kind, announced: announced?.frames ?? 0, ...failureOf(outcome) });
  if (outcome.kind !== 'done') return endingOf(outcome, writer, terminal);
  const names = job.profiles.map(({ name }) => name);
  const done = changesOf(plan).length === 0 ? 'everything is there already, and parp keeps it from now on' : summary(plan);
  terminal.note(`${terminal.style('green', 'Applied', 'stderr')} ${names.join(', ')}: ${done}`);
  terminal.note(`Take it back with: parp rollback, or parp remove ${names.join(' ')}`);
  return announced === undefined || announced.complete ? EXIT.done : unannounced(plan, writer, terminal);
}

/** The profile is in force, but not every neighbour has heard of it. */
function unannounced(plan: Plan, writer: Writer, terminal: Terminal): ExitCode {
  const missing = writer.signal.aborted
    ? 'Interrupted: the announcements are not all out'
    : 'Not every announcement was taken by the kernel';
  terminal.error(`Warning: ${missing}; the profile is in force. Send them with:`);
  for (const { interface: link, addresses } of jobsByInterface(plan.announcements)) {
    terminal.error(`  parp announce --interface ${printable(link)} ${addresses.join(' ')}`);
  }
  return writer.interruptedBy() ?? EXIT.failed;
}

function failureOf(outcome: Outcome): object {
  if (outcome.kind === 'done') return { flushed: outcome.flushed };
  return { error: outcome.cause.message, remaining: outcome.remaining, left: outcome.left, refused: outcome.refused };
}
