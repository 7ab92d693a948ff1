// The story: systemd-networkd, the real one, configures eth0 of a machine of its own (namespaces of processes, mounts and network), and knows nothing of
// proxy ARP but that it shall be off. parp warns of that before it switches it on. When networkd starts again, it does what its file says, and
// the switch is off: what parp warned of.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CAN_BUILD, PARP } from '../support/namespaces.ts';

const NETWORKD = '/lib/systemd/systemd-networkd';

const SCRIPT = `
mount -t tmpfs none /run
mount -t sysfs -o ro none /sys
mkdir -p /run/systemd/network
cat > /run/systemd/network/10-eth0.network <<'END'
[Match]
Name=eth0
[Network]
Address=192.168.0.1/24
IPv4ProxyARP=no
LinkLocalAddressing=no
END
cat > /run/moved.yaml <<'END'
version: 1
kind: custom
name: moved
probe: false
sysctl:
  net/ipv4/conf/eth0/proxy_arp: 1
  net/ipv4/conf/eth0/forwarding: 1
routes: [{ to: 192.168.0.66/32, interface: far }]
END
ip link add eth0 type veth peer name far
ip link set far up
# networkd starts, and has configured eth0 when this returns.
start() {
  ${NETWORKD} > /run/networkd.log 2>&1 & networkd=$!
  for i in $(seq 100); do
    grep -q ADMIN_STATE=configured /run/systemd/netif/links/$(cat /sys/class/net/eth0/ifindex) 2>/dev/null && return
    sleep 0.05
  done
  cat /run/networkd.log
  exit 1
}
start
echo "== plan"; parp plan /run/moved.yaml
echo "== apply"; parp apply /run/moved.yaml
echo "== before: $(cat /proc/sys/net/ipv4/conf/eth0/proxy_arp)"
kill $networkd; wait $networkd || true
rm -r /run/systemd/netif/links
start
echo "== after: $(cat /proc/sys/net/ipv4/conf/eth0/proxy_arp)"
echo "== status"; parp status
kill $networkd; wait $networkd || true
`;

describe.skipIf(!CAN_BUILD || !existsSync(NETWORKD))('a link that systemd-networkd owns', () => {
  it('is warned of, and its switch is taken back when networkd starts again', () => {
    const parp = `parp() { ${PARP.map((word) => `'${word}'`).join(' ')} "$@"; }`;
    const output = execFileSync(
      'unshare',
      ['-m', '-n', '-p', '--fork', '--mount-proc', 'bash', '-e', '-c', `exec 2>&1\n${parp}\n${SCRIPT}`],
      {
        encoding: 'utf8',
        timeout: 60_000,
      },
    );
    expect(output).toMatch(/== plan[^]*warning\[foreign-manager\]: [^]*eth0[^]*== apply/);
    expect(output).toContain('Applied moved');
    expect(output).toContain('== before: 1');
    expect(output).toContain('== after: 0');
    expect(output).toMatch(/== status[^]*net\/ipv4\/conf\/eth0\/proxy_arp: wanted 1, found 0/);
  }, 90_000);
});
