// The story: a router keeps silent where the profile wants it to speak, because of switches that nobody thought of. With a strict rp_filter
// it rejects whoever asks on another wire than his subnet's: a host that moved behind eth1 unlisted cannot even find the router (KERNEL.md
// F15, F94). With arp_ignore it keeps its public addresses to itself, though not what it answers by proxy (F3, F106). And a private VLAN
// without a route to its hosts answers nobody. parp tells each, with what to do; done, there is an answer.
import { afterEach, describe, expect, it } from 'vitest';
import { CAN_BUILD } from '../support/namespaces.ts';
import { answerers, applied, risksTold } from '../support/risks-told.ts';
import { officeOf } from '../support/plain-profiles.ts';
import { ANN, BOB, LEFT, useTwoWires } from '../support/two-wires.ts';

const PUBLIC = '192.168.0.100';

const OFFICE = officeOf(LEFT, ANN);
const EDGE = `version: 1
kind: nat-proxy
name: edge
outside: eth0
inside: eth1
nat: [{ public: ${PUBLIC}, private: 10.0.0.10 }]
`;
const GUESTS = `version: 1
kind: private-vlan
name: guests
interfaces: [eth1]
`;

describe.skipIf(!CAN_BUILD)('a router that keeps silent', () => {
  const net = useTwoWires({ links: { eth0: {}, eth1: {} } }, { isolated: true });

  afterEach(async () => {
    await net.parp('router', ['remove', '--all']);
    for (const key of ['rp_filter', 'arp_ignore']) await net.setSysctl('router', `net/ipv4/conf/all/${key}`, '0');
  });

  it('filters the sources of those who are not listed (source-filtered)', async () => {
    await net.setSysctl('router', 'net/ipv4/conf/all/rp_filter', '1');
    expect((await risksTold(net, OFFICE)).kinds).toContain('note source-filtered');
    await applied(net, OFFICE);
    const router = net.macOf('router', 'eth1');
    expect(await answerers(net, 'ann', ANN, LEFT), 'ann is listed').toEqual([router]);
    expect(await answerers(net, 'bob', BOB, LEFT), 'bob is not').toEqual([]);
    expect(await answerers(net, 'bob', BOB, '192.168.0.1'), "not even the router's own address").toEqual([]);
    await net.setSysctl('router', 'net/ipv4/conf/all/rp_filter', '2');
    expect(await answerers(net, 'bob', BOB, LEFT)).toEqual([router]);
    expect((await risksTold(net, OFFICE)).messages('source-filtered')).toEqual([]);
  });

  it('ignores questions for public addresses (arp-ignore)', async () => {
    await net.ip('router', 'address add 192.168.0.1/24 dev eth0');
    await net.setSysctl('router', 'net/ipv4/conf/all/arp_ignore', '1');
    expect((await risksTold(net, EDGE)).kinds).toContain('warning arp-ignore');
    await applied(net, EDGE);
    expect(await answerers(net, 'left', LEFT, PUBLIC)).toEqual([]);
    await net.setSysctl('router', 'net/ipv4/conf/all/arp_ignore', '0');
    expect(await answerers(net, 'left', LEFT, PUBLIC)).toEqual([net.macOf('router', 'eth0')]);
    expect((await risksTold(net, EDGE)).messages('arp-ignore')).toEqual([]);
    await net.ip('router', 'address del 192.168.0.1/24 dev eth0');
  });

  it('has no way to the guests (pvlan-no-route)', async () => {
    expect((await risksTold(net, GUESTS)).kinds).toContain('warning pvlan-no-route');
    await applied(net, GUESTS);
    expect(await answerers(net, 'ann', ANN, BOB)).toEqual([]);
    const addressed = `${GUESTS}addresses: [192.168.0.1/24]\n`;
    expect((await risksTold(net, addressed)).messages('pvlan-no-route')).toEqual([]);
    await applied(net, addressed);
    expect(await answerers(net, 'ann', ANN, BOB)).toEqual([net.macOf('router', 'eth1')]);
  });

  it('lets two guests have one address (duplicate-invisible)', async () => {
    const addressed = `${GUESTS}addresses: [192.168.0.1/24]\n`;
    expect((await risksTold(net, addressed)).kinds).toContain('note duplicate-invisible');
    await applied(net, addressed);
    expect(await net.askArp('bob', 'eth0', [{ to: ANN }], { waitMs: 300 }), "the probe for ann's address is not answered").toEqual([]);
    await net.ip('bob', `address add ${ANN}/24 dev eth0`);
    const frames = await net.capture('ann', 'eth0', ['arp.src.proto_ipv4'], async () =>
      net.run('bob', ['arping', '-A', '-c', '1', '-I', 'eth0', ANN]),
    );
    expect(frames, 'ann does not hear who else has it').toEqual([]);
    // A question with a sender is answered for any address at all, taken or not.
    expect(await answerers(net, 'bob', BOB, '192.168.0.99')).toEqual([net.macOf('router', 'eth1')]);
    await net.ip('bob', `address del ${ANN}/24 dev eth0`);
  });
});
