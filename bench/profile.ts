import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** What part of a run's time went where, as V8's sampling profiler saw it. */
export interface Share {
  readonly stage: string;
  readonly ms: number;
}

/** What V8 writes with --cpu-prof, as far as it is read here; times in microseconds. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** By the names of parp's functions: what runs below one of them is of its stage, but for what a nearer one claims. */
const STAGES: Readonly<Record<string, readonly string[]>> = {
  'the kernel, taking and listing': ['send', 'receive', 'openSync', 'writeSync', 'closeSync', 'readSync', 'fsyncSync'],
  'reading the profile': ['loadProfiles'],
  'reading the host': ['observe'],
  'what the profile wants of it': ['desire'],
  planning: ['makePlan', 'planOn'],
  'who will be answered, and risks': ['withConsequences'],
  'showing the plan': ['printPlan'],
  'asking whether it can be written': ['requireWritable'],
  'the journal': ['encodeJournal', 'readBack', 'placeFile', 'mark'],
  'messages to the kernel and its answers': ['writeOperations', 'write'],
  verifying: ['remaining', 'breaches'],
  'reading the records': ['recover'],
  'who is not to be cut off': ['operatorPeers'],
  'garbage collection': ['(garbage collector)'],
};
const REST = 'start of Node, loading code, and the rest';

const STAGE_OF: ReadonlyMap<string, string> = new Map(
  Object.entries(STAGES).flatMap(([stage, names]) => names.map((name) => [name, stage] as const)),
);

/** The stages of a run by the time they took, the longest first. */
export function sharesOf({ nodes, samples, timeDeltas }: CpuProfile): Share[] {
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const names = new Map(nodes.map(({ id, callFrame }) => [id, plainName(callFrame.functionName)]));
  const stages = new Map<number, string>();
  const stageOf = (id: number): string => {
    const known = stages.get(id) ?? STAGE_OF.get(names.get(id) ?? '');
    const parent = parents.get(id);
    const stage = known ?? (parent === undefined ? REST : stageOf(parent));
    stages.set(id, stage);
    return stage;
  };
  const times = new Map<string, number>();
  for (const [at, id] of samples.entries()) {
    const stage = stageOf(id);
    times.set(stage, (times.get(stage) ?? 0) + (timeDeltas[at] ?? 0) / 1000);
  }
  return [...times].map(([stage, ms]) => ({ stage, ms })).sort((a, b) => b.ms - a.ms);
}

/** Without what the bundler adds to names that occur twice, and without the mark of a private method. */
function plainName(name: string): string {
  return name.replace(/\d+$/, '').replace(/^#/, '');
}

/** Lets `run` run a program with flags for Node that make it profile itself. */
export async function profiled(folder: string, run: (flags: readonly string[]) => Promise<void>): Promise<Share[]> {
  const to = mkdtempSync(join(folder, 'profile-'));
  try {
    await run(['--cpu-prof', '--cpu-prof-interval=200', `--cpu-prof-dir=${to}`]);
    const [file] = readdirSync(to);
    if (file === undefined) throw new Error('Node wrote no profile');
    return sharesOf(JSON.parse(readFileSync(join(to, file), 'utf8')) as CpuProfile);
  } finally {
    rmSync(to, { recursive: true, force: true });
  }
}
