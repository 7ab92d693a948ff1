import { buildTopology, type Lab } from '../src/lab/namespaces.ts';
import type { Topology } from '../src/lab/topology.ts';
import { ROUTER } from './measure.ts';
import type { RecordsPlace } from './records.ts';

/** The network of a workload, with parp's records where they are kept while it is measured. */
export async function buildBench(
  { links }: { readonly links: readonly string[] },
  { records }: { readonly records: RecordsPlace },
): Promise<Lab> {
  return buildTopology(networkOf(links), records.stateDir === undefined ? {} : { stateDir: records.stateDir });
}

/** The router, and one other host at the far end of each of its wires. Every MAC is written: there can be a thousand. */
export function networkOf(links: readonly string[]): Topology {
  const far = (link: string): string => `far-${link}`;
  const named = (host: number, names: readonly string[]) =>
    Object.fromEntries(names.map((name, i) => [name, { mac: `02:00:00:${octet(host)}:${octet(i >> 8)}:${octet(i & 0xff)}` }]));
  return {
    hosts: { [ROUTER]: { links: named(1, links) }, neighbours: { links: named(2, links.map(far)) } },
    wires: links.map((link) => [`${ROUTER}:${link}`, `neighbours:${far(link)}`] as const),
  };
}

function octet(value: number): string {
  return value.toString(16).padStart(2, '0');
}
