import { WORKLOAD_NAMES, type WorkloadName } from './workload.ts';

/** Besides the workloads: how time grows with the number of hosts. */
export const GROWTH = 'growth';

export interface Options {
  readonly workloads: readonly WorkloadName[];
  readonly growth: boolean;
  /** How often each thing is run. */
  readonly runs: number;
  readonly write: boolean;
  readonly help: boolean;
}

const USAGE = `npm run bench -- [--quick] [--write] [W1 … W7] [growth]

  W1 … W7, growth   these alone; without any, all of them
  --quick           one run of each instead of five (PARP_BENCH_RUNS)
  --write           the results become docs/performance.md, with a plot beside it`;

export function usage(): string {
  return USAGE;
}

/** What the command line and the environment ask for, or a sentence that says what is wrong with it. */
export function parseOptions(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Options | string {
  const flags = args.filter((arg) => arg.startsWith('-'));
  const names = args.filter((arg) => !arg.startsWith('-'));
  const unknown = flags.find((flag) => !['--quick', '--write', '--help', '-h'].includes(flag));
  if (unknown !== undefined) return `There is no option "${unknown}"`;
  const wanted = new Set(names.map((name) => name.toLowerCase()));
  const known = new Set([...WORKLOAD_NAMES.map((name) => name.toLowerCase()), GROWTH]);
  const stray = [...wanted].find((name) => !known.has(name));
  if (stray !== undefined) return `There is no workload "${stray}": they are ${[...WORKLOAD_NAMES, GROWTH].join(', ')}`;
  const write = flags.includes('--write');
  if (write && wanted.size > 0) return '--write takes no workloads: the page shows all of them';
  const runs = flags.includes('--quick') ? 1 : parseRuns(env['PARP_BENCH_RUNS']);
  if (runs === null) return `PARP_BENCH_RUNS is a whole number from 1 to 1000, not "${env['PARP_BENCH_RUNS'] ?? ''}"`;
  return {
    workloads: WORKLOAD_NAMES.filter((name) => wanted.size === 0 || wanted.has(name.toLowerCase())),
    growth: wanted.size === 0 || wanted.has(GROWTH),
    runs,
    write,
    help: flags.includes('--help') || flags.includes('-h'),
  };
}

const USUAL_RUNS = 5;

function parseRuns(text: string | undefined): number | null {
  if (text === undefined || text === '') return USUAL_RUNS;
  return /^(?:[1-9]\d{0,2}|1000)$/.test(text) ? Number(text) : null;
}
