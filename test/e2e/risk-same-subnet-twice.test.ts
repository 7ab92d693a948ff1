// The story: the router gets an address of 192.168.0.0/24 on both of its wires. One of the two connected routes wins, that of eth0, so that
// on eth1 the router believes everybody to be behind eth0, and answers for those who sit on eth1 themselves. With proxy_delay 0 it does so
// as fast as they (KERNEL.md F91): parp refuses. With the kernel's own delay the owner is first, and it is a warning. With a /32 on
// eth1, and its hosts listed, nobody is answered for who can answer himself.
import { afterEach, describe, expect, it } from 'vitest';
import { CAN_BUILD } from '../support/namespaces.ts';
import { answerers, applied, risksTold } from '../support/risks-told.ts';
import { ANN, BOB, LEFT, useTwoWires } from '../support/two-wires.ts';

const TWICE = `version: 1
kind: pseudo-bridge
name: twice
segments:
  - interface: eth0
    addresses: [192.168.0.1/24]
    hosts: [${LEFT}]
  - interface: eth1
    addresses: [192.168.0.3/24]
    hosts: [${ANN}]
`;

describe.skipIf(!CAN_BUILD)('same-subnet-twice', () => {
  const net = useTwoWires({ links: { eth0: {}, eth1: {} } });

  afterEach(async () => {
    await net.parp('router', ['remove', '--all']);
  });

  it('refuses to race the owners, and with --force races them', async () => {
    const { exitCode, kinds } = await risksTold(net, TWICE);
    expect(exitCode).toBe(4);
    expect(kinds).toContain('refusal same-subnet-twice');
    await applied(net, TWICE, { exitCode: 4 });
    expect(await answerers(net, 'ann', ANN, BOB)).toEqual([net.macOf('bob', 'eth0')]);

    expect(await applied(net, TWICE, { options: ['--force'] })).not.toContain('error[');
    const both = [net.macOf('bob', 'eth0'), net.macOf('router', 'eth1')].toSorted();
    expect((await answerers(net, 'ann', ANN, BOB)).toSorted()).toEqual(both);
  });

  it('warns where the owner is first', async () => {
    const slow = `${TWICE}proxy_delay: keep\n`;
    const { exitCode, kinds } = await risksTold(net, slow);
    expect(exitCode).toBe(0);
    expect(kinds).toContain('warning same-subnet-twice');
    await applied(net, slow);
    const heard = await answerers(net, 'ann', ANN, BOB, 1000);
    expect(heard).toEqual([net.macOf('bob', 'eth0'), net.macOf('router', 'eth1')]);
  });

  it('is mended by what it says: a /32, and all hosts listed', async () => {
    const mended = TWICE.replace('192.168.0.3/24', '192.168.0.3/32').replace(`[${ANN}]`, `[${ANN}, ${BOB}]`);
    const { exitCode, kinds } = await risksTold(net, mended);
    expect(exitCode).toBe(0);
    expect(kinds.filter((kind) => kind.endsWith('same-subnet-twice'))).toEqual([]);
    await applied(net, mended);
    expect(await answerers(net, 'ann', ANN, BOB)).toEqual([net.macOf('bob', 'eth0')]);
    expect(await answerers(net, 'ann', ANN, LEFT)).toEqual([net.macOf('router', 'eth1')]);
  });
});
