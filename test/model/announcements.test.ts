import { describe, expect, it } from 'vitest';
import { announcedRanges, announceDuration, framesPerRound, jobsByInterface } from '../../src/model/announcements.ts';
import { ANNOUNCE_DEFAULTS } from '../../src/model/settings.ts';

const job = (name: string, ...addresses: string[]) => ({ interface: name, addresses });

describe('announcedRanges()', () => {
  it('takes addresses and prefixes in their order', () => {
    expect(announcedRanges(['10.0.0.9', '10.0.0.0/30'])).toEqual([
      { first: 0x0a000009, last: 0x0a000009 },
      { first: 0x0a000000, last: 0x0a000003 },
    ]);
  });

  it.each(['10.0.0.1/24', 'eth0', ''])('throws for "%s"', (text) => {
    expect(() => announcedRanges([text])).toThrow(TypeError);
  });
});

describe('jobsByInterface()', () => {
  it('joins what goes out of one interface', () => {
    const jobs = [job('eth0', '10.0.0.1'), job('eth1', '10.0.0.2'), job('eth0', '10.0.0.0/24')];
    expect(jobsByInterface(jobs)).toEqual([job('eth0', '10.0.0.1', '10.0.0.0/24'), job('eth1', '10.0.0.2')]);
  });
});

describe('framesPerRound()', () => {
  it.each([
    { form: 'request', frames: 257 },
    { form: 'reply', frames: 257 },
    { form: 'both', frames: 514 },
  ] as const)('is $frames for 257 addresses as $form', ({ form, frames }) => {
    expect(framesPerRound(job('eth0', '10.0.0.0/24', '10.0.1.0'), { ...ANNOUNCE_DEFAULTS, form })).toBe(frames);
  });
});

describe('announceDuration()', () => {
  it.each([
    { name: 'nothing', jobs: [], options: {}, duration: 0 },
    { name: 'no address', jobs: [job('eth0')], options: {}, duration: 0 },
    { name: 'one address: the spacing counts', jobs: [job('eth0', '10.0.0.1')], options: {}, duration: 2402 },
    { name: 'one round', jobs: [job('eth0', '10.0.0.0/24')], options: { rounds: 1 }, duration: 512 },
    { name: 'many addresses: the rate counts', jobs: [job('eth0', '10.0.0.0/16')], options: {}, duration: 3 * 131_072 },
    { name: 'interfaces side by side', jobs: [job('eth0', '10.0.0.1'), job('eth1', '10.0.0.2')], options: {}, duration: 2402 },
    {
      name: 'jobs of one interface one by one',
      jobs: [job('e', '10.0.0.0/24'), job('e', '10.0.1.0/24')],
      options: { rounds: 1 },
      duration: 1024,
    },
    { name: 'a slow rate', jobs: [job('eth0', '10.0.0.1')], options: { rounds: 2, rate: 1, form: 'request' as const }, duration: 2200 },
  ])('is $duration ms for $name', ({ jobs, options, duration }) => {
    expect(announceDuration(jobs, { ...ANNOUNCE_DEFAULTS, ...options })).toBe(duration);
  });

  it('with an unlimited rate is little more than the spacing', () => {
    const duration = announceDuration([job('eth0', '10.0.0.0/24')], { ...ANNOUNCE_DEFAULTS, rate: null });
    expect(duration).toBeGreaterThanOrEqual(2400);
    expect(duration).toBeLessThan(2500);
  });
});
