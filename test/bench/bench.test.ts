import { describe, expect, it, vi } from 'vitest';
import { bench } from '../../bench/bench.ts';
import { networkOf } from '../../bench/network.ts';
import { parseOptions } from '../../bench/options.ts';
import { apart, decades, growthPlot } from '../../bench/plot.ts';
import { markdownTable, plainTable } from '../../bench/table.ts';
import { everySecond, workload, WORKLOAD_NAMES } from '../../bench/workload.ts';

describe('bench()', () => {
  it('refuses a workload that does not exist before it touches anything', async () => {
    const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    expect(await bench(['W9'], '/')).toBe(3);
    expect(said.mock.calls.join('')).toContain('There is no workload "w9"');
    said.mockRestore();
  });
});

describe('parseOptions()', () => {
  it('takes everything five times without arguments', () => {
    expect(parseOptions([], {})).toEqual({ workloads: WORKLOAD_NAMES, growth: true, runs: 5, write: false, help: false });
  });

  it('takes what is named, in its own order', () => {
    expect(parseOptions(['W6', 'w4', '--quick'], {})).toMatchObject({ workloads: ['W4', 'W6'], growth: false, runs: 1 });
    expect(parseOptions(['growth'], { PARP_BENCH_RUNS: '7' })).toMatchObject({ workloads: [], growth: true, runs: 7 });
  });

  it.each([
    [['--fast'], {}],
    [['--write', 'W1'], {}],
    [[], { PARP_BENCH_RUNS: '0' }],
    [[], { PARP_BENCH_RUNS: '1e3' }],
  ])('refuses %j with %j', (args, env) => {
    expect(parseOptions(args, env)).toEqual(expect.any(String));
  });
});

describe('the workloads', () => {
  it('have hosts of which no two are one prefix', () => {
    expect(everySecond(3)).toEqual(['10.1.0.0', '10.1.0.2', '10.1.0.4']);
    expect(everySecond(1_000_000).at(-1)).toBe('10.31.132.126');
  });

  it('have a network with a MAC of its own for each of a thousand interfaces', () => {
    const { hosts, wires } = networkOf(workload('W5').links);
    const macs = Object.values(hosts).flatMap(({ links }) => Object.values(links).map(({ mac }) => mac));
    expect(wires).toHaveLength(1000);
    expect(new Set(macs).size).toBe(2000);
    expect(macs.every((mac) => /^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac ?? ''))).toBe(true);
  });
});

describe('the tables', () => {
  const table = {
    heading: ['', 'time'],
    rows: [
      ['parp', '5 ms'],
      ['ip', '12 ms'],
    ],
  };

  it('line up for a terminal', () => {
    expect(plainTable(table)).toBe('         time\n  parp   5 ms\n  ip    12 ms\n');
  });

  it('are Markdown for the page', () => {
    expect(markdownTable(table)).toBe('|  | time |\n| --- | --: |\n| parp | 5 ms |\n| ip | 12 ms |\n');
  });
});

describe('growthPlot()', () => {
  const summary = { runs: 1, wallMs: 50, cpuMs: null, peakKb: null, sendingRate: null, wholeRate: null };

  it('draws what was measured, and leaves out what failed', () => {
    const svg = growthPlot([
      { hosts: 1000, what: 'parp apply', summary, failure: null },
      { hosts: 100_000, what: 'parp apply', summary: { ...summary, wallMs: 5000 }, failure: null },
      { hosts: 1_000_000, what: 'parp apply', summary: null, failure: 'out of memory' },
    ]);
    expect(svg.match(/<circle/g)).toHaveLength(2);
    expect(svg).toContain('>parp apply</text>');
    expect(svg).not.toContain('>parp remove</text>');
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('is an empty frame where nothing was measured', () => {
    expect(growthPlot([])).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('has whole decades on its axes, and names that do not overlap', () => {
    expect(decades([1000, 1_000_000])).toEqual([1000, 10_000, 100_000, 1_000_000]);
    expect(decades([50])).toEqual([10, 100]);
    expect(apart([100, 20, 101])).toEqual([100, 20, 117]);
  });
});
