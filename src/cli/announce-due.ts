import { counted, grouped } from '../net/count-words.ts';
import { announce, type AnnounceOutcome } from '../host/announcer.ts';
import { startDetached } from '../host/detached.ts';
import { DETACHED_COMMAND } from '../host/hidden-commands.ts';
import { stateRoot } from '../host/state-folder.ts';
import { announceDuration } from '../model/announcements.ts';
import type { Ledger } from '../model/ledger.ts';
import type { DueAnnouncement } from '../model/plan.ts';
import type { AnnounceOptions } from '../model/settings.ts';
import type { DetachedAnnouncement } from './announce-detached.ts';
import type { Terminal } from './terminal.ts';

/** An apply waits so long for its announcements. */
const PATIENCE_MS = 10_000;

/** How announcements are sent, and who hears of it. */
export interface Announcing {
  /** False: all of it goes to the background. */
  readonly wait: boolean;
  /** The records under which the profiles are in force: what goes on in the background ends with them. */
  readonly ledger: Ledger;
  readonly signal: AbortSignal;
  /** Called right before each batch of frames. */
  readonly beforeBatch?: () => void;
  readonly terminal: Terminal;
  update(title: string): void;
}

export interface Announced {
  /** Frames that the kernel took. */
  readonly frames: number;
  /** Every frame that this process had to send was taken. */
  readonly complete: boolean;
}

/**
 * Sends what a plan makes due. What takes longer than an apply waits for, or is not waited for at all, goes to a process of its own;
 * its first round, the one that moves most neighbours, is sent here where that does not take long.
 */
export async function announceDue(announcements: readonly DueAnnouncement[], way: Announcing): Promise<Announced> {
  const outcomes = await Promise.all(byOptions(announcements).map((batch) => announceBatch(batch, way)));
  const interfaces = outcomes.flatMap((outcome) => outcome?.interfaces ?? []);
  const sum = (pick: (one: (typeof interfaces)[number]) => number): number => interfaces.reduce((total, one) => total + pick(one), 0);
  for (const one of interfaces)
    if (one.problem !== null) way.terminal.note(`Warning: announcements on ${one.interface}: ${one.problem.message}`);
  const frames = sum((one) => one.sent);
  const due = sum((one) => one.frames);
  const failed = sum((one) => one.failed);
  const count = frames === due ? counted(frames, 'frame', 'frames') : `${grouped(frames)} of ${counted(due, 'frame', 'frames')}`;
  if (interfaces.length === 0) way.update('Announcing goes on in the background');
  else way.update(`Announced: ${count} sent${failed > 0 ? `, ${grouped(failed)} not taken by the kernel` : ''}`);
  return { frames, complete: frames === due };
}

interface Batch {
  readonly options: AnnounceOptions;
  readonly jobs: DueAnnouncement[];
}

function byOptions(due: readonly DueAnnouncement[]): Batch[] {
  const batches = new Map<string, Batch>();
  for (const one of due) {
    const key = JSON.stringify(one.options);
    const batch = batches.get(key) ?? { options: one.options, jobs: [] };
    batch.jobs.push(one);
    batches.set(key, batch);
  }
  return [...batches.values()];
}

async function announceBatch({ options, jobs }: Batch, way: Announcing): Promise<AnnounceOutcome | undefined> {
  const { wait, signal, terminal } = way;
  const progress = (done: number, total: number): void => way.update(`Announce: ${grouped(done)} of ${grouped(total)} frames`);
  const hooks = { signal, progress, ...(way.beforeBatch === undefined ? {} : { beforeBatch: way.beforeBatch }) };
  if (wait && announceDuration(jobs, options) <= PATIENCE_MS) return announce(jobs, options, hooks);
  const first = { ...options, rounds: 1 };
  const firstHere = wait && announceDuration(jobs, first) <= PATIENCE_MS;
  const outcome = firstHere ? await announce(jobs, first, hooks) : undefined;
  if (firstHere && (signal.aborted || options.rounds === 1)) return outcome;
  const rest: DetachedAnnouncement = {
    jobs: jobs.map(({ interface: link, addresses }) => ({ interface: link, addresses })),
    options,
    startAtRound: firstHere ? 2 : 1,
    profiles: Object.fromEntries(jobs.map(({ profile }) => [profile, way.ledger.profiles[profile]?.appliedAt ?? ''])),
  };
  const pid = await startDetached(['--state-dir', stateRoot(terminal.globals.stateDir), DETACHED_COMMAND], JSON.stringify(rest));
  const seconds = Math.ceil(announceDuration(jobs, options) / 1000);
  terminal.note(`Notice: process ${pid} goes on announcing in the background for about ${seconds} s`);
  return outcome;
}
