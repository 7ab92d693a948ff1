import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLinkName } from '../../src/net/link-name.ts';
import { must } from '../../src/net/parsed.ts';
import { CONF_KEYS, confPath, IP_FORWARD, NEIGH_KEYS, neighPath, parseSysctlPath, sysctlParts } from '../../src/net/sysctl-path.ts';

const eth = must(parseLinkName('eth0.100'));

describe('parseSysctlPath()', () => {
  it.each([
    'net/ipv4/ip_forward',
    'net/ipv4/ip_nonlocal_bind',
    'net/ipv4/conf/all/proxy_arp',
    'net/ipv4/conf/eth0.100/proxy_arp',
    'net/ipv4/neigh/eth0/proxy_delay',
  ])('takes %s', (text) => expect(parseSysctlPath(text)).toEqual({ ok: true, value: text }));

  it.each([
    '',
    'net/ipv4',
    'net/ipv4/ip_default_ttl',
    'net.ipv4.ip_forward',
    'net/ipv4/conf/eth0',
    'net/ipv4/conf//proxy_arp',
    'net/ipv4/conf/../proxy_arp',
    'net/ipv4/conf/./proxy_arp',
    'net/ipv4/conf/eth0/../../../../etc/passwd',
    'net/ipv4/conf/eth 0/proxy_arp',
    'net/ipv4/conf/eth0/proxy_arp\n',
    'net/ipv4/route/eth0/flush',
    'net/ipv6/conf/eth0/forwarding',
    '/net/ipv4/ip_forward',
    'kernel/hostname',
  ])('refuses %j', (text) => expect(parseSysctlPath(text)).toMatchObject({ ok: false, code: 'bad-sysctl-path' }));
});

describe('sysctlParts()', () => {
  it('takes apart what confPath() and neighPath() put together', () => {
    const holder = fc.constantFrom(eth, 'all' as const, 'default' as const);
    fc.assert(
      fc.property(holder, fc.constantFrom(...CONF_KEYS), (name, key) => {
        expect(sysctlParts(confPath(name, key))).toEqual({ group: 'conf', holder: name, key });
        expect(parseSysctlPath(confPath(name, key)).ok).toBe(true);
      }),
    );
    for (const key of NEIGH_KEYS) expect(sysctlParts(neighPath(eth, key))).toEqual({ group: 'neigh', holder: eth, key });
  });

  it('knows the global ones', () => expect(sysctlParts(IP_FORWARD)).toEqual({ group: 'global', holder: '', key: 'ip_forward' }));
});
