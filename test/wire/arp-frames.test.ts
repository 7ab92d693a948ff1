import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ipv4FromNumber } from '../../src/net/ipv4.ts';
import { macFromBytes } from '../../src/net/mac.ts';
import { encodeArpFrame } from '../../src/wire/arp.ts';
import {
  ANNOUNCEMENT_LENGTH,
  announcementReply,
  announcementRequest,
  AnnouncementRow,
  probeFrame,
  requestFrame,
} from '../../src/wire/arp-frames.ts';
import { A, B, bytesOf, golden } from './golden-frames.ts';

describe('requestFrame()', () => {
  it("is the kernel's own request", () => {
    expect(encodeArpFrame(requestFrame(A.mac, A.ip, B.ip))).toEqual(golden('the request of a kernel'));
  });
});

describe('announcementRequest()', () => {
  it("is the kernel's own announcement", () => {
    expect(encodeArpFrame(announcementRequest(A.mac, A.ip))).toEqual(golden('the announcement of a kernel'));
  });
});

describe('announcementReply()', () => {
  it('is what arping -A sends', () => {
    expect(encodeArpFrame(announcementReply(A.mac, A.ip))).toEqual(golden('an announcement as a reply'));
  });
});

describe('probeFrame()', () => {
  it('has sender 0.0.0.0 and an all-zero target MAC (RFC 5227 section 2.1.1)', () => {
    expect(encodeArpFrame(probeFrame(A.mac, B.ip))).toEqual(
      bytesOf(`ffff ffff ffff 0200 0000 000a 0806 0001
               0800 0604 0001 0200 0000 000a 0000 0000
               0000 0000 0000 c0a8 000b`),
    );
  });
});

describe('AnnouncementRow', () => {
  const mac = fc.uint8Array({ minLength: 6, maxLength: 6 }).map(macFromBytes);
  const forms = fc.constantFrom<readonly ('request' | 'reply')[]>(['request'], ['reply'], ['request', 'reply']);
  const range = fc.tuple(fc.integer({ min: 0, max: 0xffffffff }), fc.integer({ min: 0, max: 9 })).map(([first, more]) => {
    return { first, last: Math.min(0xffffffff, first + more) };
  });

  it('holds every address once in each form, in order, however little room there is and however it is emptied', () => {
    const rows = fc.record({
      mac,
      forms,
      ranges: fc.array(range, { minLength: 1, maxLength: 5 }),
      pairs: fc.integer({ min: 1, max: 8 }),
      // How many are asked for, and how many of those are out then.
      steps: fc.array(fc.tuple(fc.integer({ min: 1, max: 20 }), fc.double({ min: 0, max: 1, noNaN: true })), {
        minLength: 1,
        maxLength: 9,
      }),
    });
    fc.assert(
      fc.property(rows, ({ mac, forms, ranges, pairs, steps }) => {
        const slots = pairs * forms.length;
        const room = new Uint8Array(slots * ANNOUNCEMENT_LENGTH);
        const row = new AnnouncementRow(room, mac, forms, ranges);
        const build = { request: announcementRequest, reply: announcementReply };
        const wanted = ranges.flatMap(({ first, last }) =>
          Array.from({ length: last - first + 1 }, (_, i) => ipv4FromNumber(first + i)).flatMap((ip) =>
            forms.map((form) => encodeArpFrame(build[form](mac, ip))),
          ),
        );
        const out: Uint8Array[] = [];
        for (let step = 0; out.length < wanted.length; step++) {
          const [most = 1, share = 1] = steps[step % steps.length] ?? [];
          const asked = Math.min(most, wanted.length - out.length);
          const { slot, count } = row.run(out.length, asked);
          expect(count).toBeGreaterThan(0);
          expect(count).toBeLessThanOrEqual(asked);
          expect(slot + count).toBeLessThanOrEqual(slots);
          for (let i = 0; i < Math.ceil(count * Math.max(share, 0.01)); i++) {
            out.push(room.slice((slot + i) * ANNOUNCEMENT_LENGTH, (slot + i + 1) * ANNOUNCEMENT_LENGTH));
          }
        }
        expect(out).toEqual(wanted);
      }),
    );
  });

  it('refuses room in which a slot would change its form', () => {
    expect(() => new AnnouncementRow(new Uint8Array(3 * ANNOUNCEMENT_LENGTH), A.mac, ['request', 'reply'], [])).toThrow(RangeError);
  });
});
