import { TASKS, type Task } from './contestant.ts';
import { goalsOf, milliseconds } from './goals.ts';
import type { Share } from './profile.ts';
import { GROWERS, type Entry, type Results, type Summary, type WorkloadResult } from './results.ts';
import { group } from './workload.ts';

/** A heading and rows of cells, all as long as the heading. */
export interface Table {
  readonly heading: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const WORDS: Readonly<Record<Task, string>> = { cold: 'cold', again: 'nothing to do', plan: 'read-only' };

/** Wall time with its ratio to parp's, processor time, peak memory, for each task that anybody was given. */
export function configuringTable({ entries }: WorkloadResult): Table {
  const tasks = TASKS.filter((task) => entries.some((entry) => entry.tasks[task] !== undefined));
  const parp = entries.find(({ contestant }) => contestant === 'parp');
  return {
    heading: ['', ...tasks.flatMap((task) => [WORDS[task], '× parp', 'CPU', 'peak'])],
    rows: entries.map((entry) => [named(entry), ...tasks.flatMap((task) => cells(entry.tasks[task], parp?.tasks[task]))]),
  };
}

function named({ contestant, scale }: Entry): string {
  return scale === 1 ? contestant : `${contestant} (1 in ${scale.toFixed(scale < 10 ? 1 : 0)}, extrapolated)`;
}

function cells(summary: Summary | undefined, parp: Summary | undefined): string[] {
  if (summary === undefined) return ['–', '–', '–', '–'];
  const { wallMs, cpuMs, peakKb } = summary;
  const ratio = parp === undefined ? '–' : (wallMs / parp.wallMs).toFixed(2);
  return [milliseconds(wallMs), ratio, cpuMs === null ? '–' : milliseconds(cpuMs), peakKb === null ? '–' : megabytes(peakKb)];
}

/** The stages that take at least a hundredth of the run. */
export function profileTable(profile: readonly Share[]): Table {
  const total = profile.reduce((sum, { ms }) => sum + ms, 0);
  return {
    heading: ['where the time goes', 'time', 'share'],
    rows: profile
      .filter(({ ms }) => ms >= total / 100)
      .map(({ stage, ms }) => [stage, milliseconds(ms), `${Math.round((100 * ms) / total)} %`]),
  };
}

export function announcingTable({ entries }: WorkloadResult): Table {
  const parp = entries.find(({ contestant }) => contestant === 'parp')?.tasks.cold;
  const rate = (found: number | null | undefined): string => (found === null || found === undefined ? '–' : group(Math.round(found)));
  const ratio = (mine: number | null | undefined): string =>
    mine === null || mine === undefined || typeof parp?.wholeRate !== 'number' ? '–' : (mine / parp.wholeRate).toPrecision(2);
  return {
    heading: ['', 'frames/s while sending', 'frames/s, whole process', '× parp', 'time', 'CPU', 'peak'],
    rows: entries.map(({ contestant, tasks: { cold } }) => {
      // One frame a process: there is no time from the first to the last.
      const sending = contestant === 'arping in a loop' ? null : cold?.sendingRate;
      const rest = cells(cold, undefined);
      return [contestant, rate(sending), rate(cold?.wholeRate), ratio(cold?.wholeRate), rest[0] ?? '', rest[2] ?? '', rest[3] ?? ''];
    }),
  };
}

export function growthTable({ growth }: Results): Table {
  const sizes = [...new Set(growth.map(({ hosts }) => hosts))];
  return {
    heading: ['hosts', ...GROWERS.flatMap((what) => [what, 'peak'])],
    rows: sizes.map((hosts) => [
      group(hosts),
      ...GROWERS.flatMap((what) => {
        const point = growth.find((one) => one.hosts === hosts && one.what === what);
        if (point === undefined) return ['–', '–'];
        if (point.summary === null) return ['failed', '–'];
        const { wallMs, peakKb } = point.summary;
        return [milliseconds(wallMs), peakKb === null ? '–' : megabytes(peakKb)];
      }),
    ]),
  };
}

export function goalsTable(results: Results): Table {
  return {
    heading: ['goal', 'wanted', 'found', ''],
    rows: goalsOf(results).map(({ what, wanted, found, verdict }) => [what, wanted, found, verdict]),
  };
}

export function megabytes(kb: number): string {
  const mb = kb / 1024;
  return `${mb < 10 ? mb.toFixed(1) : group(Math.round(mb))} MB`;
}

/** For a terminal: the first column to the left, the others to the right. */
export function plainTable({ heading, rows }: Table, left: readonly number[] = [0]): string {
  const all = [heading, ...rows];
  const widths = heading.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (left.includes(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  return all.map((row) => `  ${line(row)}\n`).join('');
}

export function markdownTable({ heading, rows }: Table, left: readonly number[] = [0]): string {
  const line = (row: readonly string[]): string => `| ${row.join(' | ')} |\n`;
  const rule = heading.map((_, column) => (left.includes(column) ? '---' : '--:'));
  return [heading, rule, ...rows].map(line).join('');
}
