import { describe, expect, it } from 'vitest';
import { AF_INET6, decodeConnection, requestConnections } from '../../../src/wire/netlink/inet-diag.ts';
import { AF_INET } from '../../../src/wire/netlink/message.ts';
import { decoded, golden, written } from './golden-messages.ts';

const HERE = 0x0a000001;

describe('requestConnections()', () => {
  it.each([
    [AF_INET, 'ss -tn state established'],
    [AF_INET6, 'ss -tn state established, IPv6'],
  ] as const)('asks of family %i what ss asks', (family, command) => {
    expect(written((writer) => requestConnections(writer, 1, family))).toEqual(golden('written', command));
  });
});

describe('decodeConnection()', () => {
  const mapped = golden('read', 'ss -tn state established: [::ffff:10.0.0.1]:2222 to [::ffff:10.0.0.1]:40578');

  it('reads a connection over IPv4', () => {
    const message = golden('read', 'ss -tn state established: 10.0.0.1:40578 to 10.0.0.1:2222');
    expect(decoded(message, decodeConnection)).toEqual({ local: HERE, port: 40578, peer: HERE, inode: 0x38363 });
  });

  it('reads one over IPv4 of an IPv6 socket', () => {
    expect(decoded(mapped, decodeConnection)).toEqual({ local: HERE, port: 2222, peer: HERE, inode: 0x38364 });
  });

  it('takes no other of IPv6', () => {
    const message = Uint8Array.from(mapped);
    message[16 + 24] = 0x20;
    expect(decoded(message, decodeConnection)).toBeUndefined();
  });
});
