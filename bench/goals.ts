import { summaryOf, type Results, type Summary } from './results.ts';
import { group, type WorkloadName } from './workload.ts';

export interface Goal {
  readonly what: string;
  readonly wanted: string;
  readonly found: string;
  readonly verdict: 'reached' | 'not reached' | 'not measured';
}

/** What parp wants to be, and what it was found to be in this very run. */
export function goalsOf(results: Results): Goal[] {
  const node = (name: WorkloadName): Summary | undefined => summaryOf(results, name, 'node -e 0');
  const parp = (name: WorkloadName): Summary | undefined => summaryOf(results, name, 'parp');
  const pair = (name: WorkloadName): Summary | undefined => summaryOf(results, name, 'ip -batch, sysctl -p');
  const alone = summaryOf(results, 'W4', 'ip -batch alone');
  const limit = summaryOf(results, 'W4', 'C (the limit)');
  const again = summaryOf(results, 'W4', 'parp', 'again');
  const peak = parp('W4')?.peakKb ?? null;
  const rate = parp('W7')?.sendingRate ?? null;
  const arping = summaryOf(results, 'W7', 'arping in a loop')?.wholeRate ?? null;
  return [
    atMost(
      'W1 cold',
      '1.5 × node -e 0 + 60 ms',
      parp('W1')?.wallMs,
      from(node('W1'), (ms) => 1.5 * ms + 60),
      milliseconds,
    ),
    times('parp --version', 1.6, 'node -e 0', summaryOf(results, 'W1', 'parp --version'), node('W1')),
    times('W4 cold', 0.8, 'ip -batch alone', parp('W4'), alone),
    times('W4 with nothing to do', 0.4, 'ip -batch alone', again, alone),
    times('W4 cold', 4, 'the limit', parp('W4'), limit),
    atMost('W4 cold, peak memory', '300 MB', peak === null ? undefined : peak / 1024, 300, (mb) => `${group(Math.round(mb))} MB`),
    ...(['W2', 'W3', 'W5', 'W6'] as const).map((name) =>
      atMost(
        `${name} cold, without the start of node`,
        '1.2 × ip -batch, sysctl -p',
        both(parp(name)?.wallMs, node(name)?.wallMs, (whole, start) => whole - start),
        from(pair(name), (ms) => 1.2 * ms),
        milliseconds,
      ),
    ),
    atLeast('W7 while it sends', '200,000 frames/s', rate, 200_000),
    atLeast('W7 while it sends', '1,000 × arping in a loop', rate, arping === null ? null : 1000 * arping),
    ...(['parp apply', 'parp remove'] as const).map((what) => million(results, what)),
  ];
}

function times(what: string, factor: number, whose: string, mine: Summary | undefined, other: Summary | undefined): Goal {
  const ratio = both(mine?.wallMs, other?.wallMs, (a, b) => a / b);
  return atMost(what, `${factor} × ${whose}`, ratio, factor, (found) => `${found.toFixed(2)} ×`);
}

function atMost(what: string, wanted: string, found: number | undefined, most: number | undefined, show: (value: number) => string): Goal {
  if (found === undefined || most === undefined) return { what, wanted: `≤ ${wanted}`, found: '–', verdict: 'not measured' };
  const bound = /[×+]/.test(wanted) && show === milliseconds ? ` (≤ ${milliseconds(most)})` : '';
  return { what, wanted: `≤ ${wanted}`, found: `${show(found)}${bound}`, verdict: found <= most ? 'reached' : 'not reached' };
}

function atLeast(what: string, wanted: string, found: number | null, least: number | null): Goal {
  if (found === null || least === null) return { what, wanted: `≥ ${wanted}`, found: '–', verdict: 'not measured' };
  return {
    what,
    wanted: `≥ ${wanted}`,
    found: `${group(Math.round(found))} frames/s`,
    verdict: found >= least ? 'reached' : 'not reached',
  };
}

const MILLION = 1_000_000;

function million(results: Results, what: 'parp apply' | 'parp remove'): Goal {
  const claim = `1,000,000 hosts, ${what.slice('parp '.length)}`;
  const wanted = 'within a heap of 1 GB';
  const point = results.growth.find((one) => one.hosts === MILLION && one.what === what);
  if (point === undefined) return { what: claim, wanted, found: '–', verdict: 'not measured' };
  if (point.summary === null) return { what: claim, wanted, found: point.failure ?? 'failed', verdict: 'not reached' };
  return { what: claim, wanted, found: milliseconds(point.summary.wallMs), verdict: 'reached' };
}

function from(summary: Summary | undefined, value: (ms: number) => number): number | undefined {
  return summary === undefined ? undefined : value(summary.wallMs);
}

function both(a: number | undefined, b: number | undefined, value: (a: number, b: number) => number): number | undefined {
  return a === undefined || b === undefined ? undefined : value(a, b);
}

/** No more figures than the measurement is good for: `53.1 ms`, `1,204 ms`, `20.9 s`, `3,188 s`. */
export function milliseconds(ms: number): string {
  if (ms >= 10_000) return `${ms < 100_000 ? (ms / 1000).toFixed(1) : group(Math.round(ms / 1000))} s`;
  return `${ms < 100 ? ms.toFixed(1) : group(Math.round(ms))} ms`;
}
