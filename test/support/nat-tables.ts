import * as fc from 'fast-check';
import type { InwardRule, NatTable, OutwardRule } from '../../src/model/nat-table.ts';
import { ipv4FromNumber } from '../../src/net/ipv4.ts';
import { parseLinkName } from '../../src/net/link-name.ts';
import { must } from '../../src/net/parsed.ts';
import { prefixFrom } from '../../src/net/prefix.ts';

const ipv4 = fc.integer({ min: 0x01000000, max: 0xdfffffff }).map(ipv4FromNumber);
const port = fc.integer({ min: 1, max: 65535 });
const number = fc.integer({ min: 0x01000000, max: 0xdfffffff });

function prefix(min: number) {
  return fc.tuple(number, fc.integer({ min, max: 32 })).map(([address, length]) => prefixFrom(address, length));
}

const prefixes = fc
  .tuple(number, number, fc.integer({ min: 8, max: 32 }))
  .map(([one, other, length]) => ({ public: prefixFrom(one, length), private: prefixFrom(other, length) }));

const prefixRule = fc
  .record({ match: fc.constant('prefix' as const), pair: prefixes })
  .map(({ match, pair }) => ({ match, public: pair.public, private: pair.private }));

const inward: fc.Arbitrary<InwardRule> = fc.oneof(
  fc.record({
    match: fc.constant('port' as const),
    public: ipv4,
    protocol: fc.constantFrom('tcp' as const, 'udp' as const),
    port,
    to: ipv4,
    toPort: port,
  }),
  fc.record({ match: fc.constant('address' as const), public: ipv4, private: ipv4 }),
  prefixRule,
);

const outward: fc.Arbitrary<OutwardRule> = fc.oneof(
  fc.record({ match: fc.constant('address' as const), private: ipv4, public: ipv4 }),
  prefixRule,
  fc.record({ match: fc.constant('source' as const), source: prefix(0), public: ipv4 }),
);

/** Whole tables of any rules, also of such as no profile comes to: on names that nft could take for numbers or keywords, too. */
export const natTables: fc.Arbitrary<NatTable> = fc.record({
  comment: fc.constantFrom('parp edge 1f2e3d4c', "it's # {not} a; comment", 'x'),
  outside: fc
    .constantFrom('eth0', 'eth0.100', '100', '0x1f', 'drop', 'wan@eth0-1', 'a'.repeat(15))
    .map((name) => must(parseLinkName(name))),
  inwards: fc.array(inward, { maxLength: 6 }),
  outwards: fc.array(outward, { maxLength: 6 }),
  guarded: fc.array(prefix(0), { maxLength: 4 }),
});
