import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hasSysctls, readSysctl, readSysctls, refusesWriting, writeSysctl } from '../../src/host/sysctl-files.ts';
import { CONF_KEYS, confPath, neighPath } from '../../src/net/sysctl-path.ts';
import { kernelLinkName } from '../../src/net/link-name.ts';
import { must } from '../../src/net/parsed.ts';
import { parseSysctlPath } from '../../src/net/sysctl-path.ts';

const lo = kernelLinkName('lo');

describe('readSysctl()', () => {
  it('gives the value without its line end', () => {
    expect(readSysctl(confPath(lo, 'proxy_arp'))).toBe(readFileSync('/proc/sys/net/ipv4/conf/lo/proxy_arp', 'utf8').trim());
  });

  it('gives null for what is not there', () => {
    expect(readSysctl(confPath(kernelLinkName('nix'), 'proxy_arp'))).toBeNull();
  });
});

describe('readSysctls()', () => {
  it('holds every key of all, default and each link, and passes over links that have none', () => {
    const values = readSysctls([lo, kernelLinkName('nix'), kernelLinkName('..'), kernelLinkName('a/b')]);
    const holders = ['all', 'default', lo] as const;
    expect([...values.keys()].sort()).toEqual(
      [
        'net/ipv4/ip_forward',
        'net/ipv4/ip_nonlocal_bind',
        neighPath(lo, 'proxy_qlen'),
        ...holders.flatMap((holder) => CONF_KEYS.map((key) => confPath(holder, key))),
      ]
        .filter((path) => readSysctl(must(parseSysctlPath(path))) !== null)
        .sort(),
    );
    expect(values.size).toBeGreaterThan(60);
  });
});

describe('hasSysctls()', () => {
  it.each(['.', '..', 'a/b', '', 'a b'])('is false for %j', (name) => {
    expect(hasSysctls(kernelLinkName(name))).toBe(false);
  });
});

describe('writeSysctl() and refusesWriting()', () => {
  it('name the errno', () => {
    const absent = confPath(kernelLinkName('nix'), 'proxy_arp');
    expect(writeSysctl(absent, '1')).toEqual({ ok: false, errno: 'ENOENT' });
    expect(refusesWriting(absent)).toBe('ENOENT');
  });
});
