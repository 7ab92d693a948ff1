import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ipv4FromNumber } from '../../src/net/ipv4.ts';
import { macFromBytes } from '../../src/net/mac.ts';
import { encodeArpFrame } from '../../src/wire/arp.ts';
import {
  announcementReply,
  announcementRequest,
  announcementTemplate,
  probeFrame,
  requestFrame,
  setAnnounced,
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

describe('setAnnounced()', () => {
  it('makes of a template the announcement of any address, again and again', () => {
    const addresses = fc.array(fc.integer({ min: 0, max: 0xffffffff }), { minLength: 1, maxLength: 4 });
    const macs = fc.uint8Array({ minLength: 6, maxLength: 6 }).map(macFromBytes);
    fc.assert(
      fc.property(macs, addresses, fc.constantFrom('request', 'reply'), (mac, numbers, form) => {
        const template = announcementTemplate(mac, form);
        const build = form === 'request' ? announcementRequest : announcementReply;
        for (const number of numbers) {
          setAnnounced(template, number);
          expect(template).toEqual(encodeArpFrame(build(mac, ipv4FromNumber(number))));
        }
      }),
    );
  });
});
