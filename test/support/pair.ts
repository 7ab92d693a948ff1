import { buildTopology, type Lab } from '../../src/lab/namespaces.ts';

export const MAC_A = '02:00:00:00:00:0a';
export const MAC_B = '02:00:00:00:00:0b';

/** Two hosts `a` (10.0.0.1) and `b` (10.0.0.2), joined by two wires: eth0, and eth1 without addresses. */
export async function buildPair(): Promise<Lab> {
  return buildTopology(
    {
      hosts: {
        a: { links: { eth0: { mac: MAC_A, addresses: ['10.0.0.1/24'] }, eth1: {} } },
        b: { links: { eth0: { mac: MAC_B, addresses: ['10.0.0.2/24'] }, eth1: {} } },
      },
      wires: [
        ['a:eth0', 'b:eth0'],
        ['a:eth1', 'b:eth1'],
      ],
    },
    { family: 'parp-test' },
  );
}

/** Why tests with networks of namespaces are skipped; false where they can run. */
export const WITHOUT_ROOT = process.getuid?.() !== 0;
