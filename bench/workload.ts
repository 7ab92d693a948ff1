/** What is measured, as plain data. */
export const WORKLOAD_NAMES = ['W1', 'W2', 'W3', 'W4', 'W5', 'W6', 'W7'] as const;
export type WorkloadName = (typeof WORKLOAD_NAMES)[number];

/** A host to be configured: the profile that parp is given, and the files beside it. */
export interface Configuring {
  readonly kind: 'configure';
  readonly name: WorkloadName;
  readonly title: string;
  /** `a`, `b`: interfaces of the router, each one end of a veth whose other end is another host's. */
  readonly links: readonly string[];
  readonly profile: string;
  readonly hosts: readonly string[];
  /** Runs for each one that was asked for: what takes milliseconds needs more of them. */
  readonly times: number;
}

export interface Announcing {
  readonly kind: 'announce';
  readonly name: WorkloadName;
  readonly title: string;
  readonly links: readonly string[];
  readonly interface: string;
  readonly first: string;
  readonly last: string;
  readonly count: number;
  readonly times: number;
}

export type Workload = Configuring | Announcing;

const PAIR = ['v0', 'v1'];
const TENANTS = 1000;
const PROXIES = 10_000;
const ANNOUNCED = 10_000;

/** The first of many hosts; every second address from here on, so that no two of them are one prefix. */
const FIRST_HOST = (10 << 24) | (1 << 16);

export function workload(name: WorkloadName): Workload {
  switch (name) {
    case 'W1':
      return configuring(name, 'two interfaces, 4 hosts', PAIR, SMALL, [], 4);
    case 'W2':
      return hostRoutes(name, 1000);
    case 'W3':
      return hostRoutes(name, 10_000);
    case 'W4':
      return hostRoutes(name, 100_000);
    case 'W5':
      return configuring(name, `${group(TENANTS)} interfaces by a pattern`, tenants(), PRIVATE_VLAN, [], 1);
    case 'W6':
      return configuring(name, `${group(PROXIES)} proxy neighbours`, PAIR, LISTED, everySecond(PROXIES), 1);
    case 'W7':
      return announcing(name);
  }
}

/** The workload of W2 to W4 with any number of hosts. */
export function hostRoutes(name: WorkloadName, count: number): Configuring {
  return configuring(name, `${group(count)} host routes`, PAIR, ROUTED, everySecond(count), 1);
}

/** `count` addresses of which no two are neighbours. */
export function everySecond(count: number): string[] {
  return Array.from({ length: count }, (_, i) => dotted(FIRST_HOST + 2 * i));
}

export function group(count: number): string {
  return count.toLocaleString('en-US');
}

const HEAD = 'version: 1\nname: bench\nprobe: false\n';

const SMALL = `${HEAD}kind: pseudo-bridge
segments:
  - interface: v0
    addresses: [192.168.0.1/24]
    hosts: [192.168.0.2, 192.168.0.3]
  - interface: v1
    hosts: [192.168.0.66, 192.168.0.68]
`;

const ROUTED = `${HEAD}kind: pseudo-bridge
segments:
  - interface: v0
    addresses: [10.0.0.1/8]
  - interface: v1
    hosts_file: bench.hosts
`;

/** The hosts of v0 are reached without routes; v1 answers for each of them by a proxy neighbour. */
const LISTED = `${HEAD}kind: pseudo-bridge
answer: listed
segments:
  - interface: v0
    addresses: [10.0.0.1/8]
    hosts_file: bench.hosts
  - interface: v1
    hosts: [10.200.0.66]
`;

const PRIVATE_VLAN = `${HEAD}kind: private-vlan
interfaces: ['t*']
`;

function configuring(
  name: WorkloadName,
  title: string,
  links: readonly string[],
  profile: string,
  hosts: readonly string[],
  times: number,
): Configuring {
  return { kind: 'configure', name, title, links, profile, hosts, times };
}

function announcing(name: WorkloadName): Announcing {
  return {
    kind: 'announce',
    name,
    title: `announcing ${group(ANNOUNCED)} addresses, a request and a reply each`,
    links: PAIR,
    interface: 'v0',
    first: dotted(FIRST_HOST),
    last: dotted(FIRST_HOST + ANNOUNCED - 1),
    count: ANNOUNCED,
    times: 1,
  };
}

function tenants(): string[] {
  return Array.from({ length: TENANTS }, (_, i) => `t${String(i).padStart(4, '0')}`);
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join('.');
}
