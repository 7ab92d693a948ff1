import { describe, expect, it } from 'vitest';
import { kernelLinkName } from '../../src/net/link-name.ts';
import { natScript } from '../../src/render/nft.ts';
import { EXAMPLE_TABLE } from '../support/example-table.ts';

describe('natScript()', () => {
  it('replaces the table as a whole', () => {
    expect(natScript('parp_edge', EXAMPLE_TABLE)).toBe(`add table ip parp_edge
delete table ip parp_edge
table ip parp_edge {
  comment "parp edge 1f2e3d4c"
  chain about {
    iifname "eth0" return comment "parp edge 1f2e3d4c"
  }
  chain prerouting {
    type nat hook prerouting priority dstnat; policy accept;
    iifname "eth0" ip daddr 203.0.113.9 tcp dport 443 dnat to 10.0.0.5:8443
    iifname "eth0" ip daddr 203.0.113.10 dnat to 10.0.0.10
    iifname "eth0" ip daddr 203.0.113.16/28 dnat prefix to 10.0.1.16/28
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    oifname "eth0" ip saddr 10.0.0.10 snat to 203.0.113.10
    oifname "eth0" ip saddr 10.0.1.16/28 snat prefix to 203.0.113.16/28
    oifname "eth0" ip saddr 10.0.0.0/24 snat to 203.0.113.9 comment "many to one"
  }
  chain input {
    type filter hook input priority filter; policy accept;
    ip daddr 203.0.113.9/32 drop
    ip daddr 203.0.113.10/32 drop
    ip daddr 203.0.113.16/28 drop
  }
}
`);
  });

  it.each(['', 'a b', 'a;b', 'a"b', '1a', '-f', 'a\nb', 'x'.repeat(64)])('refuses %j as the name of a table', (name) => {
    expect(() => natScript(name, null)).toThrow(TypeError);
  });

  it.each(['', 'a"b', 'a\\b', 'a\nb', 'x'.repeat(121), 'é'])('refuses %j as a comment', (comment) => {
    expect(() => natScript('parp_edge', { ...EXAMPLE_TABLE, comment })).toThrow(TypeError);
  });

  it.each(['eth*', 'a"b', '$(id)', '', 'x'.repeat(16)])('refuses %j as an interface', (outside) => {
    expect(() => natScript('parp_edge', { ...EXAMPLE_TABLE, outside: kernelLinkName(outside) })).toThrow(TypeError);
  });
});
