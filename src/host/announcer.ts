import { setImmediate as breathe, setTimeout as sleep } from 'node:timers/promises';
import { announcedRanges, formsOf, jobsByInterface, type AnnounceJob } from '../model/announcements.ts';
import { Failure } from '../model/failure.ts';
import type { AnnounceOptions } from '../model/settings.ts';
import type { Mac } from '../net/mac.ts';
import { rangeSize, type Range } from '../net/range.ts';
import { ANNOUNCEMENT_LENGTH, AnnouncementRow } from '../wire/arp-frames.ts';
import { errnoName, SystemError } from './libc.ts';
import { openPacketSocket, patienceMs, type FrameRow, type PacketSocket } from './packet-socket.ts';

export interface AnnounceHooks {
  /** Frames that the kernel has answered for so far, and all that are due, over all interfaces. */
  readonly progress?: (done: number, total: number) => void;
  /** Ends the announcements between two batches; the outcome counts what was sent. */
  readonly signal?: AbortSignal;
  /**
   * Called right before each batch, of at most 20 ms worth of frames where there is a rate: the last moment at which `signal` can be
   * aborted without it.
   */
  readonly beforeBatch?: () => void;
  /** The first round to send, counted from 1; those before were sent by somebody else just now. */
  readonly startAtRound?: number;
}

/** What became of the announcements on one interface. */
export interface InterfaceAnnounced {
  readonly interface: string;
  /** The MAC that was announced last; null where nothing could be sent. */
  readonly mac: Mac | null;
  readonly addresses: number;
  /** Frames that were due; `sent + failed` is less after an interruption. */
  readonly frames: number;
  /** Frames that the kernel took whole. */
  readonly sent: number;
  readonly failed: number;
  /** How many failed why: errno names, and `no-carrier` where the kernel would have dropped the frame in silence. */
  readonly errors: Readonly<Record<string, number>>;
  /** Rounds begun and ended, whether or not each of their frames was taken. */
  readonly rounds: number;
  /** Why the interface could not be used at all. */
  readonly problem: Failure | null;
}

export interface AnnounceOutcome {
  readonly interfaces: readonly InterfaceAnnounced[];
  readonly interrupted: boolean;
  /** Every frame that was due was taken. */
  readonly complete: boolean;
}

/**
 * Announces addresses as gratuitous ARP, all interfaces side by side: round one at once, each other `spacingMs` after the first frames
 * of the one before, or when that is out. What one interface or frame meets does not keep the rest from going out. Throws `Failure` for a
 * missing capability alone.
 */
export async function announce(
  jobs: readonly AnnounceJob[],
  options: AnnounceOptions,
  hooks: AnnounceHooks = {},
  open: (name: string) => PacketSocket = sendingOn,
): Promise<AnnounceOutcome> {
  const tallies = jobsByInterface(jobs).map((job) => new Tally(job, options, hooks.startAtRound ?? 1));
  const total = tallies.reduce((sum, tally) => sum + tally.frames, 0);
  const progress = (): void =>
    hooks.progress?.(
      tallies.reduce((sum, tally) => sum + tally.sent + tally.failed, 0),
      total,
    );
  await Promise.all(tallies.map((tally) => announceOn(tally, options, hooks, progress, open)));
  const interrupted = (hooks.signal?.aborted ?? false) && tallies.some((tally) => tally.sent + tally.failed < tally.frames);
  return {
    interfaces: tallies.map((tally) => tally.outcome()),
    interrupted,
    complete: tallies.every((tally) => tally.sent === tally.frames),
  };
}

/** The count of one interface while it runs. */
class Tally {
  readonly name: string;
  readonly ranges: readonly Range[];
  readonly addresses: number;
  readonly firstRound: number;
  readonly framesPerRound: number;
  readonly frames: number;
  readonly errors: Record<string, number> = {};
  sent = 0;
  failed = 0;
  rounds = 0;
  mac: Mac | null = null;
  problem: Failure | null = null;

  constructor(job: AnnounceJob, options: AnnounceOptions, firstRound: number) {
    this.name = job.interface;
    this.ranges = announcedRanges(job.addresses);
    this.addresses = this.ranges.reduce((sum, range) => sum + rangeSize(range), 0);
    this.firstRound = firstRound;
    this.framesPerRound = this.addresses * formsOf(options).length;
    this.frames = this.framesPerRound * Math.max(0, options.rounds - firstRound + 1);
  }

  fail(reason: string, frames = 1): void {
    this.failed += frames;
    this.errors[reason] = (this.errors[reason] ?? 0) + frames;
  }

  outcome(): InterfaceAnnounced {
    const { name, mac, addresses, frames, sent, failed, errors, rounds, problem } = this;
    return { interface: name, mac, addresses, frames, sent, failed, errors: { ...errors }, rounds, problem };
  }
}

/** How long a link that just came up may take until frames get through (linkwatch, KERNEL.md F99). */
const CARRIER_WAIT_MS = 1000;
/** Frames of one call to the kernel at most: what the call itself costs is nothing beside them, and they take it a fraction of a millisecond. */
const BATCH = 128;
/** How long frames may go out without a look for signals. */
const BREATHLESS_MS = 2;

function sendingOn(name: string): PacketSocket {
  return openPacketSocket(name, { receives: false });
}

async function announceOn(
  tally: Tally,
  options: AnnounceOptions,
  hooks: AnnounceHooks,
  progress: () => void,
  open: (name: string) => PacketSocket,
): Promise<void> {
  if (tally.frames === 0) return;
  let socket: PacketSocket;
  try {
    socket = open(tally.name);
  } catch (error) {
    const problem = asFailure(error);
    if (problem.code === 'missing-capability') throw problem;
    tally.problem = problem;
    tally.fail(problem.code, tally.frames);
    return;
  }
  try {
    const sending = new Sending(socket, tally, options, hooks, progress);
    let due = performance.now() + (tally.firstRound > 1 ? options.spacingMs : 0);
    await pause(due, hooks.signal);
    await socket.untilRunning(CARRIER_WAIT_MS, hooks.signal);
    for (let round = tally.firstRound; round <= options.rounds; round++) {
      await pause(due, hooks.signal);
      if (!(await sending.round())) break;
      due = sending.begunAt + options.spacingMs;
      tally.rounds++;
    }
  } catch (error) {
    if (hooks.signal?.aborted !== true) throw error;
  } finally {
    socket.close();
    progress();
  }
}

function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof SystemError) return new Failure('failed', error.code, error.message, { cause: error });
  throw error;
}

/** The sending of rounds on one interface. */
class Sending {
  /** When the first frames of the last round were out, or refused for good. */
  begunAt = 0;
  readonly #socket: PacketSocket;
  readonly #tally: Tally;
  readonly #hooks: AnnounceHooks;
  readonly #progress: () => void;
  readonly #forms: readonly ('request' | 'reply')[];
  readonly #row: FrameRow;
  readonly #bucket: TokenBucket;
  #heardAt = performance.now();

  constructor(socket: PacketSocket, tally: Tally, options: AnnounceOptions, hooks: AnnounceHooks, progress: () => void) {
    this.#socket = socket;
    this.#tally = tally;
    this.#hooks = hooks;
    this.#progress = progress;
    this.#forms = formsOf(options);
    this.#row = socket.row(Math.min(BATCH, tally.framesPerRound), ANNOUNCEMENT_LENGTH);
    this.#bucket = new TokenBucket(options.rate);
  }

  /** One frame of each form for every address; false if the interface is gone and the rest of the frames with it. */
  async round(): Promise<boolean> {
    // Asked anew each round: neighbours must not learn a MAC that the interface no longer has.
    const mac = this.#socket.mac();
    if (mac === null) return this.#gone('ENODEV');
    this.#tally.mac = mac;
    const frames = new AnnouncementRow(this.#row.bytes, mac, this.#forms, this.#tally.ranges);
    const due = this.#tally.framesPerRound;
    let next = 0;
    let tries = 0;
    while (next < due) {
      const { slot, count } = frames.run(next, Math.min(await this.#allowed(), due - next));
      this.#hooks.beforeBatch?.();
      this.#hooks.signal?.throwIfAborted();
      const carrier = this.#socket.running();
      const answer = this.#row.offer(slot, count);
      const patience = patienceMs(answer, tries++);
      if (patience !== undefined) {
        await sleep(patience, undefined, { signal: this.#hooks.signal });
        continue;
      }
      tries = 0;
      if (next === 0) this.begunAt = performance.now();
      const refusal = answer < 0 ? errnoName(-answer) : undefined;
      if (refusal === 'ENXIO' || refusal === 'ENODEV') return this.#gone(refusal);
      if (refusal === undefined) this.#count(slot, answer, carrier);
      else this.#tally.fail(refusal);
      // The kernel tells why it took no more at the first frame of the next batch.
      const answered = refusal === undefined ? answer : 1;
      this.#bucket.take(answered);
      next += answered;
    }
    return true;
  }

  /** How many frames may go by now, at least one: waits for that, and lets signals be heard now and then. */
  async #allowed(): Promise<number> {
    const { signal } = this.#hooks;
    for (;;) {
      const allowed = this.#bucket.allowed();
      if (allowed > 0 && performance.now() - this.#heardAt < BREATHLESS_MS) return allowed;
      this.#progress();
      await (allowed > 0 ? breathe(undefined, { signal }) : sleep(this.#bucket.waitMs(), undefined, { signal }));
      this.#heardAt = performance.now();
    }
  }

  #count(first: number, taken: number, carrier: boolean): void {
    let short = 0;
    for (let slot = first; slot < first + taken; slot++) if (!this.#row.whole(slot)) short++;
    if (short > 0) this.#tally.fail('EMSGSIZE', short);
    if (carrier) this.#tally.sent += taken - short;
    else if (short < taken) this.#tally.fail('no-carrier', taken - short);
  }

  #gone(errno: string): false {
    const { frames, sent, failed } = this.#tally;
    this.#tally.fail(errno, frames - sent - failed);
    return false;
  }
}

/** What a token bucket saves up while nothing is sent. */
const SAVED_MS = 20;

/**
 * Keeps to a rate: no span of time sees more frames than the rate allows for it and 20 ms more (below 100 a second, for 10 ms more and
 * one), whatever stalls come between.
 */
export class TokenBucket {
  readonly #intervalMs: number;
  readonly #savedMs: number;
  readonly #clock: () => number;
  /** When the next frame is due, were there no stalls. */
  #next: number;

  /** Frames a second, or null for no limit; a clock in milliseconds that never goes back. */
  constructor(rate: number | null, clock: () => number = () => performance.now()) {
    this.#intervalMs = rate === null ? 0 : 1000 / rate;
    // The frame that is due is one of those that were saved up. A low rate needs some, too, or each late timer would slow it down.
    this.#savedMs = Math.max(SAVED_MS - this.#intervalMs, SAVED_MS / 2);
    this.#clock = clock;
    this.#next = clock();
  }

  /** Frames that may go by now. */
  allowed(): number {
    if (this.#intervalMs === 0) return Infinity;
    const late = this.#clock() - this.#next;
    return late < 0 ? 0 : Math.floor(Math.min(late, this.#savedMs) / this.#intervalMs) + 1;
  }

  /** Frames that went. The stall that there may have been since they were allowed saves nothing up, either. */
  take(frames: number): void {
    this.#next = Math.max(this.#next, this.#clock() - this.#savedMs) + frames * this.#intervalMs;
  }

  /** Until the next frame may go. */
  waitMs(): number {
    return Math.max(0, this.#next - this.#clock());
  }
}

/** Timers may go off a little early. */
async function pause(until: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  for (let wait = until - performance.now(); wait > 0; wait = until - performance.now()) await sleep(wait, undefined, { signal });
}
