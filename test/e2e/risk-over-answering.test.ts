// The story: "ann" and "bob" share a wire that the router only listens to by eth1; its subnet stands on eth0. Somebody switches
// proxy_arp on for eth1 because "it makes things reachable". No route leaves by eth1, so that everything leads elsewhere, and the router
// answers on eth1 for the whole wire: parp refuses. Once that is accepted, ann gets two answers for bob, learns the router's MAC for an
// address that nobody has yet, and cannot reach who takes it afterwards. A pseudo-bridge that lists only some hosts is warned of
// the same thing in small, and of answering for the whole Internet where the default route leads elsewhere; `answer: listed` does neither.
import { afterEach, describe, expect, it } from 'vitest';
import { differences } from '../../src/lab/snapshot.ts';
import { CAN_BUILD } from '../support/namespaces.ts';
import { answerers, applied, risksTold } from '../support/risks-told.ts';
import { ANN, BOB, LEFT, useTwoWires } from '../support/two-wires.ts';

const CAROL = '192.168.0.12';

const SWITCHED = `version: 1
kind: custom
name: switched
sysctl:
  net/ipv4/conf/eth1/forwarding: 1
  net/ipv4/conf/eth1/proxy_arp: 1
  net/ipv4/neigh/eth1/proxy_delay: 0ms
`;
const OFFICE = `version: 1
kind: pseudo-bridge
name: office
segments:
  - interface: eth0
    hosts: [${LEFT}]
  - interface: eth1
    hosts: [${ANN}]
`;

describe.skipIf(!CAN_BUILD)('over-answering', () => {
  const net = useTwoWires({ links: { eth0: { addresses: ['192.168.0.1/24'] }, eth1: {} }, routes: [`default via ${LEFT}`] });

  afterEach(async () => {
    await net.parp('router', ['remove', '--all']);
  });

  it('refuses an interface that would answer for its own wire, and changes nothing', async () => {
    const before = await net.snapshot('router');
    const { exitCode, kinds, messages } = await risksTold(net, SWITCHED);
    expect({ exitCode, kinds }).toEqual({ exitCode: 4, kinds: ['refusal over-answering'] });
    const [message = ''] = messages('over-answering');
    expect(await applied(net, SWITCHED, { exitCode: 4 })).toContain(`error[over-answering]: ${message}`);
    expect(differences(before, await net.snapshot('router'))).toEqual([]);
    expect(await answerers(net, 'ann', ANN, BOB)).toEqual([net.macOf('bob', 'eth0')]);
  });

  it('takes the wire over, where that is accepted', async () => {
    const accepted = `${SWITCHED}accept_risks: [over-answering]\n`;
    const { exitCode, kinds } = await risksTold(net, accepted);
    expect({ exitCode, kinds }).toEqual({ exitCode: 0, kinds: ['warning over-answering'] });
    await applied(net, accepted);
    const router = net.macOf('router', 'eth1');
    expect((await answerers(net, 'ann', ANN, BOB)).toSorted()).toEqual([net.macOf('bob', 'eth0'), router].toSorted());

    await net.ping('ann', CAROL, { wait: 1 });
    expect(await net.mac('ann', CAROL), 'nobody has that address').toBe(router);
    await net.ip('bob', `address add ${CAROL}/24 dev eth0`);
    expect(await net.ping('ann', CAROL), 'who comes to have it is not reached').toBe(false);
    await net.parp('router', ['remove', '--all']);
    await net.forget('ann');
    expect(await net.ping('ann', CAROL), 'but is without the router').toBe(true);
    await net.ip('bob', `address del ${CAROL}/24 dev eth0`);
  });

  it('warns of whom a pseudo-bridge answers for beside the listed hosts, and of a default route; `answer: listed` does neither', async () => {
    const { exitCode, kinds, messages } = await risksTold(net, OFFICE);
    expect(exitCode).toBe(0);
    expect(kinds.filter((kind) => kind.endsWith('over-answering'))).toEqual(['warning over-answering', 'warning over-answering']);
    expect(messages('over-answering').join('\n')).toMatch(/On eth1 .* nobody listed[^]*The default route leaves by eth0/);
    await applied(net, OFFICE);
    const router = net.macOf('router', 'eth1');
    expect(await answerers(net, 'ann', ANN, BOB), 'bob is not listed').toContain(router);
    expect(await answerers(net, 'ann', ANN, '8.8.8.8')).toEqual([router]);

    const listed = `${OFFICE}answer: listed\n`;
    expect((await risksTold(net, listed)).messages('over-answering')).toEqual([]);
    await applied(net, listed);
    expect(await answerers(net, 'ann', ANN, LEFT)).toEqual([router]);
    expect(await answerers(net, 'ann', ANN, BOB)).toEqual([net.macOf('bob', 'eth0')]);
    expect(await answerers(net, 'ann', ANN, '8.8.8.8')).toEqual([]);
  });
});
