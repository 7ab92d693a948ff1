import { effectOn, forwardingEffects, forwardingWrite, isForwardingEffect } from './forwarding.ts';
import { addressLosses, relay } from './address-loss.ts';
import { enter } from './groups.ts';
import { EMPTY_LEDGER, type Ledger } from './ledger.ts';
import { isHold, net, RTPROT_KERNEL, subjectKey, type Operation } from './operation.ts';
import { forwardingFirst } from './order.ts';
import type { Left } from './plan.ts';
import { satisfies, valueOf, type HostState } from './state.ts';

export interface Undo {
  /** In the order of writing. */
  readonly operations: readonly Operation[];
  /** To be written last, in this order: addresses and routes that go with an address and were taken up before it. */
  readonly relaid: readonly Operation[];
  readonly left: readonly Left[];
}

/**
 * What takes operations back from where the host really is, so that it can be asked again after any interruption: what is as it was
 * needs nothing, what is as parp left it is restored, and anything else was changed by somebody else and is left alone.
 *
 * `operations` are in the order in which they were (or were to be) written; they are taken back in the reverse. One subject may occur
 * more than once. `interrupted` says that the writing was cut off somewhere: a side effect of ip_forward that was not yet put right
 * then counts as parp's own. `ledger` tells which other addresses are parp's own.
 */
export function undo(operations: readonly Operation[], state: HostState, interrupted = false, ledger: Ledger = EMPTY_LEDGER): Undo {
  const halfway = interrupted ? halfwayValues(operations) : () => false;
  const reached = reachedValues(operations, state);
  const finals = new Map<string, unknown>();
  const restored: Operation[] = [];
  const left: Left[] = [];
  const lost: Operation[] = [];
  for (const [at, operation] of [...operations.entries()].toReversed()) {
    const key = subjectKey(operation);
    const now = finals.has(key) ? finals.get(key) : presentValue(operation, state);
    if (halfway(operation, now)) {
      if (now !== operation.from) restored.push({ ...operation, from: now, to: operation.from } as Operation);
      finals.set(key, operation.from);
    } else if (isHold(operation)) {
      if (interrupted && now === null && (operation.kind === 'route' || operation.kind === 'proxy'))
        lost.push({ ...operation, from: null });
      finals.set(key, now);
    } else if (reached.has(at)) {
      restored.push({ ...operation, from: operation.to, to: operation.from } as Operation);
      finals.set(key, operation.from);
    } else if (reached.foreign.has(key) && !finals.has(key)) {
      const reason =
        operation.kind === 'nat'
          ? `changed by somebody else since; if nobody needs it: nft delete table ip ${operation.subject}`
          : 'changed by somebody else since';
      left.push({ subject: operation, expected: operation.to, found: now, before: operation.from, reason });
      finals.set(key, now);
    }
  }
  const losses = addressLosses(restored, state, ledger);
  const going = restored.filter((operation) => !losses.has(subjectKey(operation)));
  const { operations: back, relaid } = relay(forwardingFirst(withEffects(operations, going, state, finals)), state, ledger);
  return { operations: back, relaid: [...relaid, ...lost], left: [...left, ...sparedAddresses(restored, losses)] };
}

interface Reached {
  /** Whether the operation at this place was carried out. */
  has(at: number): boolean;
  /** Subjects whose value is none that the operations gave them, nor the one before. */
  readonly foreign: ReadonlySet<string>;
}

/** How far the writing came, by the present values: of the operations on one subject, the last whose value is there, and all before it. */
function reachedValues(operations: readonly Operation[], state: HostState): Reached {
  const places = new Map<string, number[]>();
  for (const [at, operation] of operations.entries()) {
    enter(places, subjectKey(operation), at);
  }
  const done = new Set<number>();
  const foreign = new Set<string>();
  for (const [key, chain] of places) {
    const of = (index: number): Operation | undefined => operations[chain[index] ?? -1];
    const first = of(0);
    if (first === undefined) continue;
    const now = presentValue(first, state);
    const last = chain.findLastIndex((_, index) => isOurs(of(index) ?? first, now));
    for (const at of chain.slice(0, last + 1)) done.add(at);
    if (last < 0 && !satisfies(first.kind, now, first.from) && !wentWithLink(first, now)) foreign.add(key);
  }
  return { has: (at) => done.has(at), foreign };
}

/** The present value of what an operation concerns. A route that the kernel made of an address comes and goes with that: it is nobody's. */
function presentValue(operation: Operation, state: HostState): unknown {
  const value = valueOf(state, operation);
  return operation.kind === 'route' &&
    value !== null &&
    typeof value === 'object' &&
    'protocol' in value &&
    value.protocol === RTPROT_KERNEL
    ? null
    : value;
}

/** A sysctl goes with its interface: nobody has another will, and there is nothing to give back to. */
function wentWithLink(operation: Operation, now: unknown): boolean {
  return operation.kind === 'sysctl' && now === null;
}

/** Addresses that stay because of what the kernel would delete with them; one that would have come back at once is none. */
function sparedAddresses(restored: readonly Operation[], losses: ReadonlyMap<string, readonly string[]>): Left[] {
  return net(restored).flatMap((operation): Left[] => {
    const lost = losses.get(subjectKey(operation));
    if (lost === undefined || operation.kind !== 'address') return [];
    const { address, interface: at } = operation.subject;
    const reason = `the kernel would delete with it what is not parp's: ${lost.join(', ')}; delete it with: ip addr del ${address} dev ${at}`;
    return [{ subject: operation, expected: operation.from, found: operation.from, before: operation.to, reason }];
  });
}

/** Whether a value is one that only parp's own write of ip_forward can have left behind, before the value meant was written. */
function halfwayValues(operations: readonly Operation[]): (operation: Operation, now: unknown) => boolean {
  const forwarding = forwardingWrite(operations);
  if (forwarding === undefined) return () => false;
  const values = [forwarding.from, forwarding.to].filter((value) => value !== null);
  return (operation, now) =>
    operation.kind === 'sysctl' &&
    isForwardingEffect(operation.subject) &&
    values.some((value) => now === effectOn(operation.subject, value));
}

function isOurs(operation: Operation, now: unknown): boolean {
  if (!satisfies(operation.kind, now, operation.to)) return false;
  if (operation.kind !== 'proxy' || operation.to === null) return true;
  // The kernel ignores the protocol when it deletes, but another one shows that somebody else added the entry again.
  const protocol = typeof now === 'object' && now !== null && 'protocol' in now ? now.protocol : null;
  return protocol === null || protocol === operation.to.protocol;
}

/** Where ip_forward is written, every value that its writing would change is written behind it, too. */
function withEffects(
  operations: readonly Operation[],
  restored: Operation[],
  state: HostState,
  finals: ReadonlyMap<string, unknown>,
): Operation[] {
  const forwarding = forwardingWrite(restored);
  if (forwarding === undefined || forwarding.to === null) return restored;
  const touched = new Set(operations.map(subjectKey));
  const written = new Set(restored.map(subjectKey));
  const holds: Operation[] = [];
  for (const { path } of forwardingEffects(state, forwarding.to)) {
    if (!touched.has(path) || written.has(path)) continue;
    const now = valueOf(state, { kind: 'sysctl', subject: path });
    const goal = finals.get(path) ?? now;
    if (typeof goal === 'string' && typeof now === 'string') holds.push({ kind: 'sysctl', subject: path, from: now, to: goal });
  }
  return [...restored, ...holds];
}
