import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { isPending, isUnfinished, recordsOf, type LastTransaction, type Phase } from '../../src/engine/transaction.ts';
import { decodeJournal } from '../../src/host/journal-format.ts';
import { differences, type Snapshot } from '../../src/lab/snapshot.ts';
import type { Router } from './furnished.ts';
import { faulty, neither, pointsOf, withFault } from './kill-points.ts';
import { argsIn, type Line, type Story } from './kill-stories.ts';
import type { Network } from './namespaces.ts';
import { LONG, tally } from './tally.ts';

/** How long a sweep may take: on a machine with much else to do, and in the long run. */
export const PATIENCE = { timeout: LONG ? 3_600_000 : 300_000 };

/** A story on one router, ready to be killed: where it begins, where it ends, and every failpoint on the way. */
export interface Scene extends Router {
  readonly story: Story;
  readonly args: readonly string[];
  readonly before: Snapshot;
  readonly after: Snapshot;
  readonly points: readonly string[];
  /** The first failpoint, from 0, at which what was asked for is kept: its mark is whole. */
  readonly keptFrom: number;
}

/** Where the router's journal lies; undefined where there is none. */
export function journalPath({ lab: { stateDir } }: Network): string | undefined {
  if (!existsSync(stateDir)) return undefined;
  const name = readdirSync(stateDir, { recursive: true, encoding: 'utf8' }).find((path) => path.endsWith('/journal'));
  return name === undefined ? undefined : `${stateDir}/${name}`;
}

/** The journal's last transaction on the router, read by this process; null where there is no journal. Throws where it is damaged. */
export function lastOf(net: Network): LastTransaction | null {
  const path = journalPath(net);
  if (path === undefined) return null;
  const read = decodeJournal(readFileSync(path));
  if (read.kind !== 'whole') throw new Error(`The journal is ${read.kind}`);
  return read.last;
}

/** Runs a command line that has to succeed: with `fresh`, or where it starts a guard, in a process of its own. */
export async function runLine({ net, warm }: Router, line: Line, fresh = LONG): Promise<string> {
  const args = argsIn(net, line);
  const alone = fresh || line.some((word) => word.startsWith('--confirm'));
  const { exitCode, stdout, stderr } = alone ? await faulty(net, args) : await warm.run(args);
  expect(exitCode, `${line.join(' ')}: ${stderr}`).toBe(0);
  return stdout;
}

/** Scenes of stories that nothing goes before, by router and command: each is played once. */
const staged = new WeakMap<Network, Map<string, Scene>>();

/** Plays a story to its end, to learn its failpoints and what it comes to, and takes it back. `kept` is the mark that keeps it. */
export async function stage(router: Router, story: Story, kept: 'applied' | 'confirmed' = 'confirmed'): Promise<Scene> {
  const scenes = staged.get(router.net) ?? new Map<string, Scene>();
  staged.set(router.net, scenes);
  const known = story.first.length === 0 ? scenes.get(story.command.join(' ')) : undefined;
  const scene = known ?? (await play(router, story, kept));
  scenes.set(story.command.join(' '), scene);
  return scene;
}

async function play(router: Router, story: Story, kept: 'applied' | 'confirmed'): Promise<Scene> {
  const { net } = router;
  for (const line of story.first) await runLine(router, line);
  const before = await net.snapshot('router');
  const args = argsIn(net, story.command);
  const points = await pointsOf(net, args);
  const after = await net.snapshot('router');
  expect(differences(before, after).length, 'the command changes something').toBeGreaterThan(0);
  await runLine(router, ['rollback']);
  expect(differences(before, await net.snapshot('router')), 'behind the first rollback').toEqual([]);
  return { ...router, story, args, before, after, points, keptFrom: wholeFrom(points, kept) };
}

/** The failpoint, from 0, with which a mark is there: it is written in two halves, and a kill takes nothing back that was written. */
export function wholeFrom(points: readonly string[], phase: Phase): number {
  const at = points.indexOf(`journal.unsynced.${phase}#1`);
  if (at < 1) throw new Error(`No mark "${phase}" among ${points.join(' ')}`);
  return at - 1;
}

/** Takes what a story did first out of force again. */
export async function strike(scene: Scene): Promise<void> {
  if (scene.story.first.length > 0) await runLine(scene, ['remove', '--all']);
}

/** Runs a command that is killed at its failpoint `at`, from 0. */
export async function killed(net: Network, args: readonly string[], at: number): Promise<void> {
  const end = await withFault(net, args, { at: at + 1, only: args[0] ?? '' });
  expect(end.signal ?? end.exitCode, end.stderr).toBe('SIGKILL');
}

/** Throws where recovery left neither all nor nothing, a transaction, or other profiles in force than it has to. */
export async function expectSettled({ net, warm, story, before, after }: Scene, kept: boolean, asking: boolean): Promise<void> {
  const now = await net.snapshot('router');
  expect(neither(now, before, after), 'a third state').toEqual([]);
  expect(differences(kept ? after : before, now), kept ? 'it was kept' : 'it was taken back').toEqual([]);
  // There was one when the scene was set; records that were given up as damaged would look like none.
  expect(journalPath(net), 'a journal').toBeDefined();
  const profiles = kept ? story.holds : story.held;
  const records = recordsOf(lastOf(net));
  const open = isUnfinished(records) || isPending(records);
  expect({ profiles: Object.keys(records.ledger.profiles).toSorted(), open }).toEqual({ profiles, open: false });
  if (!asking) return;
  const status = { profiles: [{ name: '', drift: [] }], unfinished: null, pending: null };
  Object.assign(status, JSON.parse((await warm.run(['--json', 'status'])).stdout));
  expect(status).toMatchObject({ unfinished: null, pending: null });
  expect(status.profiles.map(({ name }) => name).toSorted()).toEqual(profiles);
  expect(status.profiles.flatMap(({ drift }) => drift)).toEqual([]);
}

/** Recovers and judges what a killed run of the scene left; then the scene is as at its beginning. */
export async function recoverAndJudge(scene: Scene, kept: boolean, fresh: boolean): Promise<void> {
  await runLine(scene, ['recover'], fresh || LONG);
  await expectSettled(scene, kept, fresh);
  if (!kept) return;
  await runLine(scene, ['rollback']);
  await expectSettled(scene, false, false);
}

/** Does a piece of a sweep; where it fails, says at which place. */
export async function at(place: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    throw new Error(place, { cause });
  }
}

/** Counts what a sweep tries, and whether it leaves anything. */
export async function counting(what: string, tried: number, work: () => Promise<void>): Promise<void> {
  let left = 1;
  try {
    await work();
    left = 0;
  } finally {
    tally(what, tried, left);
  }
}
