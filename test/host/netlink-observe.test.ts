import { describe, expect, it } from 'vitest';
import { readLinks } from '../../src/host/netlink-observe.ts';
import { NETLINK_ROUTE, NetlinkSocket } from '../../src/host/netlink-socket.ts';
import { done, FakeKernel, type Datagram } from '../support/fake-netlink.ts';
import { golden } from '../wire/netlink/golden-messages.ts';

const NLM_F_DUMP_INTR = 0x10;
const LO = golden('read', 'link set lo up');

function lo(sequence: number, flags = 0x2): Uint8Array {
  const bytes = Uint8Array.from(LO);
  const view = new DataView(bytes.buffer);
  view.setUint16(6, flags, true);
  view.setUint32(8, sequence, true);
  return bytes;
}

/** A socket to a kernel that spoils each list up to the one with number `whole`. */
function spoiling(spoiled: (sequence: number) => Datagram[], whole: number): { socket: NetlinkSocket; kernel: FakeKernel } {
  const kernel = new FakeKernel(({ sequence }) => (sequence < whole ? spoiled(sequence) : [lo(sequence), done(sequence)]));
  return { kernel, socket: new NetlinkSocket(NETLINK_ROUTE, kernel) };
}

describe('readLinks()', () => {
  it.each<[what: string, spoiled: (sequence: number) => Datagram[]]>([
    ['that changed while it was read', (sequence) => [lo(sequence), lo(sequence, 0x2 | NLM_F_DUMP_INTR), done(sequence)]],
    ['of which a part was lost', (sequence) => [lo(sequence), 'ENOBUFS', lo(sequence), done(sequence)]],
  ])('reads a list again %s', (_what, spoiled) => {
    const { socket, kernel } = spoiling(spoiled, 4);
    expect(readLinks(socket).map(({ name }) => name)).toEqual(['lo']);
    expect(kernel.asked).toHaveLength(4);
    const never = spoiling(spoiled, 99);
    expect(() => readLinks(never.socket)).toThrow(
      expect.objectContaining({ code: 'unreadable-host', message: 'Read links: the list changes all the time' }) as Error,
    );
    expect(never.kernel.asked).toHaveLength(5);
  });
});
