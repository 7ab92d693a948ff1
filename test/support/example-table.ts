import type { NatTable } from '../../src/model/nat-table.ts';
import { parseIpv4, type Ipv4 } from '../../src/net/ipv4.ts';
import { parseLinkName } from '../../src/net/link-name.ts';
import { must } from '../../src/net/parsed.ts';
import { parsePrefix, type Prefix } from '../../src/net/prefix.ts';

const ip = (text: string): Ipv4 => must(parseIpv4(text));
const prefix = (text: string): Prefix => must(parsePrefix(text));

/** The example of a nat-proxy in the documentation: every form of rule once. */
export const EXAMPLE_TABLE: NatTable = {
  comment: 'parp edge 1f2e3d4c',
  outside: must(parseLinkName('eth0')),
  inwards: [
    { match: 'port', public: ip('203.0.113.9'), protocol: 'tcp', port: 443, to: ip('10.0.0.5'), toPort: 8443 },
    { match: 'address', public: ip('203.0.113.10'), private: ip('10.0.0.10') },
    { match: 'prefix', public: prefix('203.0.113.16/28'), private: prefix('10.0.1.16/28') },
  ],
  outwards: [
    { match: 'address', private: ip('10.0.0.10'), public: ip('203.0.113.10') },
    { match: 'prefix', private: prefix('10.0.1.16/28'), public: prefix('203.0.113.16/28') },
    { match: 'source', source: prefix('10.0.0.0/24'), public: ip('203.0.113.9') },
  ],
  guarded: [prefix('203.0.113.9/32'), prefix('203.0.113.10/32'), prefix('203.0.113.16/28')],
};
