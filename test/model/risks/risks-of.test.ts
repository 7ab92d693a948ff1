import { describe, expect, it } from 'vitest';
import type { HostState } from '../../../src/model/state.ts';
import { ip, link } from '../../support/operations.ts';
import { inForce, kindsFound, risksFound } from '../../support/risks-found.ts';
import { router, type RouterWords } from '../../support/router-state.ts';
import { officeOf } from '../../support/plain-profiles.ts';

const OFFICE = officeOf('192.168.0.0/24', '192.168.0.66', 'forwarding: interfaces\n');
const GUESTS = `version: 1
kind: private-vlan
name: guests
interfaces: [eth0]
forwarding: interfaces
`;
const EDGE = `version: 1
kind: nat-proxy
name: edge
outside: eth0
inside: eth1
nat: [{ public: 203.0.113.10, private: 10.0.0.10 }]
forwarding: interfaces
`;
const OUTSIDE: RouterWords = { addresses: ['203.0.113.1/24 eth0', '10.0.0.1/24 eth1'] };

const custom = (pieces: string): string => `version: 1\nkind: custom\nname: pieces\n${pieces}\n`;

/** Notes are said of every profile of a kind; what is tried here are the others. */
function found(words: RouterWords, text: string): string[] {
  return kindsFound(router(words), text).filter((kind) => !kind.startsWith('note duplicate-invisible'));
}

function message(state: HostState, text: string, code: string): string {
  return risksFound(state, text).find((risk) => risk.code === code)?.message ?? '';
}

describe('risksOf()', () => {
  it.each<readonly [claim: string, words: RouterWords, text: string]>([
    ['a pseudo-bridge whose hosts are all listed', {}, OFFICE],
    ['a private VLAN with its subnet', { addresses: ['192.168.0.1/24 eth0'] }, GUESTS],
    ['a nat-proxy with its table', OUTSIDE, EDGE],
    ['an idle custom profile', {}, custom('addresses: [{ address: 10.0.0.1/24, interface: eth0 }]')],
  ])('finds nothing about %s', (_claim, words, text) => {
    expect(found(words, text)).toEqual([]);
  });

  describe('over-answering', () => {
    const SWITCHED = custom('sysctl: { net/ipv4/conf/eth1/proxy_arp: 1, net/ipv4/conf/eth1/forwarding: 1 }');

    it('refuses proxy_arp where no route leaves at all, and says how to mend it', () => {
      const state = router({ addresses: ['192.168.0.1/24 eth0'] });
      expect(kindsFound(state, SWITCHED)).toEqual(['refusal over-answering']);
      expect(message(state, SWITCHED, 'over-answering')).toMatch(/no route leaves by eth1.*give eth1 an address with its subnet/);
    });

    it.each<readonly [claim: string, words: RouterWords]>([
      ['the interface has a route', { addresses: ['192.168.0.1/24 eth0'], routes: ['192.168.0.66/32 dev eth1'] }],
      [
        'a hop of some other table leads by it',
        { addresses: ['192.168.0.1/24 eth0'], routes: ['10.9.0.0/24 table 100 nexthop dev eth1 nexthop dev eth0'] },
      ],
      ['the host has no other way, either', {}],
      ['it is down', { addresses: ['192.168.0.1/24 eth0'], flags: { eth1: [] } }],
      ['it did so before', { addresses: ['192.168.0.1/24 eth0'], switches: { 'eth1/proxy_arp': '1', 'eth1/forwarding': '1' } }],
    ])('does not where %s', (_claim, words) => {
      expect(found(words, SWITCHED)).toEqual([]);
    });

    it('finds what sleeps until ip_forward wakes it', () => {
      const state = router({ addresses: ['192.168.0.1/24 eth0', '10.0.0.1/24 eth2'], switches: { 'eth1/proxy_arp': '1' } });
      expect(kindsFound(state, GUESTS.replace('interfaces\n', 'global\n'))).toContain('refusal over-answering');
    });

    it('warns of addresses of the shared subnet that nobody listed, once, and counts them', () => {
      const text = OFFICE.replace('192.168.0.0/24]', '192.168.0.9]');
      expect(found({}, text)).toEqual(['warning over-answering']);
      // All 256 but the network's, the broadcast and the host's own address, the one that is listed and the one that lives there.
      expect(message(router({}), text, 'over-answering')).toMatch(/On eth1 .* for 251 addresses of the shared subnet/);
      expect(kindsFound(inForce(router({}), text), text)).toEqual([]);
      expect(found({}, `${text}answer: listed\n`)).toEqual([]);
      const three = text.replace('forwarding', '  - interface: eth2\n    hosts: [192.168.0.67]\nforwarding');
      expect(found({}, three)).toEqual(['warning over-answering']);
      expect(message(router({}), three, 'over-answering')).toMatch(/On eth1 .* for 250 addresses .*; the same on eth2$/);
    });

    it('warns of a default route elsewhere, once', () => {
      const words = { addresses: ['192.168.0.1/24 eth0'], routes: ['default via 192.168.0.254 dev eth0'] };
      expect(found(words, OFFICE)).toEqual(['warning over-answering']);
      expect(message(router(words), OFFICE, 'over-answering')).toMatch(/leaves by eth0, so that on eth1 this host/);
      expect(kindsFound(inForce(router(words), OFFICE), OFFICE)).toEqual([]);
      const beyond = { routes: ['default dev eth2'] };
      expect(message(router(beyond), OFFICE, 'over-answering')).toMatch(/leaves by eth2, so that on eth0, eth1 this host/);
    });
  });

  describe('same-subnet-twice', () => {
    const TWICE = OFFICE.replace('eth1\n', 'eth1\n    addresses: [192.168.0.2/24]\n').replace(
      '    hosts: [192.168.0.0/24]\n',
      '    hosts: [192.168.0.9]\n',
    );

    it('refuses an answer as fast as the owners give it, and counts whom it is given for', () => {
      expect(found({}, TWICE)).toEqual(['refusal same-subnet-twice']);
      // .66 and .9 have routes of their own.
      expect(message(router({}), TWICE, 'same-subnet-twice')).toMatch(/on eth1 this host answers for 252 addresses/);
    });

    it('warns where the owners win, and where nothing is answered but the way is the wrong one', () => {
      expect(found({}, `${TWICE}proxy_delay: keep\n`)).toEqual(['warning same-subnet-twice']);
      const silent = custom('addresses: [{ address: 192.168.0.1/24, interface: eth0 }, { address: 192.168.0.2/24, interface: eth1 }]');
      expect(found({}, silent)).toEqual(['warning same-subnet-twice']);
    });

    it('is said when it comes about, once', () => {
      const quiet = `${TWICE}proxy_delay: keep\n`;
      expect(kindsFound(inForce(router({}), quiet), quiet)).toEqual([]);
    });

    it('finds nothing where routes of their own lead to all of them', () => {
      const all = '[192.168.0.0/25, 192.168.0.128/25]';
      expect(found({}, TWICE.replace('[192.168.0.9]', all))).toEqual([]);
    });
  });

  describe('source-filtered', () => {
    it('warns of a strict rp_filter that rejects those who shall be answered', () => {
      const words = { ...OUTSIDE, routes: ['203.0.113.0/25 dev eth1', '203.0.113.128/25 dev eth1'], switches: { 'all/rp_filter': '1' } };
      expect(found(words, EDGE)).toEqual(['warning source-filtered']);
      expect(message(router(words), EDGE, 'source-filtered')).toMatch(
        /on eth0, this host keeps silent: .*conf\/all\/rp_filter=1.*rp_filter to 2/,
      );
      expect(found({ ...words, switches: { 'all/rp_filter': '2' } }, EDGE)).toEqual([]);
    });

    it('notes whom it rejects on the other wire of one subnet, where it is strict', () => {
      expect(found({ switches: { 'eth1/rp_filter': '2' } }, OFFICE)).toEqual([]);
      expect(found({ switches: { 'eth1/rp_filter': '1' } }, OFFICE)).toEqual(['note source-filtered']);
    });

    it('is said again while the profile depends on it', () => {
      const state = router({ switches: { 'eth1/rp_filter': '1' } });
      expect(kindsFound(inForce(state, OFFICE), OFFICE)).toEqual(['note source-filtered']);
    });
  });

  it.each(['1', '2', '3', '8'])('finds that arp_ignore=%s silences public addresses (arp-ignore)', (value) => {
    const words = { ...OUTSIDE, switches: { 'eth0/arp_ignore': value } };
    expect(found(words, EDGE)).toEqual(['warning arp-ignore']);
    expect(message(router(words), EDGE, 'arp-ignore')).toContain('set net/ipv4/conf/eth0/arp_ignore and net/ipv4/conf/all/arp_ignore to 0');
  });

  it('does not hold arp_ignore against answers by proxy, nor against addresses of the interface (arp-ignore, F3)', () => {
    expect(found({ switches: { 'all/arp_ignore': '1' } }, OFFICE)).toEqual([]);
  });

  it('finds redirects that a private VLAN leaves on (redirects-left-on)', () => {
    const words = { addresses: ['192.168.0.1/24 eth0'], switches: { 'all/send_redirects': '1' } };
    expect(found(words, `${GUESTS}redirects: keep\n`)).toEqual(['warning redirects-left-on']);
    expect(found({ ...words, switches: { 'all/send_redirects': '0', 'eth0/send_redirects': '0' } }, `${GUESTS}redirects: keep\n`)).toEqual(
      [],
    );
  });

  describe('forwards-elsewhere', () => {
    const OPEN = OFFICE.replace('forwarding: interfaces\n', '');

    it('names the interfaces that ip_forward opens besides', () => {
      expect(found({}, OPEN)).toEqual(['warning forwards-elsewhere']);
      expect(message(router({}), OPEN, 'forwards-elsewhere')).toContain('sends to it by eth2, too');
    });

    it.each<readonly [claim: string, words: RouterWords]>([
      ['those that are down', { flags: { eth2: [] } }],
      ['those that forwarded before', { switches: { 'eth2/forwarding': '1' } }],
    ])('does not count %s', (_claim, words) => {
      expect(found(words, OPEN)).toEqual([]);
    });
  });

  it('finds an owner of an address in the ARP table, but none of a host that moves (address-conflict)', () => {
    const known = (address: string, on: string): HostState => ({
      ...router({}),
      neighbours: [{ address: ip(address), interface: link(on), mac: '02:00:00:00:09:09', state: 'STALE' }],
    });
    expect(kindsFound(known('192.168.0.1', 'eth0'), OFFICE)).toContain('warning address-conflict');
    expect(kindsFound(known('192.168.0.1', 'eth2'), OFFICE)).not.toContain('warning address-conflict');
    expect(kindsFound(known('192.168.0.66', 'eth0'), OFFICE)).not.toContain('warning address-conflict');
  });

  it('finds proxies and routes for addresses of the host itself (host-is-own-address)', () => {
    const words = { addresses: ['10.0.0.1/24 eth0'] };
    expect(found(words, custom('proxies: [{ address: 10.0.0.0/30, interface: eth1 }]'))).toEqual(['warning host-is-own-address']);
    expect(found(words, custom('routes: [{ to: 10.0.0.1/32, interface: eth1 }]'))).toEqual(['warning host-is-own-address']);
    expect(found(words, custom('proxies: [{ address: 10.0.0.2, interface: eth1 }]'))).toEqual([]);
  });

  it('finds a private VLAN without a way to its hosts, whoever would give it (pvlan-no-route)', () => {
    expect(found({}, GUESTS)).toEqual(['warning pvlan-no-route']);
    expect(found({}, `${GUESTS}addresses: [192.168.0.1/32]\n`)).toEqual(['warning pvlan-no-route']);
    expect(found({}, `${GUESTS}addresses: [192.168.0.1/24]\n`)).toEqual([]);
    expect(found({}, `${GUESTS}---\n${custom('routes: [{ to: 10.0.0.9/32, interface: eth0 }]')}`)).toEqual([]);
  });

  it('finds public addresses that no table guards (own-services-exposed)', () => {
    const open = `${EDGE}manage_nat: false\n`;
    expect(found(OUTSIDE, open)).toEqual(['warning own-services-exposed']);
    expect(message(router(OUTSIDE), open, 'own-services-exposed')).toContain('can be reached at 203.0.113.10,');
    expect(found(OUTSIDE, custom('routes: [{ to: 203.0.113.10/32, type: local, interface: lo, table: 255 }]'))).toEqual([
      'warning own-services-exposed',
    ]);
  });

  it('says who else configures the interfaces that change (foreign-manager)', () => {
    const state = router({});
    const both = risksFound(state, OFFICE, { eth0: 'NetworkManager', eth1: 'systemd-networkd' }).map((risk) => risk.message);
    expect(both).toEqual(expect.arrayContaining([expect.stringContaining('NetworkManager configures eth0 and')]));
    expect(both).toEqual(expect.arrayContaining([expect.stringContaining('systemd-networkd configures eth1 and')]));
    expect(kindsFound(state, OFFICE, { eth0: 'NetworkManager', eth1: 'systemd-networkd' }).sort()).toEqual([
      'note duplicate-invisible',
      'warning foreign-manager',
      'warning foreign-manager',
    ]);
    expect(kindsFound(state, OFFICE, { eth2: 'NetworkManager' })).toEqual(['note duplicate-invisible']);
    expect(kindsFound(inForce(state, OFFICE), OFFICE, { eth0: 'NetworkManager' })).toEqual([]);
    const holding = custom('sysctl: { net/ipv4/ip_forward: 1, net/ipv4/conf/eth0/forwarding: 1 }');
    expect(kindsFound(router({ switches: { 'eth0/forwarding': '1' } }), holding, { eth0: 'NetworkManager' })).toEqual([
      'warning forwards-elsewhere',
    ]);
  });

  it('notes that duplicates stay unseen, when that begins (duplicate-invisible)', () => {
    const state = router({ addresses: ['192.168.0.1/24 eth0'] });
    expect(kindsFound(state, GUESTS)).toEqual(['note duplicate-invisible']);
    expect(kindsFound(state, OFFICE)).toEqual(['note duplicate-invisible']);
    expect(kindsFound(inForce(state, GUESTS), GUESTS)).toEqual([]);
  });

  it('says a thing once, whatever the number of profiles', () => {
    const open = OFFICE.replace('forwarding: interfaces\n', '');
    const both = `${open}---\n${custom('forwarding: global\naddresses: [{ address: 10.0.0.1/24, interface: eth0 }]')}`;
    const risks = risksFound(router({}), both).filter(({ code }) => code === 'forwards-elsewhere');
    expect(risks.map(({ profile }) => profile)).toEqual(['office']);
  });
});
