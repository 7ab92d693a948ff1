import { describe, expect, it } from 'vitest';
import { decodeArp, decodeArpFrame, encodeArp, encodeArpFrame } from '../../src/wire/arp.ts';
import { decodeEthernet, encodeEthernet } from '../../src/wire/ethernet.ts';
import { bytesOf as frameOf, GOLDEN } from '../wire/golden-frames.ts';
import { fuzz, FUZZ_TIMEOUT, law, type Target } from './harness.ts';
import { material, mutatedFrame } from './mutate.ts';

const FROM = material(GOLDEN.flatMap(({ hex }) => [frameOf(hex), Buffer.concat([frameOf(hex), new Uint8Array(18)])]));

/** Whatever a packet socket may give: frames that lie, and bytes of any length that never were frames. */
const frames: Target<Uint8Array> = {
  name: 'arp-bytes',
  generate: (random) =>
    random.chance(0.2) ? random.bytes(random.chance(0.1) ? random.below(1600) : random.below(64)) : mutatedFrame(random, FROM),
  run(bytes) {
    const answer = decodeArpFrame(bytes);
    law(same(answer, decodeArpFrame(amidst(bytes, 0xff))), 'nothing beside the bytes is read');
    readParts(bytes);
    if (!answer.ok) {
      law(/^[a-z-]+$/.test(answer.reason), 'a refusal has a word');
      return 'refused';
    }
    law(startsWith(asEthernet(bytes, 14), encodeArpFrame(answer.value)), 'what is taken is written as it was');
    return 'accepted';
  },
};

function readParts(bytes: Uint8Array): void {
  const packet = decodeArp(bytes);
  if (packet.ok) law(startsWith(asEthernet(bytes, 0), encodeArp(packet.value)), 'a packet is written as it was');
  const ethernet = decodeEthernet(bytes);
  law(ethernet.ok === bytes.length >= 14, 'only the length counts for Ethernet');
  if (ethernet.ok) law(Buffer.compare(encodeEthernet(ethernet.value), bytes) === 0, 'an Ethernet frame is written as it was');
}

/** The same bytes as a part of a larger buffer that holds something else. */
function amidst(bytes: Uint8Array, filler: number): Uint8Array {
  const buffer = new Uint8Array(bytes.length + 100).fill(filler);
  buffer.set(bytes, 37);
  return buffer.subarray(37, 37 + bytes.length);
}

/** Hardware type 6 is read as Ethernet's own 1. */
function asEthernet(bytes: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[at + 1] = 1;
  return copy;
}

function startsWith(bytes: Uint8Array, beginning: Uint8Array): boolean {
  return Buffer.compare(bytes.subarray(0, beginning.length), beginning) === 0;
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

describe('the decoders of the wire', () => {
  it(
    'take or refuse any bytes, and lose nothing of what they take',
    async () => {
      const { accepted, refused } = await fuzz(frames);
      expect(accepted).toBeGreaterThan(100);
      expect(refused).toBeGreaterThan(100);
    },
    FUZZ_TIMEOUT,
  );
});
