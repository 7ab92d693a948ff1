import { expect, it } from 'vitest';
import { NFT_NEWTABLE, requestTables } from '../../../src/wire/netlink/nftables.ts';
import { decoded, golden, written } from './golden-messages.ts';

it('requestTables() asks what nft list tables asks', () => {
  expect(written((writer) => requestTables(writer, 1))).toEqual(withSequence(golden('written', 'nft list tables'), 1));
});

it('NFT_NEWTABLE is how the kernel tells of a table', () => {
  expect(decoded(golden('read', 'nft add table ip parp_edge'), (_, { type }) => type)).toBe(NFT_NEWTABLE);
});

/** nft counts from 0. */
function withSequence(bytes: Uint8Array, sequence: number): Uint8Array {
  bytes[8] = sequence;
  return bytes;
}
