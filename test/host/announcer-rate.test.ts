// The promise: however the frames are packed into system calls, and whatever stalls the process, the wire sees no more of them than the
// rate allows, and 20 ms worth that a stall may save up.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TokenBucket } from '../../src/host/announcer.ts';
import { useAnnouncingPair } from '../support/announcing-pair.ts';
import { capture } from '../support/capture.ts';
import { MAC_A, WITHOUT_ROOT } from '../support/pair.ts';

/** What a bucket holds at most. */
const depth = (rate: number): number => Math.max((rate * 20) / 1000, 1 + (rate * 10) / 1000);

/** The most frames beyond the rate that any span of time saw, given when each frame went, in milliseconds. */
function excess(times: readonly number[], rate: number): number {
  let most = 0;
  // How full the bucket would have had to be: what a frame puts in runs out at the rate.
  let level = 0;
  let last = times[0] ?? 0;
  for (const time of times) {
    level = Math.max(0, level - ((time - last) * rate) / 1000) + 1;
    last = time;
    most = Math.max(most, level);
  }
  return most;
}

describe('TokenBucket', () => {
  it('keeps to the rate and 20 ms more, whatever stalls there are before and in the middle of batches', () => {
    const moments = fc.array(
      fc.record({
        before: fc.double({ min: 0, max: 60, noNaN: true }),
        within: fc.double({ min: 0, max: 60, noNaN: true }),
        share: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      { minLength: 1, maxLength: 60 },
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), moments, (rate, moments) => {
        let now = 1000;
        const bucket = new TokenBucket(rate, () => now);
        const times: number[] = [];
        for (const { before, within, share } of moments) {
          now += before;
          const allowed = bucket.allowed();
          if (allowed === 0) continue;
          expect(allowed).toBeLessThanOrEqual(depth(rate) + 1e-6);
          now += within;
          // A hundred stand for a batch: the rest of it at once is what counts.
          const frames = Math.ceil(allowed * Math.max(share, 1e-9));
          for (let i = 0; i < Math.min(frames, 100); i++) times.push(now);
          bucket.take(Math.min(frames, 100));
        }
        expect(excess(times, rate)).toBeLessThanOrEqual(depth(rate) + 1e-3);
      }),
    );
  });

  it.each([1, 7, 50, 1000, 3000, 250_000])('at %i a second gives all that the rate allows to who asks as often as he is told', (rate) => {
    let now = 0;
    const bucket = new TokenBucket(rate, () => now);
    let frames = 0;
    const until = 10_000;
    while (now < until) {
      const allowed = bucket.allowed();
      bucket.take(allowed);
      frames += allowed;
      // Timers count whole milliseconds, and are late.
      now += Math.max(1, bucket.waitMs()) + 0.4;
    }
    expect(frames).toBeGreaterThanOrEqual(Math.floor((until * rate) / 1000) - Math.ceil((rate * 2) / 1000));
  });

  it('lets everything go where there is no limit', () => {
    const bucket = new TokenBucket(null);
    bucket.take(1e9);
    expect([bucket.allowed(), bucket.waitMs()]).toEqual([Infinity, 0]);
  });
});

describe.skipIf(WITHOUT_ROOT)('announce() at a rate (needs root for network namespaces)', () => {
  const { lab, onA } = useAnnouncingPair(
    `const stall = (ms) => { const until = performance.now() + ms; while (performance.now() < until); };`,
  );

  it.each([
    { rate: 200, addresses: '10.9.0.0/26', stallEvery: 8 },
    { rate: 1000, addresses: '10.9.0.0/24', stallEvery: 10 },
    { rate: 20_000, addresses: '10.9.0.0/20', stallEvery: 4 },
  ])('$rate a second holds on the wire, though the process stalls at the worst moments', async ({ rate, addresses, stallEvery }) => {
    const wire = await capture(lab(), 'b', 'eth0');
    const outcome = await onA(`
      let batches = 0;
      const beforeBatch = () => { if (++batches % ${stallEvery} === 0) stall(batches % ${2 * stallEvery} === 0 ? 45 : 15); };
      const options = { rounds: 1, spacingMs: 0, form: 'request', rate: ${rate} };
      print(await announce([{ interface: 'eth0', addresses: ['${addresses}'] }], options, { beforeBatch }));
    `);
    const times = (await wire.frames()).filter(({ source }) => source === MAC_A).map(({ at }) => at * 1000);
    expect(outcome).toMatchObject({ complete: true, interfaces: [{ sent: times.length }] });
    // Half a frame for what the wall clock is corrected by, and for whole microseconds.
    expect(excess(times, rate)).toBeLessThanOrEqual(depth(rate) + 0.5);
  });

  it('the next round begins `spacing` after the first frames of the one before, though those were late', async () => {
    const wire = await capture(lab(), 'b', 'eth0');
    await onA(`
      let batches = 0;
      const beforeBatch = () => { if (++batches === 1) stall(200); };
      const options = { rounds: 2, spacingMs: 300, form: 'both', rate: 1000 };
      print(await announce([{ interface: 'eth0', addresses: ['10.9.0.1', '10.9.0.2'] }], options, { beforeBatch }));
    `);
    const first = (await wire.frames()).filter(
      ({ source, senderIp, operation }) => source === MAC_A && senderIp === '10.9.0.1' && operation === 1,
    );
    expect(first).toHaveLength(2);
    expect((first[1]?.at ?? 0) - (first[0]?.at ?? 0)).toBeGreaterThanOrEqual(0.3);
  });

  it('ends at once when the signal comes, with what the wire saw counted', async () => {
    const wire = await capture(lab(), 'b', 'eth0');
    const outcome = await onA(`
      const controller = new AbortController();
      const signal = controller.signal;
      let batches = 0;
      let before = 0;
      const beforeBatch = () => batches++;
      setTimeout(() => { before = batches; controller.abort(); }, 200);
      const options = { rounds: 3, spacingMs: 0, form: 'request', rate: 2000 };
      const outcome = await announce([{ interface: 'eth0', addresses: ['10.9.0.0/16'] }], options, { signal, beforeBatch });
      print({ ...outcome, after: batches - before });
    `);
    const sent = (await wire.frames()).filter(({ source }) => source === MAC_A).length;
    expect(outcome).toMatchObject({ interrupted: true, complete: false, after: 0, interfaces: [{ sent, failed: 0, rounds: 0 }] });
    expect(sent).toBeGreaterThan(0);
  });
});
