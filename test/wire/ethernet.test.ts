import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { macFromBytes } from '../../src/net/mac.ts';
import { decodeEthernet, encodeEthernet } from '../../src/wire/ethernet.ts';

describe('decodeEthernet()', () => {
  it('is the inverse of encodeEthernet()', () => {
    const macs = fc.uint8Array({ minLength: 6, maxLength: 6 }).map(macFromBytes);
    const frames = fc.record({
      destination: macs,
      source: macs,
      etherType: fc.integer({ min: 0, max: 0xffff }),
      payload: fc.uint8Array({ maxLength: 64 }),
    });
    fc.assert(
      fc.property(frames, (frame) => {
        expect(decodeEthernet(encodeEthernet(frame))).toEqual({ ok: true, value: frame });
      }),
    );
  });

  it('says too-short without a whole header', () => {
    for (let length = 0; length < 14; length++) expect(decodeEthernet(new Uint8Array(length))).toEqual({ ok: false, reason: 'too-short' });
    expect(decodeEthernet(new Uint8Array(14)).ok).toBe(true);
  });
});
