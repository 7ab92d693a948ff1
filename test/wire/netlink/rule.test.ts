import { describe, expect, it } from 'vitest';
import { hasRealm } from '../../../src/model/fib-rules.ts';
import { decodeRule, requestRules, type RuleMessage } from '../../../src/wire/netlink/rule.ts';
import { decoded, golden, written } from './golden-messages.ts';

describe('requestRules()', () => {
  it('asks what ip -4 rule show asks', () => {
    expect(written((writer) => requestRules(writer, 1))).toEqual(golden('written', '-4 rule show'));
  });
});

describe('decodeRule()', () => {
  // The values are what `ip -4 -N -details -json rule show` printed.
  it.each<[words: string, rule: RuleMessage]>([
    [
      'rule add pref 1000 from 10.0.0.0/8 to 10.1.0.0/16 tos 0x10 fwmark 0x1/0xff iif eth0 oif nix lookup 1000',
      {
        priority: 1000,
        src: '10.0.0.0',
        srclen: 8,
        dst: '10.1.0.0',
        dstlen: 16,
        tos: '0x10',
        fwmark: '0x1',
        fwmask: '0xff',
        iif: 'eth0',
        oif: 'nix',
        oif_detached: null,
        table: '1000',
        protocol: '0',
      },
    ],
    [
      'rule add pref 1001 from 10.0.0.1 ipproto tcp sport 1000 dport 2000-3000 lookup 5',
      {
        priority: 1001,
        src: '10.0.0.1',
        ipproto: 'ipproto-6',
        sport: 1000,
        dport_start: 2000,
        dport_end: 3000,
        table: '5',
        protocol: '0',
      },
    ],
    [
      'rule add pref 1002 not to 10.0.0.2 uidrange 100-200 lookup 254 suppress_prefixlength 0',
      {
        priority: 1002,
        not: null,
        src: 'all',
        dst: '10.0.0.2',
        uid_start: 100,
        uid_end: 200,
        table: '254',
        suppress_prefixlen: 0,
        protocol: '0',
      },
    ],
    [
      'rule add pref 1003 lookup 254 suppress_ifgroup 7',
      { priority: 1003, src: 'all', table: '254', suppress_ifgroup: '7', protocol: '0' },
    ],
    ['rule add pref 1004 goto 1006', { priority: 1004, src: 'all', goto: 1006, protocol: '0' }],
    ['rule add pref 1005 goto 30000', { priority: 1005, src: 'all', goto: 30000, unresolved: null, protocol: '0' }],
    ['rule add pref 1006 nop', { priority: 1006, src: 'all', nop: null, protocol: '0' }],
    ['rule add pref 1007 prohibit', { priority: 1007, src: 'all', action: '8', protocol: '0' }],
    ['rule add pref 1008 l3mdev protocol 97', { priority: 1008, src: 'all', l3mdev: null, protocol: '97' }],
    ['rule add pref 1009 tun_id 5 lookup 5', { priority: 1009, src: 'all', tun_id: 5, table: '5', protocol: '0' }],
    [
      'rule add pref 1010 from 10.2.0.0/16 realms 3/5 lookup 5',
      { priority: 1010, src: '10.2.0.0', srclen: 16, table: '5', flow_from: '3', flow_to: '5', protocol: '0' },
    ],
    [
      'rule add pref 1011 tos 0x04 fwmark 0/0xff lookup 5',
      { priority: 1011, src: 'all', tos: '0x04', fwmark: '0', fwmask: '0xff', table: '5', protocol: '0' },
    ],
  ])('reads %s as ip does', (words, rule) => {
    const read = decoded(golden('read', words), decodeRule);
    expect(read).toEqual(rule);
    expect(read === undefined ? undefined : hasRealm(read)).toBe(words.includes('realms'));
  });

  // Of Linux 6.14 and later; ip 6.1 does not know them.
  it.each<[what: string, attributes: readonly number[], more: object]>([
    ['a DSCP of which all bits count', [5, 0, 25, 0, 10, 0, 0, 0, 5, 0, 30, 0, 0x3f, 0, 0, 0], { dscp: '10' }],
    ['a DSCP of which some count', [5, 0, 25, 0, 8, 0, 0, 0, 5, 0, 30, 0, 0x38, 0, 0, 0], { dscp: '8', dscp_mask: '0x38' }],
    ['ports of which some bits count', [6, 0, 28, 0, 0xf0, 0xff, 0, 0, 6, 0, 29, 0, 0xff, 0xff, 0, 0], { sport_mask: '0xfff0' }],
  ])('reads %s', (_what, attributes, more) => {
    const bytes = Uint8Array.from([...golden('read', 'rule add pref 1006 nop'), ...attributes]);
    bytes[0] = bytes.length;
    expect(decoded(bytes, decodeRule)).toEqual({ priority: 1006, src: 'all', nop: null, protocol: '0', ...more });
  });

  it('shows what it does not know', () => {
    const bytes = golden('read', 'rule add pref 1008 l3mdev protocol 97');
    // Its last attribute, FRA_L3MDEV.
    bytes[bytes.length - 6] = 99;
    expect(decoded(bytes, decodeRule)).toEqual({ priority: 1008, src: 'all', fra_99: null, protocol: '97' });
  });
});
