import { expect, it } from 'vitest';
import { LinkNames, routeOf } from '../../src/host/netlink-state.ts';
import { decodeLink } from '../../src/wire/netlink/link.ts';
import { decodeRoute } from '../../src/wire/netlink/route.ts';
import { decoded, golden } from '../wire/netlink/golden-messages.ts';

const lo = decoded(golden('read', 'link set lo up'), decodeLink);
const names = new LinkNames(lo === undefined ? [] : [lo]);
const plain = decoded(golden('written', '-4 route add local 203.0.113.10/32 dev lo proto 97'), decodeRoute);

it('routeOf() names the source of each route', () => {
  const sourceOf = (source: number | undefined): string | undefined =>
    plain === undefined ? 'no route' : routeOf({ ...plain, source }, names)?.source;
  expect([0x0a000001, 0x0a000001, 0x0a000002, undefined, 0, 0x0a000001].map(sourceOf)).toEqual([
    '10.0.0.1',
    '10.0.0.1',
    '10.0.0.2',
    undefined,
    '0.0.0.0',
    '10.0.0.1',
  ]);
});
