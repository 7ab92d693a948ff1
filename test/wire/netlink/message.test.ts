import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forEachAttribute, forEachMessage, ipv4At, MessageWriter, textAt, u32At } from '../../../src/wire/netlink/message.ts';
import { decodedByAll } from './every-decoder.ts';
import { golden, goldenMessages, written } from './golden-messages.ts';

/** Where the messages of the bytes begin and end. */
function messagesIn(bytes: Uint8Array, length = bytes.length): [from: number, to: number][] {
  const found: [number, number][] = [];
  forEachMessage(viewOf(bytes), length, ({ from, to }) => found.push([from, to]));
  return found;
}

function attributesIn(bytes: Uint8Array): [type: number, content: string][] {
  const found: [number, string][] = [];
  forEachAttribute(viewOf(bytes), 0, bytes.length, (type, from, to) =>
    found.push([type, Buffer.from(bytes.subarray(from, to)).toString('hex')]),
  );
  return found;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

describe('MessageWriter', () => {
  it('grows, and keeps what was written before', () => {
    const writer = new MessageWriter(16);
    for (let sequence = 1; sequence <= 200; sequence++) {
      writer.begin(24, sequence);
      writer.attributeText(3, 'x'.repeat(sequence % 16));
      writer.end();
    }
    const bytes = Uint8Array.from(writer.bytes());
    const sequences: number[] = [];
    forEachMessage(viewOf(bytes), bytes.length, ({ sequence }) => sequences.push(sequence));
    expect(sequences).toEqual(Array.from({ length: 200 }, (_, at) => at + 1));
    writer.clear();
    expect(writer.length).toBe(0);
  });

  it('gives the same bytes wherever it has to grow', () => {
    const everything = (writer: MessageWriter): Uint8Array => {
      writer.beginList(24, 7);
      writer.u8(1);
      writer.u8(2);
      writer.u16(3);
      writer.u32(4);
      writer.attributeU8(1, 5);
      writer.attributeU32(2, 6);
      writer.attributeU64(3, 7);
      writer.attributeIpv4(4, 0x0a000001);
      writer.attributeText(5, 'eth0.100');
      writer.nest(6, () => writer.sized(() => writer.attributeU32(7, 8)));
      writer.end();
      writer.askForAnswer();
      return Uint8Array.from(writer.bytes());
    };
    const whole = everything(new MessageWriter(4096));
    for (let size = 1; size <= whole.length; size++) expect(everything(new MessageWriter(size)), `${size} bytes`).toEqual(whole);
  });

  it('asks for an answer to the last message alone', () => {
    const bytes = written((writer) => {
      for (const sequence of [1, 2]) {
        writer.beginEntry('add', { add: 24, delete: 25 }, sequence);
        writer.end();
      }
      writer.askForAnswer();
    });
    const flags: number[] = [];
    forEachMessage(viewOf(bytes), bytes.length, (message) => flags.push(message.flags));
    expect(flags).toEqual([0x601, 0x605]);
  });

  it('writes attributes that forEachAttribute() reads', () => {
    const attribute = fc.tuple(fc.integer({ min: 1, max: 0x3fff }), fc.stringMatching(/^[ -~]{0,20}$/));
    fc.assert(
      fc.property(fc.array(attribute, { maxLength: 8 }), (attributes) => {
        const bytes = written((writer) => attributes.forEach(([type, text]) => writer.attributeText(type, text)));
        expect(attributesIn(bytes)).toEqual(attributes.map(([type, text]) => [type, Buffer.from(`${text}\0`).toString('hex')]));
      }),
    );
  });
});

describe('forEachMessage()', () => {
  const one = golden('written', '-4 route show table all');

  it('ends at a message that says less than its header, or more than there is', () => {
    for (const size of [0, 1, 15, 2 * one.length + 1, 0x7fffffff, 0x80000000, 0xffffffff]) {
      const bytes = Uint8Array.from([...one, ...one]);
      viewOf(bytes).setUint32(0, size, true);
      expect(messagesIn(bytes), String(size)).toEqual([]);
      viewOf(bytes).setUint32(0, one.length, true);
      viewOf(bytes).setUint32(one.length, size, true);
      expect(messagesIn(bytes), String(size)).toEqual([[16, one.length]]);
    }
  });

  it('reads no further than the length that was received', () => {
    const bytes = Uint8Array.from([...one, ...one]);
    expect(messagesIn(bytes, one.length + 16)).toEqual([[16, one.length]]);
    expect(messagesIn(bytes, 5 * one.length)).toHaveLength(2);
  });

  it('reads a message whose length is no multiple of four', () => {
    const bytes = Uint8Array.from([...one, ...one]);
    viewOf(bytes).setUint32(0, one.length - 3, true);
    expect(messagesIn(bytes)).toEqual([
      [16, one.length - 3],
      [one.length + 16, 2 * one.length],
    ]);
  });
});

describe('forEachAttribute()', () => {
  it('ends at an attribute that says less than its header, or more than there is', () => {
    for (const size of [0, 1, 3, 9, 0xffff]) {
      const bytes = Uint8Array.from([8, 0, 1, 0, 1, 2, 3, 4, size & 255, size >> 8, 2, 0, 5, 6, 7, 8]);
      expect(attributesIn(bytes), String(size)).toEqual([[1, '01020304']]);
    }
  });

  it('does not take flags for a part of the type', () => {
    expect(attributesIn(Uint8Array.from([4, 0, 2, 0x80, 4, 0, 2, 0x40]))).toEqual([
      [2, ''],
      [2, ''],
    ]);
  });
});

describe('textAt()', () => {
  it('ends at the NUL, or with the attribute', () => {
    const bytes = Buffer.from('eth0\0\0x');
    expect(textAt(viewOf(bytes), 0, 7)).toBe('eth0');
    expect(textAt(viewOf(bytes), 0, 3)).toBe('eth');
    expect(textAt(viewOf(bytes), 7, 7)).toBe('');
  });
});

describe('ipv4At() and u32At()', () => {
  const bytes = Uint8Array.from([10, 0, 0, 9, 255, 255, 255, 255]);

  it('read what has the size of one', () => {
    expect(ipv4At(viewOf(bytes), 0, 4)).toBe(0x0a000009);
    expect(u32At(viewOf(bytes), 0, 4)).toBe(0x0900000a);
  });

  it('read nothing behind what is too short, and take no longer address for one of IPv4', () => {
    expect([0, 1, 3, 5, 8].map((to) => ipv4At(viewOf(bytes), 0, to))).toEqual(Array(5).fill(undefined));
    expect([0, 1, 3].map((to) => u32At(viewOf(bytes), 0, to))).toEqual([0, 0, 0]);
  });
});

describe('every decoder', () => {
  const messages = (['read', 'written', 'answers'] as const).flatMap((file) => [...goldenMessages(file).values()]);
  const anyMessage = fc.constantFrom(...messages);

  it('takes no bytes amiss', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        decodedByAll(bytes);
        // As the content of a message that is whole, too.
        decodedByAll(asMessage(bytes));
      }),
    );
  });

  it('reads any beginning of a message, and nothing behind its end', () => {
    fc.assert(
      fc.property(anyMessage, fc.nat(), (message, cut) => {
        const part = Uint8Array.from(message.subarray(0, 16 + (cut % (message.length - 15))));
        viewOf(part).setUint32(0, part.length, true);
        const amidst = Uint8Array.from([...part, ...message.subarray(part.length)]);
        expect(decodedByAll(amidst)[0]).toEqual(decodedByAll(part)[0]);
      }),
    );
  });

  it('reads any message of which a few bytes lie', () => {
    const lies = fc.array(fc.tuple(fc.nat(), fc.oneof(fc.constantFrom(0, 1, 3, 4, 0xff), fc.nat(0xff))), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(anyMessage, lies, (message, changes) => {
        const bytes = Uint8Array.from(message);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        decodedByAll(bytes);
        viewOf(bytes).setUint32(0, bytes.length, true);
        expect(decodedByAll(bytes)).toHaveLength(1);
      }),
    );
  });

  it('does not go round where every length is 0', () => {
    for (const message of messages) {
      const bytes = Uint8Array.from(message);
      bytes.fill(0, 16);
      expect(decodedByAll(bytes)).toHaveLength(1);
    }
  });
});

function asMessage(content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(16 + content.length);
  bytes.set(content, 16);
  viewOf(bytes).setUint32(0, bytes.length, true);
  return bytes;
}
