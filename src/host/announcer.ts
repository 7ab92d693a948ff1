import { setImmediate as breathe, setTimeout as sleep } from 'node:timers/promises';
import { announcedRanges, formsOf, framesPerRound, jobsByInterface, type AnnounceJob } from '../model/announcements.ts';
import { Failure } from '../model/failure.ts';
import type { AnnounceOptions } from '../model/settings.ts';
import type { Mac } from '../net/mac.ts';
import { rangeSize, type Range } from '../net/range.ts';
import { announcementTemplate, setAnnounced } from '../wire/arp-frames.ts';
import { errnoName, SystemError } from './libc.ts';
import { openPacketSocket, type PacketSocket } from './packet-socket.ts';

export interface AnnounceHooks {
  /** Frames that the kernel has answered for so far, and all that are due, over all interfaces. */
  readonly progress?: (done: number, total: number) => void;
  /** Ends the announcements between two frames; the outcome counts what was sent. */
  readonly signal?: AbortSignal;
  /** Called right before each frame: the last moment at which `signal` can be aborted without it. */
  readonly beforeFrame?: () => void;
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
 * Announces addresses as gratuitous ARP, all interfaces side by side: round one at once, each other `spacingMs` after the one before
 * began, or when that is out. What one interface or frame meets does not keep the rest from going out. Throws `Failure` for a
 * missing capability alone.
 */
export async function announce(
  jobs: readonly AnnounceJob[],
  options: AnnounceOptions,
  hooks: AnnounceHooks = {},
): Promise<AnnounceOutcome> {
  const tallies = jobsByInterface(jobs).map((job) => new Tally(job, options, hooks.startAtRound ?? 1));
  const total = tallies.reduce((sum, tally) => sum + tally.frames, 0);
  const progress = (): void =>
    hooks.progress?.(
      tallies.reduce((sum, tally) => sum + tally.sent + tally.failed, 0),
      total,
    );
  await Promise.all(tallies.map((tally) => announceOn(tally, options, hooks, progress)));
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
  readonly firstRound: number;
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
    this.firstRound = firstRound;
    this.frames = framesPerRound(job, options) * Math.max(0, options.rounds - firstRound + 1);
  }

  fail(reason: string, frames = 1): void {
    this.failed += frames;
    this.errors[reason] = (this.errors[reason] ?? 0) + frames;
  }

  outcome(): InterfaceAnnounced {
    const { name, ranges, mac, frames, sent, failed, errors, rounds, problem } = this;
    const addresses = ranges.reduce((sum, range) => sum + rangeSize(range), 0);
    return { interface: name, mac, addresses, frames, sent, failed, errors: { ...errors }, rounds, problem };
  }
}

/** How long a link that just came up may take until frames get through (linkwatch, KERNEL.md F99). */
const CARRIER_WAIT_MS = 1000;
const SLICE = 64;

async function announceOn(tally: Tally, options: AnnounceOptions, hooks: AnnounceHooks, progress: () => void): Promise<void> {
  if (tally.frames === 0) return;
  let socket: PacketSocket;
  try {
    socket = openPacketSocket(tally.name, { receives: false });
  } catch (error) {
    const problem = asFailure(error);
    if (problem.code === 'missing-capability') throw problem;
    tally.problem = problem;
    tally.fail(problem.code, tally.frames);
    return;
  }
  try {
    const send: Sending = {
      socket,
      tally,
      forms: formsOf(options),
      pace: pacer(options.rate),
      signal: hooks.signal,
      beforeFrame: hooks.beforeFrame,
      progress,
    };
    let due = performance.now() + (tally.firstRound > 1 ? options.spacingMs : 0);
    await pause(due, hooks.signal);
    await socket.untilRunning(CARRIER_WAIT_MS, hooks.signal);
    for (let round = tally.firstRound; round <= options.rounds; round++) {
      await pause(due, hooks.signal);
      due = performance.now() + options.spacingMs;
      if (!(await sendRound(send))) break;
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

/** What the rounds on one interface have in common. */
interface Sending {
  readonly socket: PacketSocket;
  readonly tally: Tally;
  readonly forms: readonly ('request' | 'reply')[];
  readonly pace: () => number;
  readonly signal: AbortSignal | undefined;
  readonly beforeFrame: (() => void) | undefined;
  readonly progress: () => void;
}

/** One frame of each form for every address; false if the interface is gone and the rest of the frames with it. */
async function sendRound({ socket, tally, forms, pace, signal, beforeFrame, progress }: Sending): Promise<boolean> {
  // Asked anew each round: neighbours must not learn a MAC that the interface no longer has.
  const mac = socket.mac();
  if (mac === null) return interfaceGone(tally, 'ENODEV');
  tally.mac = mac;
  const frames = forms.map((form) => announcementTemplate(mac, form));
  let slice = 0;
  let carrier = socket.running();
  for (const address of addressesIn(tally.ranges)) {
    for (const frame of frames) {
      const wait = pace();
      if (wait > 0 || slice === SLICE) {
        progress();
        await (wait > 0 ? sleep(wait, undefined, { signal }) : breathe(undefined, { signal }));
        carrier = socket.running();
        slice = 0;
      }
      slice++;
      setAnnounced(frame, address);
      beforeFrame?.();
      signal?.throwIfAborted();
      const refusal = (await refusalOf(socket, frame, signal)) ?? (carrier ? undefined : 'no-carrier');
      if (refusal === undefined) tally.sent++;
      else if (refusal === 'ENXIO' || refusal === 'ENODEV') return interfaceGone(tally, refusal);
      else tally.fail(refusal);
    }
  }
  return true;
}

function* addressesIn(ranges: readonly Range[]): Generator<number> {
  for (const { first, last } of ranges) for (let address = first; address <= last; address++) yield address;
}

function interfaceGone(tally: Tally, errno: string): false {
  tally.fail(errno, tally.frames - tally.sent - tally.failed);
  return false;
}

/** Why the kernel did not take a frame; undefined when it took it whole. */
async function refusalOf(socket: PacketSocket, frame: Uint8Array, signal: AbortSignal | undefined): Promise<string | undefined> {
  const answer = await socket.send(frame, signal);
  if (answer < 0) return errnoName(-answer);
  return answer === frame.length ? undefined : 'EMSGSIZE';
}

/** A token bucket: each call takes a frame and says how many milliseconds to wait before it is sent. A stall saves up 20 ms at most. */
function pacer(rate: number | null): () => number {
  if (rate === null) return () => 0;
  const interval = 1000 / rate;
  let next = performance.now();
  return () => {
    const now = performance.now();
    next = Math.max(next, now - 20);
    const wait = next - now;
    next += interval;
    return wait > 0 ? wait : 0;
  };
}

async function pause(until: number, signal: AbortSignal | undefined): Promise<void> {
  const wait = until - performance.now();
  if (wait > 0) await sleep(wait, undefined, { signal });
  else signal?.throwIfAborted();
}
