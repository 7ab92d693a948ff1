import { describe, expect, it } from 'vitest';
import { sharesOf, type CpuProfile } from '../../bench/profile.ts';

const node = (id: number, functionName: string, children: readonly number[] = []): CpuProfile['nodes'][number] => {
  return { id, callFrame: { functionName }, children };
};

describe('sharesOf()', () => {
  const nodes = [
    node(1, '(root)', [2, 7]),
    node(2, 'main', [3, 5]),
    node(3, 'makePlan', [4]),
    node(4, 'enter'),
    node(5, 'observe2', [6]),
    node(6, '#send'),
    node(7, '(garbage collector)'),
  ];

  it('gives the time of a sample to the nearest function that has a stage', () => {
    const shares = sharesOf({ nodes, samples: [2, 3, 4, 5, 6, 7, 4], timeDeltas: [1000, 2000, 3000, 4000, 5000, 6000, 7000] });
    expect(shares).toEqual([
      { stage: 'planning', ms: 12 },
      { stage: 'garbage collection', ms: 6 },
      { stage: 'the kernel, taking and listing', ms: 5 },
      { stage: 'reading the host', ms: 4 },
      { stage: 'start of Node, loading code, and the rest', ms: 1 },
    ]);
  });
});
