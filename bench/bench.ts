import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from '../src/lab/lab-error.ts';
import { mayMakeNamespaces } from '../src/lab/privileges.ts';
import { contest, type Scene } from './contest.ts';
import { absent, APPLY_FLAGS, findInstalled } from './contestant.ts';
import { measureGrowth } from './growth.ts';
import { busyness, machineLine } from './machine.ts';
import { buildTools } from './measure.ts';
import { parseOptions, usage, type Options } from './options.ts';
import { page } from './page.ts';
import { growthPlot } from './plot.ts';
import { recordsPlace } from './records.ts';
import type { GrowthPoint, Results, WorkloadResult } from './results.ts';
import { announcingTable, configuringTable, goalsTable, growthTable, plainTable, profileTable } from './table.ts';
import { workload } from './workload.ts';

const EXIT = { done: 0, failed: 1, usage: 3, refused: 4 } as const;

/** `npm run bench`: 0 when everything was measured, whatever the figures; 1, 3 and 4 as parp's own. */
export async function bench(args: readonly string[], root: string): Promise<number> {
  const options = parseOptions(args, process.env);
  if (typeof options === 'string') {
    process.stderr.write(`${options}\n\n${usage()}\n`);
    return EXIT.usage;
  }
  if (options.help) {
    process.stdout.write(`${usage()}\n`);
    return EXIT.done;
  }
  if (!mayMakeNamespaces()) {
    process.stderr.write('The benchmark builds network namespaces, and needs root (CAP_SYS_ADMIN, CAP_NET_ADMIN): sudo npm run bench\n');
    return EXIT.refused;
  }
  try {
    await measureAll(options, root);
    return EXIT.done;
  } catch (error) {
    const remedy = error instanceof LabError && error.remedy !== undefined ? `\n${error.remedy}` : '';
    process.stderr.write(`The benchmark ends here: ${error instanceof Error ? error.message : String(error)}${remedy}\n`);
    return EXIT.failed;
  }
}

async function measureAll(options: Options, root: string): Promise<void> {
  const installed = await findInstalled(await buildTools(root));
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  const records = recordsPlace();
  const scene: Scene = { root, installed, runs: options.runs, records, say };
  const machine = await machineLine();
  const busy = busyness();
  const missing = absent(installed);
  print(`${machine}\n${[...(busy === null ? [] : [busy]), ...missing].map((line) => `${line}\n`).join('')}`);
  print(
    `Medians of ${options.runs} (W1: ${4 * options.runs}); parp: apply ${APPLY_FLAGS.join(' ')}; × parp: as many times as long as parp\n`,
  );

  const workloads: WorkloadResult[] = [];
  for (const name of options.workloads) {
    const result = await contest(workload(name), scene);
    workloads.push(result);
    show(result);
  }
  const growth: GrowthPoint[] = options.growth ? await measureGrowth(scene) : [];
  const results: Results = { workloads, growth };
  if (options.growth) print(`growth: hosts, within a heap of 1 GB\n${plainTable(growthTable(results))}`);
  print(`goals\n${plainTable(goalsTable(results), [0, 1, 2, 3])}`);
  if (options.write) await writePage(root, results, page(results, { machine, busy, absent: missing, runs: options.runs, records }));
}

function show(result: WorkloadResult): void {
  const { workload: what, same, profile } = result;
  const table = what.kind === 'announce' ? announcingTable(result) : configuringTable(result);
  print(`${what.name} ${what.title} (each ${same})\n${plainTable(table)}`);
  if (profile !== undefined) print(plainTable(profileTable(profile), [0]));
}

async function writePage(root: string, results: Results, text: string): Promise<void> {
  // As `npm run format` would, which looks at every page.
  const { format, resolveConfig } = await import('prettier');
  const path = join(root, 'docs/performance.md');
  const formatted = await format(text, { ...(await resolveConfig(path)), parser: 'markdown' });
  writeFileSync(join(root, 'docs/performance-growth.svg'), growthPlot(results.growth));
  writeFileSync(path, formatted);
  print('Wrote docs/performance.md and docs/performance-growth.svg\n');
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
