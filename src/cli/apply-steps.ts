import { counted, grouped } from '../net/count-words.ts';
import { execute, TooLate, type Arm, type Outcome } from '../engine/execute.ts';
import { announceDuration } from '../model/announcements.ts';
import { Failure } from '../model/failure.ts';
import { isSameChange, type Plan } from '../model/plan.ts';
import type { HostState } from '../model/state.ts';
import type { Mac } from '../net/mac.ts';
import type { Profile } from '../profile/profile.ts';
import { changesOf } from '../render/plan-json.ts';
import { announceDue, type Announced } from './announce-due.ts';
import { askTheWire } from './ask-the-wire.ts';
import type { Wire } from './preflight.ts';
import type { Step } from './progress.ts';
import type { Terminal } from './terminal.ts';
import { transactionOf, type Writer } from './writer.ts';
import { startGuard } from '../host/guard-process.ts';
import { bootMilliseconds } from '../host/libc.ts';
import { stateRoot } from '../host/state-folder.ts';
import { whileInForce } from './in-force.ts';

export interface ApplyOptions {
  readonly plan?: string;
  readonly dryRun?: boolean;
  /** Every change is shown, however many are alike. */
  readonly all?: boolean;
  /** False with --no-announce. */
  readonly announce?: boolean;
  /** False with --no-wait. */
  readonly wait?: boolean;
  /** False with --no-probe. */
  readonly probe?: boolean;
  readonly force?: boolean;
  /** `120s`: how long somebody has to confirm it. */
  readonly confirm?: string;
  /** Addresses of the operator's to be kept reachable. */
  readonly protect?: readonly string[];
}

/** One apply: what was asked for, and against which host it was planned. */
export interface ApplyJob {
  readonly profiles: readonly Profile[];
  readonly command: string;
  readonly options: ApplyOptions;
  /** How long somebody has to confirm it, in milliseconds; null where nobody has to. */
  readonly confirmWithinMs: number | null;
  /** The host that the plan is for. */
  readonly state: HostState;
  /** This host's own MACs, whose frames are no answers to its probes. */
  readonly macs: readonly Mac[];
  readonly now: string;
  /** The plan for the host as it is by then. */
  planAgain(): Promise<Plan>;
}

/** How far an apply has come. */
export interface Course {
  outcome: Outcome | undefined;
  announced: Announced | undefined;
}

/** The steps of an apply: ask the wire, write and verify, announce. What becomes of them is entered in `course`. */
export function applySteps(plan: Plan, job: ApplyJob, wire: Wire, course: Course, writer: Writer, terminal: Terminal): Step[] {
  return [
    ...(wire.probe ? [askStep(plan, job, writer, terminal)] : []),
    writeStep(plan, job, course, writer, terminal),
    ...(wire.announce ? [announceStep(plan, job, course, writer, terminal)] : []),
  ];
}

function askStep(plan: Plan, job: ApplyJob, writer: Writer, terminal: Terminal): Step {
  const macs = new Set(job.macs);
  return {
    title: 'Ask the wire who owns the addresses',
    run: async (update) => {
      await askTheWire(plan.claims, macs, writer.signal, terminal, update);
      refuseMoved(plan, await job.planAgain());
    },
  };
}

/** Asking takes its time: what others changed meanwhile must be neither overwritten nor later given back to what it was before that. */
function refuseMoved(before: Plan, now: Plan): void {
  if (isSameChange(before, now)) return;
  throw new Failure('refused', 'host-moved', 'The host has changed while the wire was asked', {
    remedy: 'Read the plan again, and run it again',
  });
}

function writeStep(plan: Plan, job: ApplyJob, course: Course, writer: Writer, terminal: Terminal): Step {
  const { length } = changesOf(plan);
  const what = length === 0 ? 'what is there already' : counted(length, 'change', 'changes');
  return {
    title: length === 0 ? `Record ${what}` : `Write ${what} and verify`,
    run: async (update) => {
      const transaction = transactionOf(plan, job.command, writer.records, job.now, job.confirmWithinMs);
      const arming = armingOf(job, writer, terminal);
      course.outcome = await execute(
        plan,
        transaction,
        writer.backend,
        writer.files,
        {
          signal: writer.signal,
          progress: (done, total) => {
            if (arming !== null && bootMilliseconds() >= arming.deadlineMs()) throw new TooLate();
            update(`Write ${grouped(done)} of ${grouped(total)}`);
          },
          stage: (stage) => {
            if (stage === 'arm') update('Start the guard');
            if (stage === 'verify') update(`Verify ${counted(plan.desired.length, 'setting', 'settings')}`);
            if (stage === 'undo') update('Take everything back');
          },
        },
        arming?.arm,
      );
      // What waits to be confirmed is the guard's from now on, or that of whoever confirms it.
      if (arming !== null) writer.release();
      else if (course.outcome.kind === 'done') await writer.persist();
      update(writtenWords(course.outcome, length === 0 ? `Recorded ${what}` : `Wrote and verified ${what}`));
    },
  };
}

interface Arming {
  readonly arm: Arm;
  deadlineMs(): number;
}

/** How the guard of an apply that has to be confirmed is started; null where none is. */
function armingOf({ confirmWithinMs }: ApplyJob, writer: Writer, terminal: Terminal): Arming | null {
  if (confirmWithinMs === null) return null;
  let deadlineMs = Infinity;
  return {
    deadlineMs: () => deadlineMs,
    arm: async ({ id }) => {
      const globals = ['--engine', writer.backend.name, '--state-dir', stateRoot(terminal.globals.stateDir)];
      await startGuard(id, confirmWithinMs, globals, writer.folder);
      writer.outliveTerminal();
      deadlineMs = bootMilliseconds() + confirmWithinMs;
      return deadlineMs;
    },
  };
}

function writtenWords(outcome: Outcome, done: string): string {
  switch (outcome.kind) {
    case 'done':
      return done;
    case 'rolled-back':
      return 'Took everything back';
    case 'rollback-incomplete':
      return 'Took back what could be taken back';
  }
}

function announceStep(plan: Plan, job: ApplyJob, course: Course, writer: Writer, terminal: Terminal): Step {
  const longest = plan.announcements.reduce((most, due) => Math.max(most, announceDuration([due], due.options)), 0);
  return {
    title: `Announce, about ${(longest / 1000).toFixed(1)} s`,
    run: async (update) => {
      if (course.outcome?.kind !== 'done') {
        update('Nothing to announce');
        return;
      }
      const wait = job.options.wait !== false;
      const { signal } = writer;
      const way = job.confirmWithinMs === null ? { signal } : whileInForce(plan, writer);
      course.announced = await announceDue(plan.announcements, { wait, ledger: plan.ledger, terminal, update, ...way });
    },
  };
}
