// The story: what else a change brings along. ip_forward opens every interface, so that a "stranger" on eth2 gets through the router to
// "right" who was out of reach; `forwarding: interfaces` keeps eth2 shut. An address that the router knows to be another's is answered for
// twice once it is claimed without asking. Without announcements, which a segment that lists no hosts does not get, an old entry
// lives on at the neighbours. Nobody asks for a host that is in no subnet of theirs. Proxies for the router's own address do nothing.
import { afterEach, describe, expect, it } from 'vitest';
import { CAN_BUILD, useNetwork } from '../support/namespaces.ts';
import { answerers, applied, risksTold } from '../support/risks-told.ts';

const [LEFT, RIGHT, STRANGER] = ['192.168.0.2', '192.168.0.200', '10.9.0.2'];

const HALVES = `version: 1
kind: pseudo-bridge
name: halves
segments:
  - interface: eth0
    addresses: [192.168.0.1/25]
    hosts: [${LEFT}]
  - interface: eth1
    addresses: [192.168.0.129/25]
`;

describe.skipIf(!CAN_BUILD)('what else a change brings along', () => {
  const net = useNetwork({
    hosts: {
      left: { links: { eth0: { addresses: [`${LEFT}/24`] } } },
      router: { links: { eth0: {}, eth1: {}, eth2: { addresses: ['10.9.0.1/24'] } } },
      right: { links: { eth0: { addresses: [`${RIGHT}/25`] } }, routes: ['default via 192.168.0.129'] },
      stranger: { links: { eth0: { addresses: [`${STRANGER}/24`] } }, routes: ['default via 10.9.0.1'] },
    },
    wires: [
      ['left:eth0', 'router:eth0'],
      ['router:eth1', 'right:eth0'],
      ['router:eth2', 'stranger:eth0'],
    ],
  });

  afterEach(async () => {
    await net.parp('router', ['remove', '--all']);
  });

  it('opens interfaces that nobody spoke of (forwards-elsewhere)', async () => {
    const told = await risksTold(net, HALVES);
    expect(told.kinds).toContain('warning forwards-elsewhere');
    expect(told.messages('forwards-elsewhere')).toEqual([expect.stringContaining('sends to it by eth2, too')]);
    await applied(net, HALVES);
    expect(await net.ping('stranger', RIGHT), 'the stranger gets through').toBe(true);
    await net.parp('router', ['remove', '--all']);

    const narrow = `${HALVES}forwarding: interfaces\n`;
    expect((await risksTold(net, narrow)).messages('forwards-elsewhere')).toEqual([]);
    await applied(net, narrow);
    expect(await net.ping('stranger', RIGHT, { wait: 1 })).toBe(false);
    expect(await net.ping('left', RIGHT)).toBe(true);
  });

  it('leaves old entries to the neighbours of a segment without hosts (unannounced-segment)', async () => {
    const old = 'aa:aa:aa:aa:aa:aa';
    const remember = `neigh replace ${RIGHT} lladdr ${old} dev eth0 nud reachable`;
    expect((await risksTold(net, HALVES)).kinds).toContain('warning unannounced-segment');
    await net.ip('left', remember);
    const announced = async (text: string): Promise<void> => {
      const once = net.profile('halves.yaml', `${text}announce: { rounds: 1 }\n`);
      const applied = await net.parp('router', ['apply', once, '--no-probe']);
      expect(applied.exitCode, applied.stderr).toBe(0);
    };
    await announced(HALVES);
    expect(await net.mac('left', RIGHT)).toBe(old);
    await net.parp('router', ['remove', '--all']);

    const listed = `${HALVES}    hosts: [${RIGHT}]\n`;
    expect((await risksTold(net, listed)).messages('unannounced-segment')).toEqual([]);
    await net.ip('left', remember);
    await announced(listed);
    await expect.poll(async () => net.mac('left', RIGHT)).toBe(net.macOf('router', 'eth0'));
  });

  it('waits for questions that nobody asks (host-off-subnet)', async () => {
    const far = '10.77.0.5';
    const profile = HALVES.replace('addresses: [192.168.0.129/25]', `addresses: [192.168.0.129/25]\n    hosts: [${far}]`);
    const told = await risksTold(net, profile);
    expect(told.messages('host-off-subnet')).toEqual([expect.stringContaining(far)]);
    await applied(net, profile);
    expect(await answerers(net, 'left', LEFT, far), 'whoever asks is answered').toEqual([net.macOf('router', 'eth0')]);
    expect(await net.ping('left', far, { wait: 1 }), 'but left does not ask: it has no route').toBe(false);
  });

  it("takes another's address for its own (address-conflict)", async () => {
    await net.ip('router', 'address add 192.168.0.9/24 dev eth0');
    expect(await net.ping('router', LEFT)).toBe(true);
    const claim = `version: 1\nkind: custom\nname: claim\naddresses: [{ address: ${LEFT}/24, interface: eth0 }]\nprobe: false\n`;
    const told = await risksTold(net, claim);
    expect(told.kinds).toEqual(['warning address-conflict']);
    expect(told.messages('address-conflict')).toEqual([expect.stringContaining(`${LEFT} was ${net.macOf('left', 'eth0')} on eth0`)]);
    await applied(net, claim);
    // The owner himself asks for it, as his stack would before it used it, and hears that it is taken.
    const heard = await net.askArp('left', 'eth0', [{ to: LEFT }], { waitMs: 300 });
    expect(heard.map(({ mac }) => mac)).toEqual([net.macOf('router', 'eth0')]);
    await net.parp('router', ['remove', '--all']);
    await net.ip('router', 'address del 192.168.0.9/24 dev eth0');
  });

  it('asks neither proxies nor routes for its own address (host-is-own-address)', async () => {
    const own = `version: 1
kind: custom
name: own
sysctl: { net/ipv4/conf/eth1/forwarding: 1, net/ipv4/conf/eth1/arp_ignore: 1, net/ipv4/neigh/eth1/proxy_delay: 0ms }
proxies: [{ address: 10.9.0.1, interface: eth1 }, { address: ${STRANGER}, interface: eth1 }]
`;
    expect((await risksTold(net, own)).kinds).toContain('warning host-is-own-address');
    await applied(net, own);
    expect(await answerers(net, 'right', RIGHT, STRANGER), 'proxies are answered for').toEqual([net.macOf('router', 'eth1')]);
    expect(await answerers(net, 'right', RIGHT, '10.9.0.1'), 'but the entry of the own address is not').toEqual([]);
  });
});
