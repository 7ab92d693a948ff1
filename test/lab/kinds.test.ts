// The networks of `parp lab`, without parp: each is silent where its story says so, and speaks once the kernel's switches are set by
// hand. So what `parp lab` shows is owed to parp, and not to the network.
import { describe, expect, it } from 'vitest';
import { askAll, macExpected } from '../../src/lab/checks.ts';
import { LAB_KINDS } from '../../src/lab/lab-kinds.ts';
import { differences } from '../../src/lab/snapshot.ts';
import { nodesOf } from '../../src/lab/topology.ts';
import { CAN_BUILD, useNetwork } from '../support/namespaces.ts';
import { BY_HAND } from './by-hand.ts';

describe.skipIf(!CAN_BUILD).each(LAB_KINDS)('the network of $kind', (kind) => {
  const net = useNetwork(kind.topology);

  it('is silent before, and answers with the right MACs when the switches are set by hand', async () => {
    const before = await askAll(net.lab, kind, 'before');
    expect(before.map(({ answer }) => answer)).toEqual(kind.checks.map((check) => check.before));

    await BY_HAND[kind.kind]?.(net);
    const after = await askAll(net.lab, kind, 'after');
    expect(after).toEqual(kind.checks.map((check) => ({ answer: check.after, mac: macExpected(kind, check) })));
    for (const host of Object.keys(kind.topology.hosts)) expect(await net.redirects(host)).toBe(0);
  });

  it('has a picture of at most 76 columns', () => {
    for (const line of kind.picture.split('\n')) expect(line.length).toBeLessThanOrEqual(76);
    for (const line of `${kind.story}\n${kind.profile}`.split('\n')) expect(line.length).toBeLessThanOrEqual(79);
  });
});

describe.skipIf(!CAN_BUILD)('snapshot()', () => {
  const net = useNetwork({
    hosts: { alone: { links: { eth0: { addresses: ['10.0.0.1/24'] } } }, other: { links: {} } },
    wires: [['alone:eth0', 'other:eth0']],
  });

  it('is equal when nothing changed, and names what did', async () => {
    const before = await net.snapshot('alone');
    expect(Object.keys(before.sysctls).length).toBeGreaterThan(200);
    expect(before.sysctls['net/ipv4/conf/eth0/proxy_arp']).toBe('0');
    expect(await net.snapshot('alone')).toEqual(before);

    await net.setSysctl('alone', 'net/ipv4/conf/eth0/proxy_arp', '1');
    await net.ip('alone', 'route add 10.9.0.0/16 via 10.0.0.2', 'neigh add proxy 10.0.0.9 dev eth0', 'rule add from 10.1.0.0/16 table 7');
    await net.run('alone', ['nft', 'add table ip strange']);
    const changed = differences(before, await net.snapshot('alone'));
    expect(changed.map((line) => line.replace(/:.*/, '')).sort()).toEqual([
      'net/ipv4/conf/eth0/proxy_arp',
      'nftables',
      'proxies',
      'routes',
      'rules',
    ]);

    await net.setSysctl('alone', 'net/ipv4/conf/eth0/proxy_arp', '0');
    await net.ip('alone', 'route del 10.9.0.0/16', 'neigh del proxy 10.0.0.9 dev eth0', 'rule del from 10.1.0.0/16 table 7');
    await net.run('alone', ['nft', 'delete table ip strange']);
    expect(await net.snapshot('alone')).toEqual(before);
  });
});

describe.skipIf(!CAN_BUILD)('buildTopology()', () => {
  const net = useNetwork({
    hosts: { a: { links: { eth0: { addresses: ['10.0.0.1/24'] } } }, b: { links: { 'eth0.10': { mac: '02:aa:00:00:00:01' } } } },
    wires: [['a:eth0', 'b:eth0.10']],
  });

  it('starts from the kernel defaults, with the MACs of the topology', async () => {
    for (const [path, value] of [
      ['conf/all/rp_filter', '0'],
      ['conf/eth0/forwarding', '0'],
      ['conf/eth0/send_redirects', '1'],
    ] as const) {
      expect(await net.sysctl('a', `net/ipv4/${path}`)).toBe(value);
    }
    expect(await net.ipJson('a', 'link', 'show', 'eth0')).toMatchObject([{ address: net.macOf('a', 'eth0'), operstate: 'UP' }]);
    expect(await net.ipJson('b', 'link', 'show', 'eth0.10')).toMatchObject([{ address: '02:aa:00:00:00:01' }]);
    expect(net.macOf('b', 'eth0.10')).toBe('02:aa:00:00:00:01');
  });

  it('gives every host a namespace whose name tells whose it is', () => {
    expect(nodesOf(net.lab.topology).map((host) => net.lab.name(host))).toEqual([`${net.lab.id}-a`, `${net.lab.id}-b`]);
    expect(net.lab.id).toMatch(new RegExp(`^parp-test-${process.pid}-[0-9a-f]{6}$`));
    expect(() => net.lab.name('c')).toThrow('no host "c"');
  });
});

describe.skipIf(!CAN_BUILD)('askArp() and capture()', () => {
  const net = useNetwork({
    hosts: { a: { links: { eth0: { addresses: ['10.0.0.1/24'] } } }, b: { links: { eth0: { addresses: ['10.0.0.2/24'] } } } },
    wires: [['a:eth0', 'b:eth0']],
  });

  it('see one question and one answer', async () => {
    const answers: unknown[] = [];
    const fields = ['arp.opcode', 'arp.src.proto_ipv4', 'arp.dst.proto_ipv4', 'eth.dst'];
    const frames = await net.capture('b', 'eth0', fields, async () => {
      answers.push(...(await net.askArp('a', 'eth0', [{ to: '10.0.0.2', from: '10.0.0.77' }, { to: '10.0.0.3' }], { waitMs: 200 })));
    });
    expect(answers).toMatchObject([{ address: '10.0.0.2', mac: net.macOf('b', 'eth0') }]);
    expect(frames).toContainEqual({
      'arp.opcode': '1',
      'arp.src.proto_ipv4': '10.0.0.77',
      'arp.dst.proto_ipv4': '10.0.0.2',
      'eth.dst': 'ff:ff:ff:ff:ff:ff',
    });
    expect(frames).toContainEqual({
      'arp.opcode': '2',
      'arp.src.proto_ipv4': '10.0.0.2',
      'arp.dst.proto_ipv4': '10.0.0.77',
      'eth.dst': net.macOf('a', 'eth0'),
    });
  });
});
