// Bugs that the neighbours meet.
import type { Exhibit, Scenario } from './exhibit.ts';
import { Scene, TO, within } from './scene.ts';

/** What the kernel tells of its changes, in their order. */
const inOrder: Scenario = async (net, program) => {
  const scene = new Scene(net, program);
  const monitor = net.spawn('router', ['ip', '-4', 'monitor', 'netconf', 'route']);
  let said = '';
  monitor.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const listens = await within(5000, async () => {
    await net.ip('router', 'route add 198.51.100.1 dev eth0', 'route del 198.51.100.1 dev eth0');
    return said.includes('198.51.100.1');
  });
  if (!listens) throw new Error('ip monitor says nothing');
  const profile = `version: 1\nkind: custom\nname: order\nsysctl: { net/ipv4/conf/eth0/proxy_arp: 1 }\nroutes: [{ to: ${TO}/32, interface: eth1 }]\n`;
  await scene.must(['apply', net.profile('order.yaml', profile)]);
  const isTold = await within(5000, () => said.includes('eth0 proxy_neigh on') && said.includes(TO));
  if (!isTold) throw new Error(`ip monitor did not tell of everything: ${said}`);
  monitor.kill();
  scene.check(said.indexOf(TO) < said.indexOf('eth0 proxy_neigh on'), 'eth0 answers ARP before there is a way to the host');
  return scene.harms;
};

const OWNED = `version: 1
kind: pseudo-bridge
name: office
segments:
  - interface: eth0
    addresses: [192.168.0.1/24]
    hosts: [192.168.0.2]
  - interface: eth1
    hosts: [192.168.0.66]
announce: { rounds: 1, form: request }
`;

/** What is announced on the segment of a host whose address the router answers for on the other one. */
const ownersSegment: Scenario = async (net, program) => {
  const scene = new Scene(net, program);
  const frames = await net.capture('wire', 'w1', ['arp.src.proto_ipv4'], async () => {
    await scene.must(['apply', net.profile('office.yaml', OWNED), '--no-probe']);
  });
  const senders = new Set(frames.map((frame) => frame['arp.src.proto_ipv4']));
  scene.check(senders.has('192.168.0.2'), 'the host behind eth0 was not announced on eth1');
  scene.check(!senders.has('192.168.0.66'), 'an address was announced where its owner lives');
  return scene.harms;
};

export const WIRE: readonly Exhibit[] = [
  {
    bug: 'switches proxy ARP on before there is a way to the hosts',
    tools: 'ifupdown hooks',
    story:
      '`echo 1 > …/proxy_arp` stands above the `ip route add` lines: until they are through, the router draws traffic that it cannot deliver',
    edits: [{ file: 'model/order.ts', from: "key === 'proxy_arp_pvlan' ? 10 : 7;", to: "key === 'proxy_arp_pvlan' ? 0 : 7;" }],
    scenario: inOrder,
    harm: 'eth0 answers ARP before there is a way to the host',
  },
  {
    bug: 'announces each address on every interface, also where its owner lives',
    tools: 'failover scripts, hosts of containers',
    story:
      'a loop of `arping -U` over all interfaces tells the neighbours of an address its wrong place, and an owner that defends it (RFC 5227) gives it up',
    edits: [
      {
        file: 'profile/pseudo-bridge-settings.ts',
        from: 'joined(homes.filter((_, other) => other !== at))',
        to: 'joined(homes)',
      },
    ],
    scenario: ownersSegment,
    harm: 'an address was announced where its owner lives',
  },
];
