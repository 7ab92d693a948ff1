import { describe, expect, it } from 'vitest';
import { decodeAddress, writeAddress } from '../../src/wire/netlink/address.ts';
import { forEachMessage, MessageWriter, type Message } from '../../src/wire/netlink/message.ts';
import { decodeRoute, writeRoute } from '../../src/wire/netlink/route.ts';
import { decodedByAll } from '../wire/netlink/every-decoder.ts';
import { decoded, goldenMessages } from '../wire/netlink/golden-messages.ts';
import { fuzz, FUZZ_TIMEOUT, law, type Target } from './harness.ts';
import { material, mutatedFrame } from './mutate.ts';
import type { Random } from './random.ts';

const MESSAGES = (['read', 'written', 'answers'] as const).flatMap((file) => [...goldenMessages(file).values()]);
const FROM = material([...MESSAGES, Buffer.concat(MESSAGES.filter(({ length }) => length < 100))]);

/** What a netlink socket may give: messages and attributes that lie about their lengths, and bytes that never were messages. */
const target: Target<Uint8Array> = {
  name: 'netlink',
  generate: (random) => (random.chance(0.15) ? noise(random) : outwardlyWhole(random, mutatedFrame(random, FROM))),
  run(bytes) {
    const values = decodedByAll(bytes);
    law(values.length <= bytes.length / 16, 'there is no message without a header');
    law(same(values, decodedByAll(amidst(bytes, 0xff))), 'nothing beside the bytes is read');
    law(same(values, decodedByAll(amidst(bytes, 0))), 'nothing beside the bytes is read');
    writeAgain(bytes);
    return values.some((value) => Object.keys(value).length > 0) ? 'accepted' : 'refused';
  },
};

function noise(random: Random): Uint8Array {
  const bytes = random.bytes(random.chance(0.1) ? random.below(4096) : random.below(96));
  return random.chance(0.7) ? outwardlyWhole(random, bytes) : bytes;
}

/** Mostly the first length is that of the bytes, so that what lies is what stands inside. */
function outwardlyWhole(random: Random, bytes: Uint8Array): Uint8Array {
  if (bytes.length < 16 || random.chance(0.3)) return bytes;
  const copy = Uint8Array.from(bytes);
  new DataView(copy.buffer).setUint32(0, copy.length, true);
  return copy;
}

/** What was read of routes and addresses is what is read of what they are written as. */
function writeAgain(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  forEachMessage(view, bytes.length, (message) => {
    routeAgain(view, message);
    addressAgain(view, message);
  });
}

function routeAgain(view: DataView, message: Message): void {
  const route = decodeRoute(view, message);
  if (route === undefined || route.realm) return;
  const writer = new MessageWriter();
  writeRoute(writer, 1, 'add', route);
  // No destination is said of a default route, and table 0 is none.
  const wanted = { ...route, to: route.length === 0 ? 0 : route.to };
  law(same(decoded(Uint8Array.from(writer.bytes()), decodeRoute), wanted), 'a route is read again as it was');
}

function addressAgain(view: DataView, message: Message): void {
  const address = decodeAddress(view, message);
  if (address === undefined) return;
  const writer = new MessageWriter();
  writeAddress(writer, 1, 'add', address);
  const wanted = { ...address, secondary: false, peer: undefined };
  law(same(decoded(Uint8Array.from(writer.bytes()), decodeAddress), wanted), 'an address is read again as it was');
}

/** The same bytes as a part of a larger buffer that holds something else. */
function amidst(bytes: Uint8Array, filler: number): Uint8Array {
  const buffer = new Uint8Array(bytes.length + 100).fill(filler);
  buffer.set(bytes, 37);
  return buffer.subarray(37, 37 + bytes.length);
}

function same(a: unknown, b: unknown): boolean {
  return shown(a) === shown(b);
}

function shown(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => (part instanceof Uint8Array ? Buffer.from(part).toString('hex') : part));
}

describe('the decoders of netlink', () => {
  it(
    'take or refuse any bytes, and come to an end',
    async () => {
      const { accepted, refused } = await fuzz(target);
      expect(accepted).toBeGreaterThan(100);
      expect(refused).toBeGreaterThan(100);
    },
    FUZZ_TIMEOUT,
  );
});
