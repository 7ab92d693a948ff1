import { parseIpJson, type IpObject } from '../host/ip-json.ts';
import { LabError } from './lab-error.ts';
import type { Lab } from './namespaces.ts';

/**
 * Everything of a namespace that parp could change, in a form that is equal when nothing changed: compare with `toEqual`, or
 * `differences`. Counters, handles, ages and dynamic neighbours are left out.
 */
export interface Snapshot {
  readonly addresses: readonly unknown[];
  /** Of all tables. */
  readonly routes: readonly unknown[];
  readonly rules: readonly unknown[];
  readonly proxies: readonly unknown[];
  readonly permanentNeighbours: readonly unknown[];
  /** `nft -j list ruleset` without handles and counters; null where nft is not installed. */
  readonly nftables: readonly unknown[] | null;
  /** Every readable file under /proc/sys/net/ipv4 but `VOLATILE`: its path below /proc/sys, and its lines. */
  readonly sysctls: Readonly<Record<string, string>>;
}

/** Files under /proc/sys/net/ipv4 that change by themselves, as paths below /proc/sys. */
export const VOLATILE: readonly string[] = [];

/** Reads a host's whole configuration. */
export async function snapshot(lab: Lab, host: string): Promise<Snapshot> {
  const [[addresses, routes, rules, proxies, permanentNeighbours], nftables, sysctls] = await Promise.all([
    ipLists(lab, host),
    nftRuleset(lab, host),
    sysctlFiles(lab, host),
  ]);
  return {
    addresses,
    routes: routes.map(withoutCarrier),
    rules,
    proxies,
    permanentNeighbours,
    nftables,
    sysctls,
  };
}

/** The differences of two snapshots, one line each: `sysctls net/ipv4/ip_forward: "0" → "1"`; none where they are equal. */
export function differences(before: Snapshot, after: Snapshot): string[] {
  const found: string[] = [];
  for (const path of new Set([...Object.keys(before.sysctls), ...Object.keys(after.sysctls)])) {
    const [from, to] = [before.sysctls[path], after.sysctls[path]];
    if (from !== to) found.push(`${path}: ${show(from)} → ${show(to)}`);
  }
  for (const part of ['addresses', 'routes', 'rules', 'proxies', 'permanentNeighbours', 'nftables'] as const) {
    const [from, to] = [(before[part] ?? []).map(show), (after[part] ?? []).map(show)];
    const gone = from.filter((line) => !to.includes(line)).map((line) => `${part}: gone: ${line}`);
    const fresh = to.filter((line) => !from.includes(line)).map((line) => `${part}: new: ${line}`);
    const moved = gone.length + fresh.length === 0 && show(from) !== show(to) ? [`${part}: another order or number`] : [];
    found.push(...gone, ...fresh, ...moved);
  }
  return found;
}

function show(value: unknown): string {
  return value === undefined ? 'absent' : JSON.stringify(value);
}

type Lists = readonly [addresses: List, routes: List, rules: List, proxies: List, permanentNeighbours: List];
type List = readonly IpObject[];

/** One process for all of them: snapshots are taken thousands of times. */
async function ipLists(lab: Lab, host: string): Promise<Lists> {
  const asked = ['address show', 'route show table all', 'rule show', 'neigh show proxy', 'neigh show nud permanent'];
  const { exitCode, stdout, stderr } = await lab.run(host, ['ip', '-4', '-json', '-batch', '-'], { input: `${asked.join('\n')}\n` });
  const [addresses, routes, rules, proxies, permanentNeighbours, ...more] = exitCode === 0 ? parseIpJson(stdout) : [];
  if (addresses && routes && rules && proxies && permanentNeighbours && more.length === 0)
    return [addresses, routes, rules, proxies, permanentNeighbours];
  throw new LabError('failed', `Read the configuration of ${lab.name(host)}: ${stderr.trim()}`);
}

/** A route without the flags that come and go with the carrier; "onlink" is one of its own. */
function withoutCarrier(route: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const flags = Array.isArray(route['flags']) ? route['flags'].filter((flag) => flag !== 'linkdown' && flag !== 'dead') : [];
  return { ...route, flags };
}

async function nftRuleset(lab: Lab, host: string): Promise<readonly unknown[] | null> {
  const { exitCode, stdout, stderr } = await lab.run(host, ['nft', '-j', 'list', 'ruleset']);
  // `ip netns exec` ends with 255 where there is no such program.
  if (exitCode === 255) return null;
  if (exitCode !== 0) throw new LabError('failed', `List the nftables ruleset of ${lab.name(host)}: ${stderr.trim()}`);
  const read: unknown = JSON.parse(stdout);
  const objects = isObject(read) && Array.isArray(read['nftables']) ? read['nftables'] : [];
  return objects.filter((entry) => !(isObject(entry) && 'metainfo' in entry)).map(withoutVolatile);
}

/** An nft object without what the kernel numbers and counts. */
function withoutVolatile(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutVolatile);
  if (!isObject(value)) return value;
  if (isObject(value['counter']) && typeof value['counter']['packets'] === 'number') return { counter: null };
  return Object.fromEntries(Object.entries(without(value, 'handle')).map(([key, inner]) => [key, withoutVolatile(inner)]));
}

async function sysctlFiles(lab: Lab, host: string): Promise<Record<string, string>> {
  // Files that only take writes make grep end with 2, and are left out.
  const { stdout } = await lab.run(host, ['grep', '-rsaZ', '', '/proc/sys/net/ipv4']);
  const files: Record<string, string> = {};
  for (const line of stdout.split('\n')) {
    const end = line.indexOf('\0');
    const path = line.slice('/proc/sys/'.length, end);
    if (end < 0 || VOLATILE.includes(path)) continue;
    files[path] = files[path] === undefined ? line.slice(end + 1) : `${files[path]}\n${line.slice(end + 1)}`;
  }
  return files;
}

function without(value: Readonly<Record<string, unknown>>, ...keys: string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
