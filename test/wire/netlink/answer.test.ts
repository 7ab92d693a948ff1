import { describe, expect, it } from 'vitest';
import { decodeAnswer, type Answer } from '../../../src/wire/netlink/answer.ts';
import { NLMSG_DONE } from '../../../src/wire/netlink/message.ts';
import { decoded, golden } from './golden-messages.ts';

describe('decodeAnswer()', () => {
  it.each<[words: string, answer: Answer]>([
    ['route add 10.9.9.9/32 dev eth0', { sequence: 1, errno: 0, words: undefined }],
    ['route add 10.9.9.9/32 dev eth0, again', { sequence: 2, errno: 17, words: undefined }],
    ['route add 10.9.9.8/32 via 99.1.1.1 dev eth0', { sequence: 3, errno: 13, words: 'Nexthop has invalid gateway' }],
    ['route del 10.9.9.8/32 dev eth0', { sequence: 4, errno: 3, words: undefined }],
    ['addr add 192.168.0.1/24 dev eth0, again', { sequence: 5, errno: 17, words: 'ipv4: Address already assigned' }],
    ['neigh del proxy 10.0.0.99 dev eth0', { sequence: 8, errno: 2, words: undefined }],
    ['RTM_SETLINK of the link 99', { sequence: 10, errno: 19, words: undefined }],
    ['RTM_NEWNEIGH without an address', { sequence: 16, errno: 22, words: 'Network address not specified' }],
  ])('reads the answer to %s', (words, answer) => {
    expect(decoded(golden('answers', words), decodeAnswer)).toEqual(answer);
  });

  it('finds the words behind the whole message where that comes back (no NETLINK_CAP_ACK)', () => {
    const capped = golden('answers', 'route add 10.9.9.8/32 via 99.1.1.1 dev eth0');
    const [head, words] = [capped.subarray(0, 36), capped.subarray(36)];
    const content = new Uint8Array(0x34 - 16).fill(0xee);
    const bytes = Uint8Array.from([...head, ...content, ...words]);
    new DataView(bytes.buffer).setUint32(0, bytes.length, true);
    bytes[7] = 0x02;
    expect(decoded(bytes, decodeAnswer)).toEqual({ sequence: 3, errno: 13, words: 'Nexthop has invalid gateway' });
  });

  it('says which attribute is missing where the kernel has no other words', () => {
    const bytes = golden('answers', 'RTM_NEWNEIGH without an address');
    // NLMSGERR_ATTR_MISS_TYPE 4 in the place of NLMSGERR_ATTR_MSG.
    bytes.set([8, 0, 5, 0, 4, 0, 0, 0], 36);
    expect(decoded(bytes, decodeAnswer)).toMatchObject({ errno: 22, words: 'attribute 4 is missing' });
  });

  it('reads NLMSG_DONE as the end of a list, with its error', () => {
    const done = (...content: number[]): Uint8Array => {
      const bytes = Uint8Array.from([0, 0, 0, 0, NLMSG_DONE, 0, 2, 0, 7, 0, 0, 0, 0, 0, 0, 0, ...content]);
      bytes[0] = bytes.length;
      return bytes;
    };
    expect(decoded(done(0, 0, 0, 0), decodeAnswer)).toEqual({ sequence: 7, errno: 0, words: undefined });
    expect(decoded(done(0xea, 0xff, 0xff, 0xff), decodeAnswer)).toEqual({ sequence: 7, errno: 22, words: undefined });
    expect(decoded(done(), decodeAnswer)).toEqual({ sequence: 7, errno: 0, words: undefined });
  });

  it('takes no other message for an answer', () => {
    expect(decoded(golden('read', 'addr add 192.168.0.1/24 dev eth0'), decodeAnswer)).toBeUndefined();
  });
});
