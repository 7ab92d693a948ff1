/** One end of a wire: `host:interface`. At a switch the interface is the name of a port. */
export type End = `${string}:${string}`;

/** What an interface of a host carries, at the end of a wire; interfaces that only a wire names carry nothing. */
export interface LabLink {
  /** Default: 02:00:00:00:HH:LL, the numbers of host and interface in their order, counted from 1. */
  readonly mac?: string;
  /** `address/length` each. */
  readonly addresses?: readonly string[];
}

export interface LabHost {
  readonly links: Readonly<Record<string, LabLink>>;
  /** What stands behind `ip route add`: `default via 192.168.0.1`. */
  readonly routes?: readonly string[];
}

/** A namespace with nothing but a bridge: every wire that ends in it is a port. */
export interface LabSwitch {
  /** Ports that may not talk to each other (port isolation, RFC 3069's private VLAN). */
  readonly isolated?: readonly string[];
}

/** A network as plain data: hosts and switches by name, and the wires between them. */
export interface Topology {
  readonly hosts: Readonly<Record<string, LabHost>>;
  readonly switches?: Readonly<Record<string, LabSwitch>>;
  readonly wires: readonly (readonly [End, End])[];
}

/** The bridge inside a switch. */
export const BRIDGE = 'br0';

/** Host and interface of an end; throws `TypeError` where the topology has no such host or switch. */
export function parseEnd(topology: Topology, end: End): { readonly host: string; readonly link: string } {
  const colon = end.indexOf(':');
  const host = end.slice(0, colon);
  if (!nodesOf(topology).includes(host)) throw new TypeError(`The end "${end}" of a wire names no host or switch of the topology`);
  return { host, link: end.slice(colon + 1) };
}

/** Every namespace of the topology: hosts, then switches. */
export function nodesOf(topology: Topology): readonly string[] {
  return [...Object.keys(topology.hosts), ...Object.keys(topology.switches ?? {})];
}

/** The MAC of a host's interface, whether written or given by its place. */
export function macOf(topology: Topology, host: string, link: string): string {
  const written = topology.hosts[host]?.links[link]?.mac;
  if (written !== undefined) return written;
  const pair = (n: number): string => n.toString(16).padStart(2, '0');
  const links = new Set([...Object.keys(topology.hosts[host]?.links ?? {}), ...wiredLinks(topology, host)]);
  return `02:00:00:00:${pair(nodesOf(topology).indexOf(host) + 1)}:${pair([...links].indexOf(link) + 1)}`;
}

function wiredLinks(topology: Topology, host: string): string[] {
  return topology.wires
    .flat()
    .map((end) => parseEnd(topology, end))
    .filter((end) => end.host === host)
    .map(({ link }) => link);
}

/**
 * Lines for `ip -batch`, outside: the wires, each end in its namespace and with its MAC. `name` gives a host's namespace. No two
 * interfaces share an index: the kernel takes a veth end with the index of its peer for no tunnel at all and lets it wait up to
 * a second for its carrier (linkwatch_urgent_event).
 */
export function wiring(topology: Topology, name: (host: string) => string): string[] {
  return topology.wires.map(([left, right], i) => {
    const end = (at: End, index: number): string => {
      const { host, link } = parseEnd(topology, at);
      return `name ${link} index ${index} netns ${name(host)} address ${macOf(topology, host, link)}`;
    };
    return `link add ${end(left, FIRST_INDEX + 2 * i)} type veth peer ${end(right, FIRST_INDEX + 2 * i + 1)}`;
  });
}

/** Above what lo and the tunnel modules take in every new namespace. */
const FIRST_INDEX = 101;

/** Lines for `ip -batch` inside a host's or switch's namespace, once the wires are there. */
export function furnishing(topology: Topology, host: string): string[] {
  const wired = wiredLinks(topology, host);
  const isolated = topology.switches?.[host]?.isolated;
  if (topology.switches?.[host] !== undefined) {
    return [
      `link add ${BRIDGE} type bridge`,
      `link set ${BRIDGE} up`,
      ...wired.flatMap((port) => [
        `link set ${port} master ${BRIDGE}`,
        ...(isolated?.includes(port) === true ? [`link set ${port} type bridge_slave isolated on`] : []),
        `link set ${port} up`,
      ]),
    ];
  }
  const { links = {}, routes = [] } = topology.hosts[host] ?? {};
  const named = [...new Set([...Object.keys(links), ...wired])];
  return [
    'link set lo up',
    ...named.map((link) => `link set ${link} up`),
    ...named.flatMap((link) => (links[link]?.addresses ?? []).map((address) => `address add ${address} dev ${link}`)),
    ...routes.map((route) => `route add ${route}`),
  ];
}
