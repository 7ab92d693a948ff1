import type { LabHost } from '../../src/lab/topology.ts';
import { useNetwork, type Network } from './namespaces.ts';

/** Hosts of 192.168.0.0/24: left alone by the router's eth0, ann and bob at a switch by its eth1. */
export const [LEFT, ANN, BOB] = ['192.168.0.2', '192.168.0.10', '192.168.0.11'];

/** A router between left, and ann and bob; `isolated`: the switch keeps these two apart. */
export function useTwoWires(router: LabHost, { isolated = false } = {}): Network {
  return useNetwork({
    hosts: {
      left: { links: { eth0: { addresses: [`${LEFT}/24`] } } },
      router,
      ann: { links: { eth0: { addresses: [`${ANN}/24`] } } },
      bob: { links: { eth0: { addresses: [`${BOB}/24`] } } },
    },
    switches: { floor: isolated ? { isolated: ['ann', 'bob'] } : {} },
    wires: [
      ['left:eth0', 'router:eth0'],
      ['router:eth1', 'floor:router'],
      ['ann:eth0', 'floor:ann'],
      ['bob:eth0', 'floor:bob'],
    ],
  });
}
