import { Failure } from '../model/failure.ts';
import { isForwardingEffect } from '../model/forwarding.ts';
import { followLedger, followOperations, identitiesOf, namesIn, renamesSince, type LinkIdentities } from '../model/link-identity.ts';
import { isHold, net, sameValue, subjectKey, type Operation } from '../model/operation.ts';
import type { Left, Plan } from '../model/plan.ts';
import { breaches, breachWords, type Breach } from '../model/foretold-answers.ts';
import { remaining, type Remaining } from '../model/remaining.ts';
import { requireRuleset } from '../model/ruleset.ts';
import type { HostState } from '../model/state.ts';
import { undo, type Undo } from '../model/undo.ts';
import { WriteRefused, type Backend } from './backend.ts';
import { failpoint } from './failpoint.ts';
import type { Journal, Transaction } from './transaction.ts';

export type Stage = 'journal' | 'arm' | 'write' | 'flush' | 'verify' | 'undo';

/** What the caller hears while an execution runs. `progress` counts operations; `signal` asks to stop and take back. */
export interface Watch {
  stage?(stage: Stage): void;
  progress?(done: number, total: number): void;
  readonly signal?: AbortSignal;
}

export type Outcome =
  | {
      readonly kind: 'done';
      readonly flushed: number;
      /** What is not answered for as foretold, and nobody's mistake. */
      readonly excused: readonly Breach[];
    }
  | ({ readonly kind: 'rolled-back' | 'rollback-incomplete'; readonly cause: Error; readonly remaining: readonly Remaining[] } & Undone);

export interface Undone {
  /** What was given back. */
  readonly operations: readonly Operation[];
  /** What somebody else changed since, and was left. */
  readonly left: readonly Left[];
  /** What the system refused to take back. */
  readonly refused: readonly { readonly operation: Operation; readonly message: string }[];
}

/** The command was asked to stop by a signal. */
export class Interrupted extends Error {
  constructor() {
    super('Interrupted');
    this.name = 'Interrupted';
  }
}

/** After the write nothing of what was wanted may remain; this is what did. */
export class NotVerified extends Error {
  readonly remaining: readonly Remaining[];

  constructor(rest: readonly Remaining[]) {
    super(`The kernel does not show what was written: ${rest.map(({ subject }) => `${subject.kind} ${subjectKey(subject)}`).join(', ')}`);
    this.name = 'NotVerified';
    this.remaining = rest;
  }
}

/** Every setting is in force, but the host does not answer for whom it was to. */
export class NotAnswered extends Error {
  constructor(broken: readonly Breach[]) {
    super(`The settings are in force, but ${broken.map(breachWords).join('; ')}`);
    this.name = 'NotAnswered';
  }
}

/** The time to confirm it was over before all was written. */
export class TooLate extends Error {
  constructor() {
    super('The time to confirm it is over, and not all is written yet');
    this.name = 'TooLate';
  }
}

/** An interface is not the one that the plan was made for. */
export class LinksMoved extends Error {
  constructor(names: readonly string[]) {
    super(`Interfaces were renamed, replaced or deleted meanwhile: ${names.join(', ')}`);
    this.name = 'LinksMoved';
  }
}

/** Starts what undoes the transaction where nobody confirms it; gives the deadline, in milliseconds of the boot clock. */
export type Arm = (transaction: Transaction) => Promise<number>;

/**
 * Carries a plan out as one transaction: journal, write, flush, verify, commit; takes everything back at the first failure. With `arm` it
 * is not committed, but waits for a confirmation; throws what `arm` throws, nothing written.
 */
export async function execute(
  plan: Plan,
  transaction: Transaction,
  backend: Backend,
  journal: Journal,
  watch: Watch = {},
  arm?: Arm,
): Promise<Outcome> {
  await listen(watch);
  watch.stage?.('journal');
  journal.open(transaction);
  if (arm !== undefined) await armed(arm, transaction, journal, watch);
  let done = 0;
  try {
    watch.stage?.('write');
    // Arming took its time: who asked to stop meanwhile finds nothing written.
    await listen(watch);
    const written = (count: number): void => {
      done = count;
      watch.progress?.(done, plan.operations.length);
      stopIfAsked(watch);
    };
    await backend.write(plan.operations, written, transaction.links);
    watch.stage?.('flush');
    const flushed = plan.flush.length === 0 ? 0 : await backend.flush(plan.flush);
    watch.stage?.('verify');
    failpoint('execute.written');
    const state = await backend.observe();
    const moved = renamesSince(transaction.links, state.links);
    if (moved.size > 0) throw new LinksMoved([...moved.keys()]);
    const rest = remaining(plan.desired, state);
    if (rest.length > 0) throw new NotVerified(rest);
    const broken = breaches(plan.foretold, state);
    const faults = broken.filter(({ excuse }) => excuse === null);
    if (faults.length > 0) throw new NotAnswered(faults);
    await listen(watch);
    failpoint('execute.verified');
    watch.progress?.(plan.operations.length, plan.operations.length);
    journal.mark(arm === undefined ? 'confirmed' : 'applied');
    return { kind: 'done', flushed, excused: broken };
  } catch (error) {
    const cause = error instanceof Error ? error : new Error(String(error));
    watch.stage?.('undo');
    const undone = await takeBack(transaction, backend, journal, { interrupted: true, reached: reachedBy(cause, plan.operations, done) });
    return {
      kind: isComplete(undone) ? 'rolled-back' : 'rollback-incomplete',
      cause,
      remaining: cause instanceof NotVerified ? cause.remaining : [],
      ...undone,
    };
  }
}

/** What others have changed since is theirs and no gap; what is left although it is still as parp wrote it is one. */
function isComplete({ refused, left }: Undone): boolean {
  return refused.length === 0 && !left.some(({ found, expected }) => sameValue(found, expected));
}

async function armed(arm: Arm, transaction: Transaction, journal: Journal, watch: Watch): Promise<void> {
  watch.stage?.('arm');
  try {
    await listen(watch);
    journal.mark('armed', await arm(transaction));
    failpoint('execute.armed');
  } catch (error) {
    journal.mark('undoing');
    journal.mark('undone');
    throw error;
  }
}

/** A signal is heard when the process waits for something, which a backend need not do. */
async function listen(watch: Watch): Promise<void> {
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  stopIfAsked(watch);
}

function stopIfAsked(watch: Watch): void {
  if (watch.signal?.aborted === true) throw new Interrupted();
}

/** How many of the operations, from the first, may have been written when the writing ended so. What stood in the way of one is not its work. */
function reachedBy(cause: Error, operations: readonly Operation[], done: number): number {
  if (cause instanceof Interrupted || cause instanceof TooLate) return done;
  const at = cause instanceof WriteRefused ? operations.indexOf(cause.operation) : -1;
  if (!(cause instanceof WriteRefused) || at < 0) return operations.length;
  return cause.errno === 'EEXIST' && cause.operation.from === null ? at : at + 1;
}

/** How a transaction comes to be taken back. */
export interface TakingBack {
  /** It did not end by itself: what ip_forward did on the way may not have been put right. */
  readonly interrupted: boolean;
  /** How many of its operations may have been written, where that is known; what is as the others want it, somebody else has made so. */
  readonly reached?: number;
  /** The journal says already that it was begun. */
  readonly resumed?: boolean;
  /** Throws `Failure`, nothing written, where the journal cannot be written; else the host goes before the records. */
  readonly journalFirst?: boolean;
}

/**
 * Takes a transaction back, from wherever the host is. It can be run again after a kill at any point. Throws `Failure` 'rollback-incomplete'
 * where the host can no longer be read; the journal then says so, and the next writing command goes on.
 */
export async function takeBack(
  transaction: Transaction,
  backend: Backend,
  journal: Journal,
  { interrupted, reached = transaction.operations.length, resumed = false, journalFirst = false }: TakingBack,
): Promise<Undone> {
  const part = asFarAs(transaction, reached);
  const mark = (phase: 'undoing' | 'undone'): void => (journalFirst ? journal.mark(phase) : markIfPossible(journal, phase));
  if (!resumed) mark('undoing');
  try {
    const state = await observeFor(transaction, backend);
    const way = wayBack(part, state, interrupted);
    const operations = [...way.operations, ...way.relaid];
    const refused = await writeAllThatGo(operations, backend, identitiesOf(state.links, namesIn(operations)));
    failpoint('undo.written');
    const after = wayBack(part, await observeFor(transaction, backend), interrupted);
    const rest = net(after.operations)
      .filter((operation) => !refused.some((other) => subjectKey(other.operation) === subjectKey(operation)))
      .map((operation) => ({ operation, message: 'the kernel does not show it' }));
    const incomplete = [...refused, ...rest];
    // What was refused may go next time: the journal stays as it is, so that recovery tries again.
    if (incomplete.length === 0) mark('undone');
    return { operations: net(operations), left: way.left, refused: incomplete };
  } catch (cause) {
    const answer = cause instanceof Error ? cause.message : String(cause);
    throw new Failure('rollback-incomplete', 'undo-cut-off', `Taking "${transaction.command}" back was cut off: ${answer}`, {
      remedy: 'Put that right, then go on with: parp recover',
      cause,
    });
  }
}

/** The transaction without the operations behind the first ones; what ip_forward may have written in passing, and what may be lost on the way, stays. */
function asFarAs(transaction: Transaction, reached: number): Transaction {
  const operations = transaction.operations.filter(
    (operation, at) => at < reached || isHold(operation) || (operation.kind === 'sysctl' && isForwardingEffect(operation.subject)),
  );
  return { ...transaction, operations };
}

/** What takes a transaction back on a host as it is: interfaces are found by what they are, not by what they were called. */
export function wayBack({ operations, links, ledgerBefore }: Transaction, state: HostState, interrupted: boolean): Undo {
  const followed = followOperations(operations, renamesSince(links, state.links));
  return undo(followed, state, interrupted, followLedger(ledgerBefore, state.links));
}

/** What is not written down is found out again by the next run: an undo goes by the state. */
function markIfPossible(journal: Journal, phase: 'undoing' | 'undone'): void {
  try {
    journal.mark(phase);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
  }
}

async function observeFor({ operations }: Transaction, backend: Backend): Promise<HostState> {
  const state = await backend.observe();
  requireRuleset(operations, state);
  return state;
}

/** Writes in order and goes on behind what is refused: on the way back every step that can be taken is taken. */
async function writeAllThatGo(operations: readonly Operation[], backend: Backend, links: LinkIdentities): Promise<Undone['refused']> {
  const refused: { operation: Operation; message: string }[] = [];
  let pending = operations;
  while (pending.length > 0) {
    try {
      await backend.write(pending, undefined, links);
      return refused;
    } catch (error) {
      if (!(error instanceof WriteRefused)) throw error;
      const at = pending.indexOf(error.operation);
      if (at < 0) throw error;
      refused.push({ operation: error.operation, message: error.message });
      pending = pending.slice(at + 1);
    }
  }
  return refused;
}
