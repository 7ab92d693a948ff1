import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ipv4FromNumber } from '../../src/net/ipv4.ts';
import { macFromBytes } from '../../src/net/mac.ts';
import { decodeArp, decodeArpFrame, encodeArp, encodeArpFrame, type ArpFrame } from '../../src/wire/arp.ts';
import { A, B, bytesOf, GOLDEN, golden } from './golden-frames.ts';

const macs = fc.uint8Array({ minLength: 6, maxLength: 6 }).map(macFromBytes);
const addresses = fc.integer({ min: 0, max: 0xffffffff }).map(ipv4FromNumber);
const frames: fc.Arbitrary<ArpFrame> = fc.record({
  destination: macs,
  source: macs,
  operation: fc.constantFrom('request', 'reply', 'rarp-request', 'rarp-reply'),
  senderMac: macs,
  senderIp: addresses,
  targetMac: macs,
  targetIp: addresses,
});

describe('encodeArpFrame() and decodeArpFrame()', () => {
  it.each(GOLDEN)('read and write $name', ({ hex, frame }) => {
    expect(decodeArpFrame(bytesOf(hex))).toEqual({ ok: true, value: frame });
    expect(encodeArpFrame(frame)).toEqual(bytesOf(hex));
  });

  it('are inverse, whatever stands behind the packet', () => {
    fc.assert(
      fc.property(frames, fc.uint8Array({ maxLength: 32 }), (frame, padding) => {
        const padded = Uint8Array.from([...encodeArpFrame(frame), ...padding]);
        expect(decodeArpFrame(padded)).toEqual({ ok: true, value: frame });
      }),
    );
  });

  it('read views into larger buffers', () => {
    const buffer = new Uint8Array(100).fill(0xee);
    buffer.set(golden('the reply of a kernel'), 7);
    expect(decodeArpFrame(buffer.subarray(7, 49))).toMatchObject({ value: { senderIp: B.ip, targetIp: A.ip } });
  });
});

describe('decodeArpFrame()', () => {
  it('gives a reason instead of throwing, for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        expect(decodeArpFrame(bytes)).toMatchObject({ ok: false, reason: expect.stringMatching(/^[a-z-]+$/) });
      }),
    );
  });

  it('loses nothing of a frame that it takes, whatever byte of it was changed', () => {
    fc.assert(
      fc.property(fc.constantFrom(...GOLDEN), fc.nat(41), fc.nat(255), ({ hex }, at, byte) => {
        const bytes = bytesOf(hex);
        bytes[at] = byte;
        const answer = decodeArpFrame(bytes);
        fc.pre(answer.ok);
        // Hardware type 6 is read as Ethernet's own 1.
        bytes[15] = 1;
        expect(encodeArpFrame(answer.value)).toEqual(bytes);
      }),
    );
  });

  it('says too-short for every frame that was cut', () => {
    const whole = golden('the request of a kernel');
    for (let length = 0; length < whole.length; length++) {
      expect(decodeArpFrame(whole.subarray(0, length)), `${length} bytes`).toEqual({ ok: false, reason: 'too-short' });
    }
  });

  it.each([
    { reason: 'not-arp', what: 'IPv4', at: 12, bytes: [0x08, 0x00] },
    { reason: 'not-arp', what: 'a VLAN tag', at: 12, bytes: [0x81, 0x00] },
    { reason: 'hardware-type', what: 'Infiniband', at: 14, bytes: [0, 32] },
    { reason: 'protocol-type', what: 'IPv6', at: 16, bytes: [0x86, 0xdd] },
    { reason: 'address-lengths', what: 'a MAC of 8 bytes', at: 18, bytes: [8] },
    { reason: 'address-lengths', what: 'an address of 16 bytes', at: 19, bytes: [16] },
    { reason: 'operation', what: 'operation 0', at: 20, bytes: [0, 0] },
    { reason: 'operation', what: 'InARP (operation 8)', at: 20, bytes: [0, 8] },
    { reason: 'operation', what: 'a RARP operation in an ARP frame', at: 20, bytes: [0, 3] },
    { reason: 'operation', what: 'an ARP operation in a RARP frame', at: 12, bytes: [0x80, 0x35] },
  ])('says $reason for $what', ({ reason, at, bytes }) => {
    const frame = golden('the request of a kernel');
    frame.set(bytes, at);
    expect(decodeArpFrame(frame)).toEqual({ ok: false, reason });
  });

  it('takes hardware type 6 (IEEE 802) for Ethernet, as Linux does', () => {
    const frame = golden('the reply of a kernel');
    frame[15] = 6;
    expect(decodeArpFrame(frame)).toMatchObject({ ok: true, value: { senderMac: B.mac } });
  });
});

describe('decodeArp()', () => {
  it('is the inverse of encodeArp()', () => {
    fc.assert(
      fc.property(frames, ({ destination: _destination, source: _source, ...packet }) => {
        expect(decodeArp(encodeArp(packet))).toEqual({ ok: true, value: packet });
      }),
    );
  });
});
