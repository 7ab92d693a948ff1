import { describe, expect, it } from 'vitest';
import { draftText } from '../../src/profile/draft-text.ts';
import type { Draft } from '../../src/profile/draft.ts';
import { profileFrom } from '../support/profile-text.ts';

const DRAFTS: readonly Draft[] = [
  {
    version: 1,
    kind: 'pseudo-bridge',
    name: 'office',
    segments: [
      { interface: 'eth0', addresses: ['192.168.0.1/24'], hosts: ['192.168.0.0/24'] },
      { interface: '100', hosts: ['192.168.0.66', '192.168.0.70-192.168.0.79'] },
    ],
    answer: 'routed',
  },
  { version: 1, kind: 'private-vlan', name: 'guests', interfaces: ['eth0.10', 'guest*'] },
  {
    version: 1,
    kind: 'nat-proxy',
    name: 'edge',
    outside: 'eth0',
    inside: '1e3',
    nat: [
      { public: '203.0.113.10', private: '10.0.0.10' },
      { public: '203.0.113.9', protocol: 'tcp', port: 443, to: '10.0.0.5:8443' },
    ],
  },
  {
    version: 1,
    kind: 'custom',
    name: 'pieces',
    description: 'with "quotes", # a hash: and\na second line',
    sysctl: { 'net/ipv4/conf/eth0.100/proxy_arp': 1, 'net/ipv4/neigh/eth0/proxy_delay': '0ms' },
    proxies: [{ address: '10.0.0.9', interface: 'eth0' }],
  },
];

describe('draftText()', () => {
  it.each(DRAFTS.map((draft) => [draft['kind'], draft] as const))('of a %s is read as what it says', (_kind, draft) => {
    const profile = profileFrom(draftText(draft, { file: 'x.yaml' }));
    expect(profile).toMatchObject({ kind: draft['kind'], name: draft['name'] });
    expect(profileFrom(JSON.stringify(draft))).toEqual(profile);
  });

  it.each(DRAFTS.map((draft) => [draft['kind'], draft] as const))('of a %s tells in comments what holds without them', (_kind, draft) => {
    const text = draftText(draft);
    const [body = '', tail = ''] = text.split(/^# What holds.*\n/m);
    const said = tail.replaceAll(/^# /gm, '');
    expect(said).toMatch(/^forwarding: /m);
    expect(profileFrom(`${body}${said}`)).toEqual(profileFrom(text));
  });

  it.each(DRAFTS.map((draft) => [draft['kind'], draft] as const))('of a %s fits a console of 80 columns', (_kind, draft) => {
    const text = draftText(draft, { file: 'x.yaml' });
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it('does not repeat as a comment what is said', () => {
    const text = draftText({ ...DRAFTS[1], probe: false, announce: { rounds: 1 } });
    expect(text).not.toMatch(/^# (probe|announce)/m);
    expect(profileFrom(text)).toMatchObject({ probe: false, announce: { rounds: 1 } });
  });

  it('puts the schema on the first line, and notes behind their values', () => {
    const text = draftText(DRAFTS[0] ?? {}, { schema: 'parp.schema.json', notes: new Map([['segments[0].addresses', 'as it is now']]) });
    expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=parp.schema.json');
    expect(text).toContain('addresses: [192.168.0.1/24] # as it is now\n');
  });

  it('gives long lists a line for each entry', () => {
    const hosts = Array.from({ length: 12 }, (_, i) => `192.168.0.${i + 10}`);
    const text = draftText({ ...DRAFTS[0], segments: [{ interface: 'eth0' }, { interface: 'eth1', hosts }] });
    expect(text).toContain('    hosts:\n      - 192.168.0.10\n      - 192.168.0.11\n');
  });
});
