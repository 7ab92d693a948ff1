import type { Network } from '../support/namespaces.ts';

/** What an administrator without parp would type on a kind's router: the proof that the network itself can do what its story says. */
export const BY_HAND: Readonly<Record<string, (net: Network) => Promise<void>>> = {
  'pseudo-bridge': async (net) => {
    await net.ip('router', 'address add 192.168.0.1/24 dev eth0', 'address add 192.168.0.1/32 dev eth1', 'route add 192.168.0.66 dev eth1');
    await write(net, ['ip_forward', '1'], ['conf/all/send_redirects', '0'], ['conf/eth0/send_redirects', '0']);
    await write(
      net,
      ['neigh/eth0/proxy_delay', '0'],
      ['neigh/eth1/proxy_delay', '0'],
      ['conf/eth0/proxy_arp', '1'],
      ['conf/eth1/proxy_arp', '1'],
    );
  },
  'private-vlan': async (net) => {
    await write(net, ['ip_forward', '1'], ['conf/all/send_redirects', '0'], ['conf/eth0/send_redirects', '0']);
    await write(net, ['neigh/eth0/proxy_delay', '0'], ['conf/eth0/proxy_arp_pvlan', '1']);
  },
  'nat-proxy': async (net) => {
    await write(net, ['ip_forward', '1']);
    const { exitCode, stderr } = await net.run('router', ['nft', '-f', '-'], {
      input: `table ip by_hand {
        chain inwards {
          type nat hook prerouting priority dstnat
          iifname "eth0" ip daddr 203.0.113.10 dnat to 10.0.0.10
        }
        chain outwards {
          type nat hook postrouting priority srcnat
          oifname "eth0" ip saddr 10.0.0.10 snat to 203.0.113.10
          oifname "eth0" ip saddr 10.0.0.0/24 snat to 203.0.113.9
        }
        chain guard {
          type filter hook input priority filter
          ip daddr { 203.0.113.9, 203.0.113.10 } drop
        }
      }
`,
    });
    if (exitCode !== 0) throw new Error(stderr);
    await net.ip('router', 'route add local 203.0.113.9 dev lo', 'route add local 203.0.113.10 dev lo');
  },
  custom: async (net) => {
    await write(
      net,
      ['conf/eth0/forwarding', '1'],
      ['conf/eth1/forwarding', '1'],
      ['neigh/eth0/proxy_delay', '0'],
      ['conf/eth0/proxy_arp', '1'],
    );
  },
};

async function write(net: Network, ...settings: readonly (readonly [path: string, value: string])[]): Promise<void> {
  for (const [path, value] of settings) await net.setSysctl('router', `net/ipv4/${path}`, value);
}
