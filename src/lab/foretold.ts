import { ipv4FromNumber } from '../net/ipv4.ts';
import { must } from '../net/parsed.ts';
import { parsePrefix, rangeOf } from '../net/prefix.ts';
import { holds, mergeRanges, type Range } from '../net/range.ts';
import type { LabKind } from './lab-kind.ts';
import type { Lab } from './namespaces.ts';
import { ipJson } from './observation.ts';
import { macOf, parseEnd, type Topology } from './topology.ts';

/** Whom an interface of the router will answer for, as `parp plan --json` says. */
export interface Foretold {
  readonly interface: string;
  readonly gained: readonly string[];
  readonly default_route: boolean;
}

/** What the wire made of it: how many addresses were asked for, of those foretold and beside them; and what was not as foretold. */
export interface ForetoldHeard {
  readonly inside: number;
  readonly beside: number;
  readonly complaints: readonly string[];
}

/** How many prefixes of an interface are tried, at both ends. */
const TRIED = 8;

/** Documentation addresses (RFC 5737) that nobody in a lab has. */
const ELSEWHERE = ['198.51.100.7', '203.0.113.99'] as const;

/** Asks the program whom the router will answer for; undefined where it does not say. */
export async function foretell(lab: Lab, kind: LabKind, parp: readonly string[], file: string): Promise<readonly Foretold[] | undefined> {
  const { stdout } = await lab.run(kind.router, [...parp, 'plan', file, '--json']);
  const answered = field(documentIn(stdout), 'answered');
  return Array.isArray(answered) ? (answered as readonly Foretold[]) : undefined;
}

/** Asks on each wire of the router for some of whom it was foretold to answer for, and for some beside them. */
export async function askForetold(
  lab: Lab,
  kind: LabKind,
  parp: readonly string[],
  foretold: readonly Foretold[] | undefined,
): Promise<ForetoldHeard> {
  if (foretold === undefined || foretold.length === 0) {
    return { inside: 0, beside: 0, complaints: ['plan --json names nobody whom the router will answer for'] };
  }
  const never = new Set([...addressesIn(kind.topology), ...(await ownAddresses(lab, kind.router))]);
  const heard = await Promise.all(foretold.map(async (entry) => askOn(lab, kind, parp, entry, never)));
  return {
    inside: heard.reduce((sum, { inside }) => sum + inside, 0),
    beside: heard.reduce((sum, { beside }) => sum + beside, 0),
    complaints: heard.flatMap(({ complaints }) => complaints),
  };
}

async function askOn(
  lab: Lab,
  kind: LabKind,
  parp: readonly string[],
  { interface: link, gained, default_route: everything }: Foretold,
  never: ReadonlySet<string>,
): Promise<ForetoldHeard> {
  const asker = askerOn(kind.topology, kind.router, link);
  if (asker === undefined) return { inside: 0, beside: 0, complaints: [] };
  const ranges = gained.map((prefix): Range => rangeOf(must(parsePrefix(prefix))));
  const all = mergeRanges(ranges);
  const some = ranges.slice(0, TRIED);
  const inside = words(some.flatMap(({ first, last }) => [first, last])).filter((address) => address !== asker.address);
  const around = words(some.flatMap(({ first, last }) => [first - 1, last + 1]).filter((number) => !holds(all, number)));
  const beside = everything
    ? []
    : [...around.filter((address) => !never.has(address)), ...ELSEWHERE.filter((text) => !gained.includes(`${text}/32`))];
  const answers = await whoAnswers(lab, parp, asker, [...inside, ...beside]);
  const own = macOf(kind.topology, kind.router, link);
  const isAnswered = (address: string): boolean => answers.get(address)?.includes(own) === true;
  return {
    inside: inside.length,
    beside: beside.length,
    complaints: [
      ...inside.filter((address) => !isAnswered(address)).map((address) => `${link} does not answer for ${address}, as it was foretold`),
      ...beside.filter(isAnswered).map((address) => `${link} answers for ${address}, which was not foretold`),
    ],
  };
}

function words(numbers: readonly number[]): string[] {
  return [...new Set(numbers)].filter((number) => number > 0 && number < 0xe0000000).map(ipv4FromNumber);
}

interface Asker {
  readonly host: string;
  readonly link: string;
  readonly address: string;
}

/** Somebody with an address on the wire of the router's interface, be it behind a switch. */
function askerOn(topology: Topology, router: string, link: string): Asker | undefined {
  const seen = new Set<string>();
  const waiting = [`${router}:${link}`];
  for (let end = waiting.shift(); end !== undefined; end = waiting.shift()) {
    for (const wire of topology.wires) {
      const other = wire[0] === end ? wire[1] : wire[1] === end ? wire[0] : undefined;
      if (other === undefined || seen.has(other)) continue;
      seen.add(other);
      const { host, link: at } = parseEnd(topology, other);
      const [address] = topology.hosts[host]?.links[at]?.addresses ?? [];
      if (address !== undefined && host !== router) return { host, link: at, address: address.replace(/\/.*/, '') };
      if (topology.switches?.[host] === undefined) continue;
      for (const port of topology.wires.flat()) if (port !== other && parseEnd(topology, port).host === host) waiting.push(port);
    }
  }
  return undefined;
}

/** The MACs that answer for each address. */
async function whoAnswers(
  lab: Lab,
  parp: readonly string[],
  { host, link, address: from }: Asker,
  addresses: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const { stdout } = await lab.run(host, [...parp, 'probe', '--interface', link, '--from', from, '--json', ...addresses]);
  const answers = field(documentIn(stdout), 'answers');
  const found = Array.isArray(answers) ? (answers as readonly { address: string; answers: readonly { mac: string }[] }[]) : [];
  return new Map(found.map((entry) => [entry.address, entry.answers.map(({ mac }) => mac)]));
}

function addressesIn({ hosts }: Topology): string[] {
  return Object.values(hosts).flatMap(({ links }) =>
    Object.values(links).flatMap(({ addresses = [] }) => addresses.map((address) => address.replace(/\/.*/, ''))),
  );
}

async function ownAddresses(lab: Lab, router: string): Promise<string[]> {
  const links = await ipJson(lab, router, ['-4', 'addr', 'show']);
  return links.flatMap((link) => {
    const infos: unknown = link['addr_info'];
    return Array.isArray(infos) ? infos.map((info: unknown) => String(field(info, 'local'))) : [];
  });
}

function documentIn(stdout: string): unknown {
  try {
    return JSON.parse(stdout);
  } catch {
    return undefined;
  }
}

function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[key] : undefined;
}
