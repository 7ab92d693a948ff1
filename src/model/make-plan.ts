import { confPath, sysctlParts } from '../net/sysctl-path.ts';
import { dependantsAtStake } from './address-loss.ts';
import { dueAnnouncements, dueClaims, dueFlush } from './due.ts';
import { establish, inTheWay, mergeSettings, type Wanted } from './establish.ts';
import { expectedHost, isLostBy, kernelRouteComing } from './expected-host.ts';
import { FORWARDING_KEY, forwardingEffects, forwardingWrite, isForwardingWrite } from './forwarding.ts';
import type { Ledger, LedgerEntries, LedgerEntry, LedgerProfile } from './ledger.ts';
import { addNames, identitiesOf, namesIn } from './link-identity.ts';
import { isHold, sameValue, type Operation, type Setting } from './operation.ts';
import { forwardingFirst, orderForward } from './order.ts';
import { enterEffects, nextEntries, releasedFrom, type Claimed } from './next-entries.ts';
import type { Conflict, Plan } from './plan.ts';
import { isSatisfied } from './remaining.ts';
import { residenceConflicts } from './residence.ts';
import { unreadable, unseenTables } from './ruleset.ts';
import type { Settings } from './settings.ts';
import { valueOf, type HostState } from './state.ts';
import { undo, type Undo } from './undo.ts';
import { walk } from './walk.ts';

export interface PlanRequest {
  readonly state: HostState;
  readonly ledger: Ledger;
  /** Profiles to put in force; one of a name that is in force already replaces it. */
  readonly apply: readonly Settings[];
  /** Names of profiles to give up. */
  readonly remove: readonly string[];
  /** Conflicts found while the settings were worked out. */
  readonly conflicts?: readonly Conflict[];
  /** RFC 3339 in UTC. */
  readonly now: string;
}

/** Works out everything that has to happen, from data alone. */
export function makePlan(request: PlanRequest): Plan {
  const { state, ledger, apply, remove } = request;
  const gone = new Set([...remove, ...apply.map(({ profile }) => profile)]);
  const staying = Object.entries(ledger.profiles).filter(([name]) => !gone.has(name));
  const { wanted, conflicts } = mergeSettings([...staying.map(([, { settings }]) => settings), ...apply]);
  const established = establishAll(apply, wanted, state, ledger);
  const switched = established.operations.some((operation) => isForwardingWrite(operation) && !isHold(operation));
  const entries = nextEntries(ledger, wanted, established, switched);
  const rerouted = established.operations.filter(({ kind, from }) => kind === 'route' && from !== null);
  const givenUp = releasedFrom(ledger, entries.all);
  const released = release(givenUp, rerouted, state, ledger);
  const arranged = arrange(released, established.operations, wanted, state);
  const operations = [...arranged, ...dependantsAtStake(arranged, state, ledger)];
  enterEffects(entries, operations, state);
  return {
    profiles: apply,
    removed: remove,
    operations,
    links: identitiesOf(state.links, namesIn(operations)),
    announcements: apply.flatMap((settings) => dueAnnouncements(settings, ledger.profiles[settings.profile]?.settings, operations)),
    claims: apply.flatMap((settings) => dueClaims(settings, ledger.profiles[settings.profile]?.settings, operations)),
    flush: apply.flatMap((settings) => dueFlush(settings, state, operations)),
    risks: apply.flatMap((settings) => settings.risks),
    conflicts: [
      ...(request.conflicts ?? []),
      ...conflicts,
      ...established.conflicts,
      ...residenceConflicts([...staying.map(([, { settings }]) => settings), ...apply]),
      ...unseenConflicts(givenUp, state),
    ],
    left: released.left,
    answered: [],
    foretold: [],
    desired: desiredAfter(apply, staying, wanted, state),
    ledger: nextLedger(nextProfiles(staying, apply, ledger, operations, request.now), entries.all, ledger, state),
  };
}

/** Whether the plan changes nothing, neither the host nor what parp holds of it. */
export function isEmptyPlan(plan: Plan, ledger: Ledger): boolean {
  return plan.operations.every(isHold) && sameValue(plan.ledger, ledger);
}

interface Established extends Claimed {
  readonly operations: readonly Operation[];
  readonly conflicts: readonly Conflict[];
}

/** Plans what the profiles to apply want, and the routes of others that come and go with the plan's addresses. */
function establishAll(apply: readonly Settings[], wanted: Wanted, state: HostState, ledger: Ledger): Established {
  const operations: Operation[] = [];
  const conflicts: Conflict[] = [];
  const claims: Operation[] = [];
  const yielded = new Set<string>();
  const applying = new Set(apply.map(({ profile }) => profile));
  const expected = expectedHost(wanted, applying, state, ledger);
  const entryOf = walk(ledger.entries);
  for (const [key, { setting, claims: profiles }] of wanted) {
    const profile = profiles.find((name) => applying.has(name));
    const coming = setting.kind === 'route' ? kernelRouteComing(setting, state, expected) : undefined;
    if (setting.kind === 'route' && coming === 'in-the-way')
      conflicts.push({ code: 'foreign-route', message: inTheWay(setting), profile: profile ?? profiles[0] ?? '' });
    else if (coming === 'serves') yielded.add(key);
    else if (profile !== undefined || isLostBy(expected, setting, state)) {
      const entry = entryOf(key) ?? inherited(setting, state, ledger);
      const { operation, claim, conflict } = establish(setting, setting.kind === 'route' ? expected : state, entry);
      if (conflict !== undefined) conflicts.push({ ...conflict, profile: profile ?? profiles[0] ?? '' });
      if (operation !== undefined) operations.push(operation);
      if (claim !== undefined) claims.push(claim);
    }
  }
  return { operations: orderForward(operations), conflicts, claims, yielded };
}

/**
 * The entry of an interface's forwarding that came after parp had switched ip_forward, which reached every interface of then and, through
 * conf/default, those since: what was there before is what conf/default said before.
 */
function inherited(setting: Setting, state: HostState, ledger: Ledger): LedgerEntry | undefined {
  if (setting.kind !== 'sysctl' || sysctlParts(setting.subject).key !== 'forwarding') return undefined;
  const entry = ledger.entries.get(confPath('default', 'forwarding'));
  if (entry?.effectOf !== FORWARDING_KEY) return undefined;
  if (!sameValue(valueOf(state, setting), entry.operation.to)) return undefined;
  return { ...entry, operation: { ...entry.operation, subject: setting.subject } as Operation };
}

/** Tables to be given back that nobody can see. */
function unseenConflicts(givenUp: readonly LedgerEntry[], state: HostState): Conflict[] {
  return givenUp.flatMap(({ operation, claims }) =>
    unseenTables([operation], state).map((table) => ({
      code: 'unreadable-ruleset',
      message: `${unreadable(table)}: is nft installed?`,
      profile: claims[0] ?? '',
    })),
  );
}

/**
 * What takes back the entries that are not among the next ones, and takes up the routes that shall lead another way: their addresses may
 * go before the new way is laid, and the kernel would delete them with those.
 */
function release(givenUp: readonly LedgerEntry[], rerouted: readonly Operation[], state: HostState, ledger: Ledger): Undo {
  const released = givenUp.map(({ operation }) => operation);
  const former = rerouted.map((operation) => ({ ...operation, from: null, to: operation.from }) as Operation);
  return undo(orderForward([...released, ...former]), state, false, ledger);
}

/** What is taken back comes first, in reverse; then what is established. Values that ip_forward rewrites follow it, wherever it stands. */
function arrange(released: Undo, established: readonly Operation[], wanted: Wanted, state: HostState): Operation[] {
  const operations = forwardingFirst([...released.operations, ...orderForward([...released.relaid, ...established.map(laidAnew)])]);
  const forwarding = forwardingWrite(operations);
  if (forwarding === undefined || forwarding.to === null || isHold(forwarding)) return operations;
  const at = operations.indexOf(forwarding);
  const listed = new Set(operations.flatMap(({ kind, subject }) => (kind === 'sysctl' ? [subject] : [])));
  const holds: Operation[] = [];
  for (const { path, value } of forwardingEffects(state, forwarding.to)) {
    if (listed.has(path)) continue;
    const now = valueOf(state, { kind: 'sysctl', subject: path });
    const explicit = wanted.get(path)?.setting;
    if (typeof now !== 'string') continue;
    holds.push({ kind: 'sysctl', subject: path, from: now, to: explicit?.kind === 'sysctl' ? explicit.value : value });
  }
  return [...operations.slice(0, at + 1), ...holds, ...operations.slice(at + 1)];
}

/** A route that leads another way is taken up by what is released, so that it is laid anew. */
function laidAnew(operation: Operation): Operation {
  return operation.kind === 'route' && operation.from !== null ? { ...operation, from: null } : operation;
}

/** Everything that shall hold afterwards: what is applied, and what other profiles want and have now. */
function desiredAfter(
  apply: readonly Settings[],
  staying: readonly [string, LedgerProfile][],
  wanted: Wanted,
  state: HostState,
): Setting[] {
  const applying = new Set(apply.map(({ profile }) => profile));
  if (staying.length === 0 && apply.length === 0) return [];
  return [...wanted.values()]
    .filter(({ setting, claims }) => claims.some((name) => applying.has(name)) || isSatisfied(setting, state))
    .map(({ setting }) => setting);
}

/** An interface that was known already is the one of then: `followLedger` has seen to the names. */
function nextLedger(profiles: Ledger['profiles'], entries: LedgerEntries, before: Ledger, state: HostState): Ledger {
  const names = new Set<string>();
  for (const { operation } of entries.values()) addNames(names, operation);
  for (const { settings } of Object.values(profiles)) for (const setting of settings.settings) addNames(names, setting);
  const known = Object.entries(before.links).filter(([name]) => names.has(name));
  return { profiles, entries, links: { ...identitiesOf(state.links, names), ...Object.fromEntries(known) } };
}

function nextProfiles(
  staying: readonly [string, LedgerProfile][],
  apply: readonly Settings[],
  ledger: Ledger,
  operations: readonly Operation[],
  now: string,
): Ledger['profiles'] {
  const idle = operations.every(isHold);
  const applied = apply.map((settings): [string, LedgerProfile] => {
    const before = ledger.profiles[settings.profile];
    const unchanged = idle && before !== undefined && sameValue(before.settings, settings);
    return [settings.profile, unchanged ? before : { settings, appliedAt: now }];
  });
  return Object.fromEntries([...staying, ...applied]);
}
