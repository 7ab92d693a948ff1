import { type MessageWriter } from './message.ts';

/** NFNL_SUBSYS_NFTABLES, with NFT_MSG_NEWTABLE and NFT_MSG_GETTABLE. */
export const NFT_NEWTABLE = (10 << 8) | 0;
const NFT_GETTABLE = (10 << 8) | 1;

/** Asks nfnetlink for the nftables tables of every family. */
export function requestTables(writer: MessageWriter, sequence: number): void {
  writer.beginList(NFT_GETTABLE, sequence);
  // struct nfgenmsg: NFPROTO_UNSPEC, NFNETLINK_V0, no resource.
  writer.u32(0);
  writer.end();
}
