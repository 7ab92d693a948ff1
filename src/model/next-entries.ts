import { FORWARDING_KEY, forwardingEffects, forwardingWrite, isForwardingEffect } from './forwarding.ts';
import type { Wanted } from './establish.ts';
import type { Ledger, LedgerEntries, LedgerEntry } from './ledger.ts';
import { compose, isHold, sameValue, subjectKey, type Operation } from './operation.ts';
import type { HostState } from './state.ts';
import { walk } from './walk.ts';

/** What a plan adds to the ledger, and what it takes from it whatever the profiles want. */
export interface Claimed {
  /** Of each subject once. */
  readonly claims: readonly Operation[];
  /** Keys of parp's routes that make room for the same ones of the kernel, which come with an address. */
  readonly yielded: ReadonlySet<string>;
}

/** The entries of a ledger while the next ones are worked out: the very same map where nothing of it changes. */
export class NextEntries {
  readonly #before: LedgerEntries;
  readonly #known: (key: string) => LedgerEntry | undefined;
  #changed: Map<string, LedgerEntry> | undefined;

  constructor(before: LedgerEntries) {
    this.#before = before;
    this.#known = walk(before);
  }

  get all(): LedgerEntries {
    return this.#changed ?? this.#before;
  }

  get(key: string): LedgerEntry | undefined {
    return this.#changed === undefined ? this.#known(key) : this.#changed.get(key);
  }

  /** Undefined: it is given up. */
  put(key: string, before: LedgerEntry | undefined, entry: LedgerEntry | undefined): void {
    if (entry === before) return;
    this.#changed ??= new Map(this.#before);
    if (entry === undefined) this.#changed.delete(key);
    else this.#changed.set(key, entry);
  }
}

/**
 * The ledger's entries after the plan; what nobody claims any more is not among them. `switched`: the plan switches ip_forward, so that
 * what it rewrites is its effect from now on, whoever claimed it before.
 */
export function nextEntries(ledger: Ledger, wanted: Wanted, { claims, yielded }: Claimed, switched: boolean): NextEntries {
  const entries = new NextEntries(ledger.entries);
  const common = commonNames();
  const wantedNow = walk(wanted);
  for (const [key, entry] of ledger.entries) {
    const names = wantedNow(key)?.claims ?? NOBODY;
    entries.put(key, entry, yielded.has(key) ? undefined : keptOf(entry, names, common(names, entry.claims), wanted, switched));
  }
  const sorted = inOrder();
  const claimed = walk(wanted);
  for (const operation of claims) {
    const key = subjectKey(operation);
    const known = entries.get(key);
    const names = sorted(claimed(key)?.claims ?? NOBODY);
    entries.put(
      key,
      known,
      known === undefined ? { operation, claims: names } : claimedBy(holding(known, operation), names, known.effectOf),
    );
  }
  return entries;
}

/** What stays of an entry that `names` want now, of whom `kept` claimed it before. */
function keptOf(
  entry: LedgerEntry,
  names: readonly string[],
  kept: readonly string[],
  wanted: Wanted,
  switched: boolean,
): LedgerEntry | undefined {
  const { effectOf } = entry;
  if (effectOf !== undefined && wanted.has(effectOf)) return claimedBy(entry, kept, effectOf);
  if (kept.length > 0) return claimedBy(entry, kept, undefined);
  const follows = names.length === 0 && isEffect(entry.operation) && (switched || isEffectOfKept(wanted, entry));
  return follows ? claimedBy(entry, [], FORWARDING_KEY) : undefined;
}

const NOBODY: readonly string[] = [];

/** Which of the names are among the claims; these themselves where they are the same. Most entries of a ledger share one list with the one before. */
function commonNames(): (names: readonly string[], claims: readonly string[]) => readonly string[] {
  let last: { readonly names: readonly string[]; readonly claims: readonly string[]; readonly common: readonly string[] } | undefined;
  return (names, claims) => {
    if (last?.names === names && last.claims === claims) return last.common;
    last = { names, claims, common: sameValue(names, claims) ? claims : names.filter((name) => claims.includes(name)) };
    return last.common;
  };
}

function holding(entry: LedgerEntry, operation: Operation): LedgerEntry {
  return sameValue(entry.operation, operation) ? entry : { ...entry, operation };
}

/** The entry with other claims; the very same one where these are no others. */
function claimedBy(entry: LedgerEntry, claims: readonly string[], effectOf: string | undefined): LedgerEntry {
  if (entry.effectOf === effectOf && sameValue(entry.claims, claims)) return entry;
  return { operation: entry.operation, claims, ...(effectOf === undefined ? {} : { effectOf }) };
}

/** Sorts names; the same list of names gives the same sorted one. */
function inOrder(): (names: readonly string[]) => readonly string[] {
  const known = new Map<readonly string[], readonly string[]>();
  return (names) => {
    const sorted = known.get(names) ?? names.toSorted();
    known.set(names, sorted);
    return sorted;
  };
}

function isEffect(operation: Operation): boolean {
  return operation.kind === 'sysctl' && isForwardingEffect(operation.subject);
}

/** An interface's forwarding that was claimed by name stays on while ip_forward does: switching that on would have set it, too. */
function isEffectOfKept(wanted: Wanted, { operation }: LedgerEntry): boolean {
  const forwarding = wanted.get(FORWARDING_KEY)?.setting;
  if (forwarding?.kind !== 'sysctl' || operation.kind !== 'sysctl') return false;
  return operation.subject.endsWith('/forwarding') && operation.to === forwarding.value;
}

/** Enters what ip_forward changes besides itself as its effect: it is given back with it. */
export function enterEffects(entries: NextEntries, operations: readonly Operation[], state: HostState): void {
  const forwarding = forwardingWrite(operations);
  if (forwarding === undefined || forwarding.to === null || isHold(forwarding) || entries.get(FORWARDING_KEY) === undefined) return;
  const effects = new Set(forwardingEffects(state, forwarding.to).map(({ path }) => path));
  for (const operation of operations) {
    if (operation.kind !== 'sysctl' || !effects.has(operation.subject)) continue;
    const key = subjectKey(operation);
    const entry = entries.get(key);
    const composed = entry === undefined ? operation : compose(entry.operation, operation);
    entries.put(key, entry, { operation: composed, claims: entry?.claims ?? [], effectOf: FORWARDING_KEY });
  }
}

/** What the ledger holds and the next one will not. */
export function releasedFrom(ledger: Ledger, next: LedgerEntries): LedgerEntry[] {
  if (next === ledger.entries) return [];
  const released: LedgerEntry[] = [];
  for (const [key, entry] of ledger.entries) if (!next.has(key)) released.push(entry);
  return released;
}
