import { describe, expect, it } from 'vitest';
import { mistakesOf, profileOf } from './mistakes.ts';

const vlan = (rest: string): string => `version: 1\nkind: private-vlan\n${rest}`;

describe('a private VLAN', () => {
  it('is read with the defaults of its kind', () => {
    expect(profileOf('private-vlan', vlan('interfaces: [eth0.10, "guest*"]\n'))).toMatchObject({
      name: 'office',
      forwarding: 'global',
      redirects: false,
      proxyDelay: 0,
      interfaces: ['eth0.10', { glob: 'guest*' }],
      addresses: [],
    });
  });

  it('takes addresses for a single interface', () => {
    expect(profileOf('private-vlan', vlan('interfaces: [eth0]\naddresses: [10.0.0.1/24, 10.0.1.1/24]\n')).addresses).toEqual([
      '10.0.0.1/24',
      '10.0.1.1/24',
    ]);
  });

  it.each<[claim: string, rest: string, mistakes: string[]]>([
    [
      'addresses for two interfaces',
      'interfaces: [eth0, eth1]\naddresses: [10.0.0.1/24]\n',
      ['4:1 addresses-need-one-interface "addresses"'],
    ],
    ['addresses for a pattern', 'interfaces: ["eth*"]\naddresses: [10.0.0.1/24]\n', ['4:1 addresses-need-one-interface "addresses"']],
    ['an interface twice', 'interfaces: [eth0, eth0]\n', ['3:20 same-interface-twice "eth0"']],
    ['the loopback', 'interfaces: [lo]\n', ['3:14 loopback "lo"']],
    ['an unquoted number', 'interfaces: [100]\n', ['3:14 unquoted-interface "100" -> "100"']],
    ['an unquoted star, which YAML takes for an alias', 'interfaces: [*]\n', ['3:15 yaml-syntax "]"']],
    ['an open set', 'interfaces: ["eth["]\n', ['3:14 bad-interface-pattern "\\"eth[\\""']],
    ['no interface', 'interfaces: []\n', ['3:13 too-few "["']],
    ['text for a list', 'interfaces: eth0\n', ['3:13 wrong-type "eth0"']],
    ['nothing', 'interfaces:\n', ['3:1 empty-value "interfaces"']],
    ['no key at all', '', ['1:1 missing-key "version"']],
  ])('refuses %s', (_claim, rest, mistakes) => expect(mistakesOf(vlan(rest))).toEqual(mistakes));
});
