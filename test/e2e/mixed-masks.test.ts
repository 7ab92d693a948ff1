// The story of profiles/mixed-masks.yaml: 10.0.0.0/24 was cut into two /25 with a router between them that forwards already. "colleague" was
// told and uses the router as gateway. "printer" was not: by its /24 mask the server in the other half is on its own wire, so it asks
// there by ARP, and nobody answers. After apply the router answers, since it reaches the server by its other interface; for
// addresses of the printer's own half it stays silent, since those who have them hear the question themselves.
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { differences } from '../../src/lab/snapshot.ts';
import type { Topology } from '../../src/lab/topology.ts';
import { CAN_BUILD, useNetwork } from '../support/namespaces.ts';

const PROFILE = fileURLToPath(new URL('../../profiles/mixed-masks.yaml', import.meta.url));

const PRINTER = '10.0.0.5';
const COLLEAGUE = '10.0.0.20';
const SERVER = '10.0.0.200';
/** Nobody has it, in the printer's own half. */
const NOBODY = '10.0.0.99';

const TOPOLOGY: Topology = {
  hosts: {
    printer: { links: { eth0: { addresses: [`${PRINTER}/24`] } } },
    colleague: { links: { eth0: { addresses: [`${COLLEAGUE}/25`] } }, routes: ['default via 10.0.0.1'] },
    router: { links: { eth0: { addresses: ['10.0.0.1/25'] }, eth1: { addresses: ['10.0.0.129/25'] } } },
    server: { links: { eth0: { addresses: [`${SERVER}/25`] } }, routes: ['default via 10.0.0.129'] },
  },
  switches: { floor: {} },
  wires: [
    ['printer:eth0', 'floor:printer'],
    ['colleague:eth0', 'floor:colleague'],
    ['router:eth0', 'floor:router'],
    ['router:eth1', 'server:eth0'],
  ],
};

describe.skipIf(!CAN_BUILD)('parp apply between two halves of a subnet', () => {
  const net = useNetwork(TOPOLOGY);

  /** Who reaches whom, asking anew. */
  async function reached(): Promise<Record<string, boolean>> {
    for (const host of Object.keys(TOPOLOGY.hosts)) await net.forget(host);
    const [printerToServer, serverToPrinter, colleagueToServer, printerToColleague] = await Promise.all([
      net.ping('printer', SERVER),
      net.ping('server', PRINTER),
      net.ping('colleague', SERVER),
      net.ping('printer', COLLEAGUE),
    ]);
    return { printerToServer, serverToPrinter, colleagueToServer, printerToColleague };
  }

  const WITHOUT = { printerToServer: false, serverToPrinter: false, colleagueToServer: true, printerToColleague: true };
  const WITH = { printerToServer: true, serverToPrinter: true, colleagueToServer: true, printerToColleague: true };

  it('lets the host with the old mask reach the other half, and remove takes that back alone', async () => {
    await net.setSysctl('router', 'net/ipv4/ip_forward', '1');
    const before = await net.snapshot('router');
    expect(await reached()).toEqual(WITHOUT);

    const applied = await net.parp('router', ['apply', PROFILE]);
    expect(applied.exitCode, `applied: ${applied.stderr}`).toBe(0);
    expect(await reached()).toEqual(WITH);
    expect(await net.mac('printer', SERVER)).toBe(net.macOf('router', 'eth0'));
    expect(await net.mac('printer', COLLEAGUE)).toBe(net.macOf('colleague', 'eth0'));
    expect(await net.mac('colleague', SERVER), 'who goes by the gateway does not ask').toBeNull();
    const questions = [SERVER, COLLEAGUE, NOBODY].map((to) => ({ to, from: PRINTER }));
    const answers = await net.askArp('printer', 'eth0', questions);
    expect(answers.map(({ address, mac }) => `${address} ${mac}`).sort()).toEqual([
      `${COLLEAGUE} ${net.macOf('colleague', 'eth0')}`,
      `${SERVER} ${net.macOf('router', 'eth0')}`,
    ]);

    const removed = await net.parp('router', ['remove', 'mixed-masks']);
    expect(removed.exitCode, `removed: ${removed.stderr}`).toBe(0);
    expect(await reached()).toEqual(WITHOUT);
    expect(differences(before, await net.snapshot('router'))).toEqual([]);
  });
});
