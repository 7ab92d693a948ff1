import type { ContestantName, Task } from './contestant.ts';
import type { Measured } from './measure.ts';
import type { Share } from './profile.ts';
import type { Workload, WorkloadName } from './workload.ts';

/** Medians of some runs of one thing. */
export interface Summary {
  readonly runs: number;
  readonly wallMs: number;
  readonly cpuMs: number | null;
  readonly peakKb: number | null;
  /** Frames a second: while the interface sent, and over the whole process. */
  readonly sendingRate: number | null;
  readonly wholeRate: number | null;
}

export interface Entry {
  readonly contestant: ContestantName;
  /** 1, or how many times the whole is what was run. */
  readonly scale: number;
  readonly tasks: Partial<Readonly<Record<Task, Summary>>>;
}

export interface WorkloadResult {
  readonly workload: Workload;
  readonly entries: readonly Entry[];
  /** What every contestant did, counted: `leaves 1,000 routes, …`. */
  readonly same: string;
  /** Where the time of parp's cold run goes, in one more run under the profiler. */
  readonly profile?: readonly Share[];
}

export const GROWERS = ['parp apply', 'parp remove', 'ip -batch alone', 'C (the limit)'] as const;
export type Grower = (typeof GROWERS)[number];

export interface GrowthPoint {
  readonly hosts: number;
  readonly what: Grower;
  /** Null where it failed, and then why. */
  readonly summary: Summary | null;
  readonly failure: string | null;
}

export interface Results {
  readonly workloads: readonly WorkloadResult[];
  readonly growth: readonly GrowthPoint[];
}

/** The middle value, or the mean of the two in the middle. Throws `RangeError` for none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[sorted.length >> 1];
  const lower = sorted[(sorted.length - 1) >> 1];
  if (upper === undefined || lower === undefined) throw new RangeError('There is no median of nothing');
  return (lower + upper) / 2;
}

/** What the whole would take, of which `one` did a part: `scale` times as long but for the start. Memory is that of the part. */
export function extrapolated(one: Measured, start: Measured, scale: number): Measured {
  const whole = (part: number, idle: number): number => idle + Math.max(0, part - idle) * scale;
  return {
    ...one,
    wallMs: whole(one.wallMs, start.wallMs),
    cpuMs: one.cpuMs === null || start.cpuMs === null ? null : whole(one.cpuMs, start.cpuMs),
  };
}

/** The median of each figure by itself. */
export function summarise(runs: readonly Measured[]): Summary {
  const of = (value: (run: Measured) => number | null): number | null => {
    const values = runs.map(value).filter((one) => one !== null);
    return values.length === 0 ? null : median(values);
  };
  return {
    runs: runs.length,
    wallMs: median(runs.map(({ wallMs }) => wallMs)),
    cpuMs: of((run) => run.cpuMs),
    peakKb: of((run) => run.peakKb),
    sendingRate: of(({ frames, sendingMs }) =>
      frames === null || sendingMs === null || sendingMs === 0 ? null : (frames / sendingMs) * 1000,
    ),
    wholeRate: of(({ frames, wallMs }) => (frames === null ? null : (frames / wallMs) * 1000)),
  };
}

export function summaryOf(results: Results, name: WorkloadName, contestant: ContestantName, task: Task = 'cold'): Summary | undefined {
  const found = results.workloads.find(({ workload }) => workload.name === name);
  return found?.entries.find((entry) => entry.contestant === contestant)?.tasks[task];
}
