import { decodeAddress } from '../../../src/wire/netlink/address.ts';
import { decodeAnswer } from '../../../src/wire/netlink/answer.ts';
import { decodeConnection } from '../../../src/wire/netlink/inet-diag.ts';
import { decodeLink } from '../../../src/wire/netlink/link.ts';
import { forEachMessage, type Message } from '../../../src/wire/netlink/message.ts';
import { decodeNeighbour } from '../../../src/wire/netlink/neighbour.ts';
import { decodeNeighbourTable } from '../../../src/wire/netlink/neighbour-table.ts';
import { decodeNexthop } from '../../../src/wire/netlink/nexthop.ts';
import { decodeRoute } from '../../../src/wire/netlink/route.ts';
import { decodeRule } from '../../../src/wire/netlink/rule.ts';

export const EVERY_DECODER: Readonly<Record<string, (view: DataView, message: Message) => unknown>> = {
  address: decodeAddress,
  answer: decodeAnswer,
  connection: decodeConnection,
  link: decodeLink,
  neighbour: decodeNeighbour,
  neighbourTable: decodeNeighbourTable,
  nexthop: decodeNexthop,
  route: decodeRoute,
  rule: decodeRule,
};

/** What every decoder makes of every message of the bytes, whatever its type says; undefined is left out. */
export function decodedByAll(bytes: Uint8Array): Record<string, unknown>[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const all: Record<string, unknown>[] = [];
  forEachMessage(view, bytes.length, (message) => {
    const values: Record<string, unknown> = {};
    for (const [name, decode] of Object.entries(EVERY_DECODER)) {
      const value = decode(view, message);
      if (value !== undefined) values[name] = value;
    }
    all.push(values);
  });
  return all;
}
