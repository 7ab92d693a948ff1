import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runOrFail } from '../src/lab/child-process.ts';
import type { Lab } from '../src/lab/namespaces.ts';
import { announcers, NODE, parp, rivals, starters, TASKS, type Contestant, type Installed, type Task } from './contestant.ts';
import { difference, readHost, restore, sampleDifference, type HostState } from './host-state.ts';
import { measure, ROUTER, type Measured, type Tools } from './measure.ts';
import { buildBench } from './network.ts';
import { inverse, linesOf } from './plan-lines.ts';
import { profiled } from './profile.ts';
import type { RecordsPlace } from './records.ts';
import { extrapolated, summarise, type Entry, type WorkloadResult } from './results.ts';
import { everySecond, group, type Announcing, type Configuring, type Workload } from './workload.ts';

/** What every measurement needs to know of where it is. */
export interface Scene {
  readonly root: string;
  readonly installed: Installed;
  readonly runs: number;
  readonly records: RecordsPlace;
  /** One line of progress. */
  readonly say: (text: string) => void;
}

/** Addresses that arping is started for: one of them takes it a second. */
const ARPINGS = 3;

/** Builds a network, lets all contestants do the same in it in turns, and removes it. */
export async function contest(workload: Workload, scene: Scene): Promise<WorkloadResult> {
  const lab = await buildBench(workload, scene);
  try {
    return workload.kind === 'announce' ? await announceIn(lab, workload, scene) : await configureIn(lab, workload, scene);
  } finally {
    await lab.destroy();
  }
}

async function announceIn(lab: Lab, workload: Announcing, { root, installed, runs, say }: Scene): Promise<WorkloadResult> {
  // arping sends nothing for an address that it may not bind, and IPv6 would send frames of its own.
  await lab.run(ROUTER, ['sh', '-c', 'cd /proc/sys/net; echo 1 > ipv4/ip_nonlocal_bind; echo 1 > ipv6/conf/all/disable_ipv6']);
  const contestants = announcers(root, lab.folder, workload, everySecond(ARPINGS), installed);
  const wanted = (name: string): number => (name === 'arping in a loop' ? ARPINGS : 2 * workload.count);
  const measured = new Map(contestants.map(({ name }) => [name, [] as Measured[]]));
  for (let round = 0; round < runs * workload.times; round++) {
    for (const { name, jobs } of rotated(contestants, round)) {
      const one = await measure(lab, installed.tools, jobs.cold ?? [], { interface: workload.interface });
      if (one.frames !== null && one.frames !== wanted(name))
        throw new Error(`${workload.name}: ${name} sent ${one.frames} frames instead of ${wanted(name)}`);
      measured.get(name)?.push(one);
      say(`${workload.name} ${round + 1}/${runs * workload.times}: ${name}: ${one.wallMs.toFixed(1)} ms`);
    }
  }
  const entries = contestants.map(({ name }): Entry => ({
    contestant: name,
    scale: 1,
    tasks: { cold: summarise(measured.get(name) ?? []) },
  }));
  return { workload, entries, same: `sends ${group(2 * workload.count)} frames, arping ${ARPINGS}` };
}

async function configureIn(lab: Lab, workload: Configuring, scene: Scene): Promise<WorkloadResult> {
  const { root, installed } = scene;
  writeFileSync(join(lab.folder, 'bench.hosts'), workload.hosts.map((host) => `${host}\n`).join(''));
  const profile = join(lab.folder, 'bench.yaml');
  writeFileSync(profile, workload.profile);
  const base = await readHost(lab);
  const program = [NODE, join(root, 'bin/parp')];
  const { stdout } = await runOrFail('Plan', ['ip', 'netns', 'exec', lab.name(ROUTER), ...program, 'plan', profile, '--format', 'shell'], {
    env: { PARP_STATE_DIR: lab.stateDir },
  });
  const lines = linesOf(stdout);
  const own = parp(root, profile, lines);

  // Not measured: what everybody else has to leave behind, too.
  await measure(lab, installed.tools, own.jobs.cold ?? []);
  const wanted = await readHost(lab);
  const few = sampleDifference(base, lines, wanted);
  if (few !== null) throw new Error(`${workload.name}: parp apply left ${few}`);
  const routesAlone = ['W2', 'W3', 'W4'].includes(workload.name);
  const field = new Field(lab, installed.tools, workload.name, { base, wanted, removal: [...program, 'remove', '--all'] });
  await field.clear(own);

  const [node, version] = starters(root);
  const contestants = [
    node,
    ...(workload.name === 'W1' ? [version] : []),
    own,
    ...rivals(root, lab.folder, lines, installed, routesAlone),
  ].filter((one) => one !== undefined);
  const measured = new Map(contestants.map(({ name }) => [name, new Map<Task, Measured[]>()]));
  const rounds = scene.runs * workload.times;
  for (let round = 0; round < rounds; round++) {
    for (const contestant of rotated(contestants, round)) {
      if (round >= (contestant.mostRuns ?? rounds)) continue;
      const took = await field.play(contestant);
      const runs = measured.get(contestant.name);
      for (const [task, one] of took) runs?.set(task, [...(runs.get(task) ?? []), one]);
      const words = [...took].map(([task, { wallMs }]) => `${task} ${wallMs.toFixed(1)} ms`);
      scene.say(`${workload.name} ${round + 1}/${rounds}: ${contestant.name}: ${words.join(', ')}`);
    }
  }
  const entries = contestants.map((one) => entryOf(one, measured.get(one.name) ?? new Map()));
  const apply = (own.jobs.cold ?? []).slice(program.length);
  const shares = await profiled(lab.folder, async (flags) => {
    await measure(lab, installed.tools, [NODE, ...flags, join(root, 'dist/parp.js'), ...apply]);
  });
  await field.clear(own);
  return { workload, entries, same: described(base, wanted), profile: shares };
}

function entryOf({ name, scale }: Contestant, measured: ReadonlyMap<Task, readonly Measured[]>): Entry {
  const tasks = TASKS.flatMap((task) => {
    const runs = measured.get(task);
    return runs === undefined ? [] : [[task, summarise(runs)] as const];
  });
  return { contestant: name, scale, tasks: Object.fromEntries(tasks) };
}

interface Ground {
  readonly base: HostState;
  readonly wanted: HostState;
  /** What takes parp's own work back. */
  readonly removal: readonly string[];
}

/** The host on which one contestant after the other does its work, is looked at, and cleaned up behind. */
class Field {
  readonly #lab: Lab;
  readonly #tools: Tools | null;
  readonly #workload: string;
  readonly #ground: Ground;

  constructor(lab: Lab, tools: Tools | null, workload: string, ground: Ground) {
    this.#lab = lab;
    this.#tools = tools;
    this.#workload = workload;
    this.#ground = ground;
  }

  /** The times of a sample are those of the whole already. Throws where the host is not what the contestant should have left, before or after. */
  async play(contestant: Contestant): Promise<Map<Task, Measured>> {
    const took = new Map<Task, Measured>();
    const { idle, scale } = contestant;
    const start = idle === undefined || scale === 1 ? null : await measure(this.#lab, this.#tools, idle);
    for (const task of ['plan', 'cold', 'again'] as const) {
      const job = contestant.jobs[task];
      if (job === undefined) continue;
      const one = await measure(this.#lab, this.#tools, job);
      took.set(task, start === null ? one : extrapolated(one, start, scale));
      if (contestant.leaves === 'nothing') continue;
      const found = await readHost(this.#lab);
      const wrong = task === 'plan' ? difference(this.#ground.base, found) : this.#wrong(contestant, found);
      if (wrong !== null) throw new Error(`${this.#workload}: ${contestant.name} left ${wrong}`);
    }
    await this.clear(contestant);
    return took;
  }

  async clear(contestant: Contestant): Promise<void> {
    if (contestant.leaves === 'nothing') return;
    if (contestant.name === 'parp') {
      await measure(this.#lab, this.#tools, this.#ground.removal);
      // A host that is clean has no records of what was there before, either.
      rmSync(this.#lab.stateDir, { recursive: true, force: true });
    } else await restore(this.#lab, this.#ground.base, inverse(contestant.lines));
    const wrong = difference(this.#ground.base, await readHost(this.#lab));
    if (wrong !== null) throw new Error(`${this.#workload}: after ${contestant.name} the host is not clean again: ${wrong}`);
  }

  #wrong({ leaves, lines }: Contestant, found: HostState): string | null {
    const { base, wanted } = this.#ground;
    return leaves === 'sample' ? sampleDifference(base, lines, found) : difference(wanted, found, leaves === 'ip-alone');
  }
}

function described(base: HostState, wanted: HostState): string {
  const changed = [...wanted.switches].filter(([path, value]) => base.switches.get(path) !== value).length;
  const counts = [
    [wanted.routes.count - base.routes.count, 'routes'],
    [wanted.proxies.count - base.proxies.count, 'proxy neighbours'],
    [wanted.addresses.join(' ').split('/').length - base.addresses.join(' ').split('/').length, 'addresses'],
    [changed, 'switches'],
  ] as const;
  const words = counts.filter(([count]) => count > 0).map(([count, what]) => `${group(count)} ${what}`);
  return `leaves ${words.join(', ')}`;
}

/** Everybody is first at times: what runs behind a large one may pay for it. */
function rotated<T>(all: readonly T[], by: number): T[] {
  const at = by % all.length;
  return [...all.slice(at), ...all.slice(0, at)];
}
