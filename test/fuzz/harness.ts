import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { createContext, runInNewContext, Script } from 'node:vm';
import { pollution, prototypes } from './prototypes.ts';
import { Random } from './random.ts';

/** Something that takes whatever others may have written. */
export interface Target<I> {
  readonly name: string;
  generate(random: Random): I;
  /** Gives one input to it and holds what it answers against its laws; throws where one is broken. */
  run(input: I): 'accepted' | 'refused';
  /** Whether the target says of itself that it throws this. Anything else that it throws is a fault. */
  refuses?(error: unknown): boolean;
}

export interface Limits {
  readonly inputs: number;
  /** The seed of the first input; each further one has the next number. */
  readonly seed: number;
  /** For one input. */
  readonly longestMs: number;
  /** After which inputs that do not end are cut off. */
  readonly hangMs: number;
  /** What may still be held at the end. */
  readonly heldBytes: number;
  /** What the process may grow at its largest. */
  readonly peakBytes: number;
}

export interface Findings {
  readonly accepted: number;
  readonly refused: number;
  readonly slowest: { readonly ms: number; readonly seed: number };
}

export const LONG = process.env['PARP_TEST_LONG'] !== undefined;
const SEED = process.env['PARP_TEST_SEED'];

const LIMITS: Limits = {
  inputs: LONG ? 100_000 : 2000,
  seed: seedOf(SEED ?? '20300101'),
  longestMs: 1000,
  hangMs: 20_000,
  heldBytes: 32 * 2 ** 20,
  peakBytes: 768 * 2 ** 20,
};

function seedOf(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new TypeError(`PARP_TEST_SEED is "${text}" instead of a number from 0 to 4294967295`);
  return Number(text) >>> 0;
}

/** For the test that fuzzes: the harness has limits of its own. */
export const FUZZ_TIMEOUT = LONG ? 1_800_000 : 60_000;

/** So many inputs are given at once; between them others have their turn. */
const BATCH = 50;

/** A fault with the input that shows it, and how to meet it again. */
export class FuzzFailure extends Error {
  constructor(name: string, seed: number, fault: string, input: unknown, cause?: unknown) {
    const lines = [
      `${name}: ${fault}`,
      `  input: ${shown(input)}`,
      `  again: PARP_TEST_SEED=${seed} npx vitest run test/fuzz -t ${JSON.stringify(name)}`,
    ];
    super(lines.join('\n'), cause === undefined ? undefined : { cause });
    this.name = 'FuzzFailure';
  }
}

/**
 * Gives a target as many inputs as the limits say, and counts what becomes of them. Throws `FuzzFailure` for the first one that makes it
 * throw what it does not announce, takes too long or does not end, or leaves a mark on a prototype; and where memory is not given back.
 */
export async function fuzz<I>(target: Target<I>, changed: Partial<Limits> = {}): Promise<Findings> {
  const limits = { ...LIMITS, ...changed };
  const tally = { accepted: 0, refused: 0, slowest: { ms: 0, seed: limits.seed } };
  const round: Round<I> = { target, limits, tally, before: prototypes(), now: undefined };
  const memory = watchMemory();
  const began = performance.now();
  for (let done = 0; done < limits.inputs; done += BATCH) {
    giveBatch(round, done, Math.min(done + BATCH, limits.inputs));
    // What the first inputs load and compile stays, and that is right.
    if (done <= limits.inputs / 4 && done + BATCH > limits.inputs / 4) memory.settle();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const seconds = (performance.now() - began) / 1000;
  const { held, peak } = await memory.grown(limits.heldBytes);
  if (held > limits.heldBytes)
    throw new FuzzFailure(target.name, limits.seed, `${mebibytes(held)} are still held after all inputs`, undefined);
  if (peak > limits.peakBytes) throw new FuzzFailure(target.name, limits.seed, `The process grew by ${mebibytes(peak)}`, undefined);
  if (LONG || SEED !== undefined) {
    const { ms, seed } = tally.slowest;
    console.info(
      `${target.name}: ${tally.accepted} accepted, ${tally.refused} refused, ${Math.round(limits.inputs / seconds)}/s, slowest ${ms.toFixed(1)} ms (seed ${seed}), ${mebibytes(held)} held, ${mebibytes(peak)} at most`,
    );
  }
  return tally;
}

/** A law that the answer to an input has to keep; throws where it does not. `expect` would take longer than most targets. */
export function law(kept: boolean, words: string): void {
  if (!kept) throw new Error(`Broken: ${words}`);
}

interface Round<I> {
  readonly target: Target<I>;
  readonly limits: Limits;
  readonly tally: { accepted: number; refused: number; slowest: { ms: number; seed: number } };
  readonly before: ReturnType<typeof prototypes>;
  now: { readonly seed: number; readonly input: I | undefined } | undefined;
}

const CALL = new Script('call()');

/** Only what a script of its own calls can be cut off while it runs. */
function giveBatch<I>(round: Round<I>, from: number, to: number): void {
  const call = (): void => {
    for (let at = from; at < to; at++) giveOne(round, (round.limits.seed + at) >>> 0);
  };
  try {
    CALL.runInContext(createContext({ call }), { timeout: round.limits.hangMs });
  } catch (error) {
    // An error of the script's own realm, which is no instance of this one's.
    if ((error as { code?: unknown }).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    throw new FuzzFailure(round.target.name, round.now?.seed ?? 0, `No end within ${round.limits.hangMs} ms`, round.now?.input);
  }
}

function giveOne<I>(round: Round<I>, seed: number): void {
  const { target, limits, tally, before } = round;
  round.now = { seed, input: undefined };
  const input = target.generate(new Random(seed));
  round.now = { seed, input };
  const began = performance.now();
  tally[answer(target, input, seed)]++;
  let ms = performance.now() - began;
  // Another process may have had the processor: what is slow is slow each time, and keeps it busy.
  for (let again = 0; again < 2 && ms > limits.longestMs; again++)
    ms = Math.min(
      ms,
      busyMs(() => answer(target, input, seed)),
    );
  if (ms > tally.slowest.ms) tally.slowest = { ms, seed };
  if (ms > limits.longestMs) throw new FuzzFailure(target.name, seed, `Took ${Math.round(ms)} ms, and may take ${limits.longestMs}`, input);
  const key = pollution(before);
  if (key !== undefined) throw new FuzzFailure(target.name, seed, `${key} has changed`, input);
}

function answer<I>(target: Target<I>, input: I, seed: number): 'accepted' | 'refused' {
  try {
    return target.run(input);
  } catch (error) {
    if (target.refuses?.(error) === true) return 'refused';
    const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    throw new FuzzFailure(target.name, seed, `Threw ${what}`, input, error);
  }
}

/** How long the processor works for a call. */
function busyMs(run: () => unknown): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** The heap after collections, and the largest size of the process, since `settle` was last called. */
function watchMemory() {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const heap = (): number => {
    collect();
    const { heapUsed, external, arrayBuffers } = process.memoryUsage();
    return heapUsed + external + arrayBuffers;
  };
  const largest = (): number => process.resourceUsage().maxRSS * 1024;
  const peak = largest();
  let settled = heap();
  return {
    settle: () => void (settled = heap()),
    /** Buffers are given back by another thread, a moment later. */
    async grown(allowed: number) {
      let held = heap() - settled;
      for (let again = 0; again < 10 && held > allowed; again++) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        held = heap() - settled;
      }
      return { held, peak: largest() - peak };
    },
  };
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

const LONGEST_SHOWN = 4000;

/** The input in printable ASCII, with `\\u{…}` for all else, and `‹x × 99›` for what is said again and again; of a long one the beginning. */
export function shown(input: unknown): string {
  const text = (JSON.stringify(legible(input)) ?? 'none')
    .slice(0, 2 ** 20)
    .replaceAll(/(.{1,12}?)\1{19,}/gsu, (whole, part: string) => `‹${part} × ${whole.length / part.length}›`)
    .replaceAll(/[^ -~‹×›]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
  return text.length <= LONGEST_SHOWN ? text : `${text.slice(0, LONGEST_SHOWN)} … (${text.length} characters)`;
}

/** Bytes as text of as many characters. */
function legible(input: unknown): unknown {
  if (input instanceof Uint8Array) return Buffer.from(input).toString('latin1');
  if (Array.isArray(input)) return input.map(legible);
  if (typeof input !== 'object' || input === null) return input;
  return Object.fromEntries(Object.entries(input).map(([key, value]) => [key, legible(value)]));
}
