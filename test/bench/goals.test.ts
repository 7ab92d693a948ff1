import { describe, expect, it } from 'vitest';
import type { ContestantName, Task } from '../../bench/contestant.ts';
import { goalsOf, milliseconds } from '../../bench/goals.ts';
import { extrapolated, median, summarise, type GrowthPoint, type Results, type Summary } from '../../bench/results.ts';
import { workload, type WorkloadName } from '../../bench/workload.ts';

const took = (wallMs: number, rest: Partial<Summary> = {}): Summary => ({
  runs: 1,
  wallMs,
  cpuMs: null,
  peakKb: null,
  sendingRate: null,
  wholeRate: null,
  ...rest,
});

type Row = readonly [ContestantName, Partial<Record<Task, Summary>>];

function resultsOf(rows: Partial<Record<WorkloadName, readonly Row[]>>, growth: readonly GrowthPoint[] = []): Results {
  const workloads = (Object.entries(rows) as [WorkloadName, readonly Row[]][]).map(([name, entries]) => ({
    workload: workload(name),
    entries: entries.map(([contestant, tasks]) => ({ contestant, scale: 1, tasks })),
    same: '',
  }));
  return { workloads, growth };
}

const verdict = (results: Results, what: string, wanted = ''): string | undefined =>
  goalsOf(results).find((goal) => goal.what === what && goal.wanted.includes(wanted))?.verdict;

describe('median()', () => {
  it.each([
    [[3], 3],
    [[9, 1, 2], 2],
    [[4, 1, 2, 9], 3],
  ])('of %j is %d', (values, middle) => {
    expect(median(values)).toBe(middle);
  });

  it('refuses nothing', () => {
    expect(() => median([])).toThrow(RangeError);
  });
});

describe('extrapolated()', () => {
  it('multiplies times but for the start, and leaves memory as it is', () => {
    const one = { wallMs: 110, cpuMs: 60, peakKb: 2048, frames: null, sendingMs: null };
    const start = { ...one, wallMs: 100, cpuMs: 50, peakKb: 1024 };
    expect(extrapolated(one, start, 20)).toEqual({ ...one, wallMs: 300, cpuMs: 250 });
  });
});

describe('summarise()', () => {
  it('takes the median of each figure by itself, and has none of what was not measured', () => {
    const runs = [10, 30, 20].map((wallMs) => ({ wallMs, cpuMs: null, peakKb: 2048 - wallMs, frames: null, sendingMs: null }));
    expect(summarise(runs)).toEqual({ runs: 3, wallMs: 20, cpuMs: null, peakKb: 2028, sendingRate: null, wholeRate: null });
  });

  it('gives frames a second while sending and over the whole', () => {
    const { sendingRate, wholeRate } = summarise([{ wallMs: 400, cpuMs: null, peakKb: null, frames: 20_000, sendingMs: 100 }]);
    expect([sendingRate, wholeRate]).toEqual([200_000, 50_000]);
  });
});

describe('goalsOf()', () => {
  it('has nothing to say of what was not measured', () => {
    expect(goalsOf(resultsOf({})).map((goal) => goal.verdict)).toEqual(Array(14).fill('not measured'));
  });

  it.each([
    [90, 'reached'],
    [90.1, 'not reached'],
  ])('W1 in %d ms beside a node of 20 ms is %s', (ms, expected) => {
    const results = resultsOf({
      W1: [
        ['node -e 0', { cold: took(20) }],
        ['parp', { cold: took(ms) }],
      ],
    });
    expect(verdict(results, 'W1 cold')).toBe(expected);
  });

  it('compares W4 with ip -batch, with the limit, and its memory with 300 MB', () => {
    const results = resultsOf({
      W4: [
        ['parp', { cold: took(700, { peakKb: 301 * 1024 }), again: took(500) }],
        ['ip -batch alone', { cold: took(1000) }],
        ['C (the limit)', { cold: took(180) }],
      ],
    });
    expect(verdict(results, 'W4 cold', 'alone')).toBe('reached');
    expect(verdict(results, 'W4 with nothing to do')).toBe('not reached');
    expect(verdict(results, 'W4 cold', 'limit')).toBe('reached');
    expect(verdict(results, 'W4 cold, peak memory')).toBe('not reached');
  });

  it('takes the start of node from W2, W3, W5 and W6', () => {
    const rows = (ms: number): Row[] => [
      ['node -e 0', { cold: took(20) }],
      ['parp', { cold: took(ms) }],
      ['ip -batch, sysctl -p', { cold: took(100) }],
    ];
    const results = resultsOf({ W2: rows(140), W6: rows(141) });
    expect(verdict(results, 'W2 cold, without the start of node')).toBe('reached');
    expect(verdict(results, 'W6 cold, without the start of node')).toBe('not reached');
  });

  it('tells a million hosts that did not fit from those that were not tried', () => {
    const point = (what: 'parp apply' | 'parp remove', summary: Summary | null): GrowthPoint => ({
      hosts: 1_000_000,
      what,
      summary,
      failure: summary === null ? 'out of memory' : null,
    });
    const results = resultsOf({}, [point('parp apply', took(5000)), point('parp remove', null)]);
    expect(verdict(results, '1,000,000 hosts, apply')).toBe('reached');
    expect(verdict(results, '1,000,000 hosts, remove')).toBe('not reached');
    expect(goalsOf(results).at(-1)?.found).toBe('out of memory');
  });
});

describe('milliseconds()', () => {
  it.each([
    [1.04, '1.0 ms'],
    [99.94, '99.9 ms'],
    [1234.5, '1,235 ms'],
    [20_850, '20.9 s'],
    [3_188_406, '3,188 s'],
  ])('writes %d as %s', (ms, text) => {
    expect(milliseconds(ms)).toBe(text);
  });
});
