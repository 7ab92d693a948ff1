import { effectOn, forwardingEffects, forwardingWrite, isForwardingEffect } from './forwarding.ts';
import { addressLosses, relay } from './address-loss.ts';
import { EMPTY_LEDGER, type Ledger } from './ledger.ts';
import { invert, isHold, net, RTPROT_KERNEL, subjectKey, type Operation } from './operation.ts';
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
  const chains = chainsOf(operations, state);
  const finals = new Map<string, unknown>();
  const restored: Operation[] = [];
  const left: Left[] = [];
  const lost: Operation[] = [];
  for (let at = operations.length - 1; at >= 0; at--) {
    const operation = operations[at];
    if (operation === undefined) continue;
    const key = subjectKey(operation);
    const chain = chains.get(key);
    const now = finals.has(key) ? finals.get(key) : presentValue(operation, state);
    const ends = (value: unknown): void => {
      if (chain !== undefined || operation.kind === 'sysctl') finals.set(key, value);
    };
    if (halfway(operation, now)) {
      if (now !== operation.from) restored.push({ ...operation, from: now, to: operation.from } as Operation);
      ends(operation.from);
    } else if (isHold(operation)) {
      if (interrupted && now === null && (operation.kind === 'route' || operation.kind === 'proxy'))
        lost.push({ ...operation, from: null });
      ends(now);
    } else if (chain === undefined ? isOurs(operation, now) : chain.done.has(at)) {
      restored.push(invert(operation));
      ends(operation.from);
    } else if (chain === undefined ? isForeign(operation, now) : chain.isForeign && !finals.has(key)) {
      const reason =
        operation.kind === 'nat'
          ? `changed by somebody else since; if nobody needs it: nft delete table ip ${operation.subject}`
          : 'changed by somebody else since';
      left.push({ subject: operation, expected: operation.to, found: now, before: operation.from, reason });
      ends(now);
    }
  }
  const losses = addressLosses(restored, state, ledger);
  const going = restored.filter((operation) => !losses.has(subjectKey(operation)));
  const { operations: back, relaid } = relay(forwardingFirst(withEffects(operations, going, state, finals)), state, ledger);
  return { operations: back, relaid: [...relaid, ...lost], left: [...left, ...sparedAddresses(restored, losses)] };
}

/** Several operations on one subject: how far the writing of them came, by its present value. */
interface Chain {
  /** The places of those that were carried out: up to the last one whose value is there. */
  readonly done: ReadonlySet<number>;
  /** The value is none that they gave it, nor the one before. */
  readonly isForeign: boolean;
}

/** Of subjects that occur more than once, by their keys: a hundred thousand routes that occur once have no list each. */
function chainsOf(operations: readonly Operation[], state: HostState): ReadonlyMap<string, Chain> {
  const seen = new Set<string>();
  const places = new Map<string, number[]>();
  for (const operation of operations) {
    const key = subjectKey(operation);
    if (seen.has(key)) places.set(key, []);
    else seen.add(key);
  }
  if (places.size === 0) return new Map();
  for (const [at, operation] of operations.entries()) places.get(subjectKey(operation))?.push(at);
  const chains = new Map<string, Chain>();
  for (const [key, chain] of places) {
    const links = chain.flatMap((at) => operations[at] ?? []);
    const [first] = links;
    if (first === undefined) continue;
    const now = presentValue(first, state);
    const last = links.findLastIndex((operation) => isOurs(operation, now));
    chains.set(key, { done: new Set(chain.slice(0, last + 1)), isForeign: last < 0 && isForeign(first, now) });
  }
  return chains;
}

/** Whether a value that is not parp's is not the one before, either. */
function isForeign(operation: Operation, now: unknown): boolean {
  return !satisfies(operation.kind, now, operation.from) && !wentWithLink(operation, now);
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
  if (losses.size === 0) return [];
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
  const touched = sysctlPaths(operations);
  const written = sysctlPaths(restored);
  const holds: Operation[] = [];
  for (const { path } of forwardingEffects(state, forwarding.to)) {
    if (!touched.has(path) || written.has(path)) continue;
    const now = valueOf(state, { kind: 'sysctl', subject: path });
    const goal = finals.get(path) ?? now;
    if (typeof goal === 'string' && typeof now === 'string') holds.push({ kind: 'sysctl', subject: path, from: now, to: goal });
  }
  return [...restored, ...holds];
}

function sysctlPaths(operations: readonly Operation[]): ReadonlySet<string> {
  return new Set(operations.flatMap(({ kind, subject }) => (kind === 'sysctl' ? [subject] : [])));
}
