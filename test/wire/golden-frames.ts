import type { ArpFrame } from '../../src/wire/arp.ts';
import { parseIpv4 } from '../../src/net/ipv4.ts';
import { BROADCAST_MAC, parseMac, ZERO_MAC } from '../../src/net/mac.ts';
import { must } from '../../src/net/parsed.ts';

/**
 * Frames as they were on a wire, and what they say. Taken between two namespaces a (192.168.0.10, 02:00:00:00:00:0a) and b
 * (192.168.0.11, 02:00:00:00:00:0b) joined by veth, in b with `tcpdump -i eth0 -nn -xx arp`, while `command` ran in a.
 */
export interface GoldenFrame {
  readonly name: string;
  readonly command: string;
  /** As tcpdump prints it. */
  readonly hex: string;
  readonly frame: ArpFrame;
}

export const A = { mac: must(parseMac('02:00:00:00:00:0a')), ip: must(parseIpv4('192.168.0.10')) };
export const B = { mac: must(parseMac('02:00:00:00:00:0b')), ip: must(parseIpv4('192.168.0.11')) };
export const ANY = must(parseIpv4('0.0.0.0'));

const fromA = { destination: BROADCAST_MAC, source: A.mac, senderMac: A.mac } as const;
const fromB = { destination: A.mac, source: B.mac, senderMac: B.mac, senderIp: B.ip, targetMac: A.mac } as const;

export const GOLDEN: readonly GoldenFrame[] = [
  {
    name: 'the request of a kernel',
    command: 'ping -c1 192.168.0.11',
    hex: `ffff ffff ffff 0200 0000 000a 0806 0001
          0800 0604 0001 0200 0000 000a c0a8 000a
          0000 0000 0000 c0a8 000b`,
    frame: { ...fromA, operation: 'request', senderIp: A.ip, targetMac: ZERO_MAC, targetIp: B.ip },
  },
  {
    name: 'the reply of a kernel',
    command: 'ping -c1 192.168.0.11',
    hex: `0200 0000 000a 0200 0000 000b 0806 0001
          0800 0604 0002 0200 0000 000b c0a8 000b
          0200 0000 000a c0a8 000a`,
    frame: { ...fromB, operation: 'reply', targetIp: A.ip },
  },
  {
    name: 'a probe, with the target MAC that iputils writes',
    command: 'arping -c1 -w1 -D -I eth0 192.168.0.11 (iputils 20221126)',
    hex: `ffff ffff ffff 0200 0000 000a 0806 0001
          0800 0604 0001 0200 0000 000a 0000 0000
          ffff ffff ffff c0a8 000b`,
    frame: { ...fromA, operation: 'request', senderIp: ANY, targetMac: BROADCAST_MAC, targetIp: B.ip },
  },
  {
    name: 'the reply of a kernel to a probe',
    command: 'arping -c1 -w1 -D -I eth0 192.168.0.11 (iputils 20221126)',
    hex: `0200 0000 000a 0200 0000 000b 0806 0001
          0800 0604 0002 0200 0000 000b c0a8 000b
          0200 0000 000a 0000 0000`,
    frame: { ...fromB, operation: 'reply', targetIp: ANY },
  },
  {
    name: 'the announcement of a kernel',
    command: 'sysctl net.ipv4.conf.eth0.arp_notify=1; ip link set eth0 down; ip link set eth0 up',
    hex: `ffff ffff ffff 0200 0000 000a 0806 0001
          0800 0604 0001 0200 0000 000a c0a8 000a
          0000 0000 0000 c0a8 000a`,
    frame: { ...fromA, operation: 'request', senderIp: A.ip, targetMac: ZERO_MAC, targetIp: A.ip },
  },
  {
    name: 'an announcement as a reply',
    command: 'arping -c1 -w1 -A -I eth0 192.168.0.10 (iputils 20221126)',
    hex: `ffff ffff ffff 0200 0000 000a 0806 0001
          0800 0604 0002 0200 0000 000a c0a8 000a
          0200 0000 000a c0a8 000a`,
    frame: { ...fromA, operation: 'reply', senderIp: A.ip, targetMac: A.mac, targetIp: A.ip },
  },
  {
    // No program at hand speaks RARP: written by RFC 903, and read back with `text2pcap` and `tshark -T fields`.
    name: 'a RARP request',
    command: 'text2pcap frames.txt frames.pcap; tshark -r frames.pcap -T fields -e eth.type -e arp.opcode -e arp.src.hw_mac …',
    hex: `ffff ffff ffff 0200 0000 000a 8035 0001
          0800 0604 0003 0200 0000 000a 0000 0000
          0200 0000 000a 0000 0000`,
    frame: { ...fromA, operation: 'rarp-request', senderIp: ANY, targetMac: A.mac, targetIp: ANY },
  },
  {
    name: 'a RARP reply',
    command: 'text2pcap frames.txt frames.pcap; tshark -r frames.pcap -T fields -e eth.type -e arp.opcode -e arp.src.hw_mac …',
    hex: `0200 0000 000a 0200 0000 000b 8035 0001
          0800 0604 0004 0200 0000 000b c0a8 000b
          0200 0000 000a c0a8 000a`,
    frame: { ...fromB, operation: 'rarp-reply', targetIp: A.ip },
  },
];

export function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(/\s/g, ''), 'hex'));
}

export function golden(name: string): Uint8Array {
  const found = GOLDEN.find((one) => one.name === name);
  if (found === undefined) throw new TypeError(`There is no golden frame "${name}"`);
  return bytesOf(found.hex);
}
