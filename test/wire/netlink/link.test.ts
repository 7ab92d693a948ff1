import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONF_KEYS, type ConfKey } from '../../../src/net/sysctl-path.ts';
import { decodeLink, requestLinks, writeLinkConf, type LinkMessage } from '../../../src/wire/netlink/link.ts';
import { forEachAttribute } from '../../../src/wire/netlink/message.ts';
import { decoded, golden, partsOf, written } from './golden-messages.ts';

const IFINFOMSG = 16;
const ETH0 = 10;

describe('requestLinks()', () => {
  it('asks what ip -4 link show asks, of all families and without the counters', () => {
    const own = partsOf(
      written((writer) => requestLinks(writer, 1)),
      IFINFOMSG,
    );
    const ip = partsOf(golden('written', '-4 link show'), IFINFOMSG);
    expect(ip.header).toBe('11000000000000000000000000000000');
    expect(own).toEqual({ ...ip, header: '00'.repeat(IFINFOMSG), attributes: { 29: '08000000' } });
  });
});

describe('writeLinkConf()', () => {
  it('writes what the kernel took', () => {
    const words = '(no words of ip: conf/eth0/proxy_arp = 1 by RTM_SETLINK, as parp sent it and the file read 1 behind it)';
    expect(written((writer) => writeLinkConf(writer, 1, ETH0, 'proxy_arp', 1))).toEqual(golden('written', words));
  });

  it('writes each key where decodeLink() finds it', () => {
    fc.assert(
      fc.property(fc.constantFrom(...CONF_KEYS), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), (key, value) => {
        expect(confOf(listed(written((writer) => writeLinkConf(writer, 1, ETH0, key, value))))).toEqual({ [key]: value });
      }),
    );
  });
});

/** What a message of RTM_SETLINK sets, by the number of the key. */
function listed(bytes: Uint8Array): Map<number, number> {
  const set = new Map<number, number>();
  decoded(bytes, (view, { from, to }) => {
    forEachAttribute(view, from + IFINFOMSG, to, (_, spec, specEnd) =>
      forEachAttribute(view, spec, specEnd, (_family, family, familyEnd) =>
        forEachAttribute(view, family, familyEnd, (_conf, conf, confEnd) =>
          forEachAttribute(view, conf, confEnd, (key, at) => set.set(key, view.getInt32(at, true))),
        ),
      ),
    );
  });
  return set;
}

/** The same values in the form in which a kernel tells of them: IFLA_INET_CONF as one row of numbers. */
function confOf(set: ReadonlyMap<number, number>): LinkMessage['conf'] {
  const bytes = golden('read', 'link set lo up');
  const before = decoded(bytes, decodeLink)?.conf ?? {};
  decoded(bytes, (view, { from, to }) => {
    forEachAttribute(view, from + IFINFOMSG, to, (type, spec, specEnd) => {
      if (type !== 26) return;
      forEachAttribute(view, spec, specEnd, (family, at, end) => {
        if (family !== 2) return;
        forEachAttribute(view, at, end, (_, row, rowEnd) => {
          for (let key = 1; row + key * 4 <= rowEnd; key++) view.setInt32(row + (key - 1) * 4, set.get(key) ?? UNSET, true);
        });
      });
    });
  });
  const after = decoded(bytes, decodeLink)?.conf ?? {};
  expect(Object.keys(after)).toEqual(Object.keys(before));
  return Object.fromEntries(Object.entries(after).filter(([, value]) => value !== UNSET));
}

/** No value of the property above, but for one in 2^32. */
const UNSET = 0x5a5a_5a5a;

describe('decodeLink()', () => {
  const words = {
    lo: 'link set lo up',
    eth0: 'link add eth0 …; in conf/eth0: proxy_arp=1 rp_filter=2 medium_id=5 arp_ignore=3 send_redirects=0 proxy_arp_pvlan=1',
    p0: 'link set p0 master br0; in conf/p0: medium_id=-1',
    tun0: 'tuntap add tun0 mode tun',
    far: 'link add far index 15 address 02:00:00:00:00:0f mtu 9000 type veth peer name x netns nlo; link set far up',
  };
  const read = (command: string): LinkMessage | undefined => decoded(golden('read', command), decodeLink);
  const plain = { kind: null, mtu: 1500, mac: null, master: null, lower: null };

  it.each<[link: keyof typeof words, message: Omit<LinkMessage, 'conf'>]>([
    ['lo', { ...plain, index: 1, name: 'lo', flags: 0x10049, mtu: 65536 }],
    [
      'eth0',
      { ...plain, index: 10, name: 'eth0', mac: '02:00:00:00:00:0a' as LinkMessage['mac'], flags: 0x11043, kind: 'veth', lower: 11 },
    ],
    [
      'p0',
      {
        ...plain,
        index: 11,
        name: 'p0',
        mac: '02:00:00:00:00:0b' as LinkMessage['mac'],
        flags: 0x11043,
        kind: 'veth',
        lower: 10,
        master: 12,
      },
    ],
    ['tun0', { ...plain, index: 2, name: 'tun0', flags: 0x1090, kind: 'tun' }],
    // The other end is in another namespace, where its number is another link's.
    ['far', { ...plain, index: 15, name: 'far', mac: '02:00:00:00:00:0f' as LinkMessage['mac'], flags: 0x1003, kind: 'veth', mtu: 9000 }],
  ])('reads %s', (link, message) => {
    const { conf, ...rest } = read(words[link]) ?? {};
    expect(rest).toEqual(message);
    expect(Object.keys(conf ?? {})).toEqual([...CONF_KEYS]);
  });

  it('reads the values of conf/<link>', () => {
    const values: Partial<Record<ConfKey, number>> = {
      proxy_arp: 1,
      rp_filter: 2,
      medium_id: 5,
      arp_ignore: 3,
      send_redirects: 0,
      proxy_arp_pvlan: 1,
      // Of a new link.
      forwarding: 0,
      accept_redirects: 1,
      secure_redirects: 1,
      shared_media: 1,
      arp_filter: 0,
      arp_announce: 0,
      arp_accept: 0,
      arp_notify: 0,
      accept_local: 0,
      route_localnet: 0,
      ignore_routes_with_linkdown: 0,
      drop_gratuitous_arp: 0,
      bc_forwarding: 0,
      arp_evict_nocarrier: 1,
    };
    expect(read(words.eth0)?.conf).toMatchObject(values);
    expect(read(words.p0)?.conf).toMatchObject({ medium_id: -1, proxy_arp: 0 });
  });
});
