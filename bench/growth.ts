import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from '../src/lab/namespaces.ts';
import type { Scene } from './contest.ts';
import { APPLY_FLAGS, NODE } from './contestant.ts';
import { measure, ROUTER, RunFailed, type Measured } from './measure.ts';
import { buildBench } from './network.ts';
import { summarise, type Grower, type GrowthPoint } from './results.ts';
import { hostRoutes } from './workload.ts';

export const SIZES = [1000, 10_000, 100_000, 1_000_000];

/** The largest heap that parp is given, in MiB. */
export const HEAP_MB = 1024;

/** One run of the largest says enough, and takes as long as all others. */
const MOST_RUNS = 3;
const ONE_RUN_FROM = 1_000_000;

/** How the time that parp takes, within a heap of 1 GB, grows with the number of hosts; and that of two rivals. */
export async function measureGrowth(scene: Scene, sizes: readonly number[] = SIZES): Promise<GrowthPoint[]> {
  const points: GrowthPoint[] = [];
  for (const hosts of sizes) points.push(...(await grownTo(hosts, scene)));
  return points;
}

async function grownTo(hosts: number, scene: Scene): Promise<GrowthPoint[]> {
  const workload = hostRoutes('W4', hosts);
  const lab = await buildBench(workload, scene);
  try {
    const jobs = prepare(lab, workload.profile, workload.hosts, scene);
    const rounds = Math.min(scene.runs, hosts >= ONE_RUN_FROM ? 1 : MOST_RUNS);
    const measured = new Map<Grower, Measured[]>();
    const failures = new Map<Grower, string>();
    for (let round = 0; round < rounds; round++) {
      for (const { what, argv, leaves } of jobs) {
        const one = await attempt(lab, scene, argv, failures, what);
        if (one === null) return pointsOf(hosts, jobs, measured, failures);
        measured.set(what, [...(measured.get(what) ?? []), one]);
        scene.say(`growth, ${workload.title}, ${round + 1}/${rounds}: ${what}: ${one.wallMs.toFixed(1)} ms`);
        await expectRoutes(lab, what, leaves);
        if (leaves > 0 && what !== 'parp apply') await clear(lab);
      }
    }
    return pointsOf(hosts, jobs, measured, failures);
  } finally {
    await lab.destroy();
  }
}

interface Job {
  readonly what: Grower;
  readonly argv: readonly string[];
  /** How many host routes there are then. */
  readonly leaves: number;
}

/** parp comes last: what it does not get done nobody has to clean up. */
function prepare(lab: Lab, profile: string, hosts: readonly string[], { root, installed }: Scene): Job[] {
  const write = (name: string, text: string): string => {
    const path = join(lab.folder, name);
    writeFileSync(path, text);
    return path;
  };
  const all = (line: (host: string) => string): string => hosts.map((host) => `${line(host)}\n`).join('');
  write(
    'bench.hosts',
    all((host) => host),
  );
  const yaml = write('bench.yaml', profile);
  const addresses = 'addr add 10.0.0.1/8 dev v0\naddr add 10.0.0.1/32 dev v1\n';
  const batch = write('batch', addresses + all((host) => `route add ${host}/32 dev v1 src 10.0.0.1 proto 97 scope link`));
  const program = [NODE, `--max-old-space-size=${HEAP_MB}`, join(root, 'dist/parp.js')];
  const jobs: Job[] = [{ what: 'ip -batch alone', argv: ['ip', '-batch', batch], leaves: hosts.length }];
  if (installed.tools !== null) {
    const list = write('list', `address v0 10.0.0.1 8 0\naddress v1 10.0.0.1 32 0\n${all((host) => `route v1 ${host} 32 10.0.0.1`)}`);
    jobs.push({ what: 'C (the limit)', argv: [installed.tools.limit, 'add', list], leaves: hosts.length });
  }
  jobs.push({ what: 'parp apply', argv: [...program, 'apply', yaml, ...APPLY_FLAGS], leaves: hosts.length });
  jobs.push({ what: 'parp remove', argv: [...program, 'remove', '--all'], leaves: 0 });
  return jobs;
}

async function attempt(
  lab: Lab,
  scene: Scene,
  argv: readonly string[],
  failures: Map<Grower, string>,
  what: Grower,
): Promise<Measured | null> {
  try {
    return await measure(lab, scene.installed.tools, argv);
  } catch (error) {
    if (!(error instanceof RunFailed)) throw error;
    failures.set(what, error.reason);
    scene.say(`growth: ${error.message}`);
    return null;
  }
}

function pointsOf(
  hosts: number,
  jobs: readonly Job[],
  measured: ReadonlyMap<Grower, readonly Measured[]>,
  failures: ReadonlyMap<Grower, string>,
): GrowthPoint[] {
  return jobs.map(({ what }) => {
    const failure = failures.get(what) ?? null;
    const runs = measured.get(what) ?? [];
    if (failure !== null || runs.length === 0) return { hosts, what, summary: null, failure: failure ?? 'not run: parp apply failed' };
    return { hosts, what, summary: summarise(runs), failure: null };
  });
}

async function expectRoutes(lab: Lab, what: string, wanted: number): Promise<void> {
  const { stdout } = await lab.run(ROUTER, ['sh', '-c', 'ip -4 route show proto 97 | wc -l']);
  if (Number(stdout) !== wanted) throw new Error(`${what} left ${stdout.trim()} routes instead of ${wanted}`);
}

async function clear(lab: Lab): Promise<void> {
  const lines = ['route flush table main proto 97', 'addr flush dev v0', 'addr flush dev v1'];
  await lab.batch(ROUTER, lines);
  rmSync(lab.stateDir, { recursive: true, force: true });
  await expectRoutes(lab, 'Clearing', 0);
}
