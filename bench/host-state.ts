import { createHash } from 'node:crypto';
import type { Lab } from '../src/lab/namespaces.ts';
import { ROUTER } from './measure.ts';
import { isIp, type Line } from './plan-lines.ts';

/** What contestants leave behind: equal texts are an equal host. */
export interface HostState {
  readonly addresses: readonly string[];
  readonly routes: Counted;
  readonly proxies: Counted;
  /** Paths below /proc/sys, and their values. */
  readonly switches: ReadonlyMap<string, string>;
}

interface Counted {
  readonly count: number;
  readonly digest: string;
}

const KEYS = ['forwarding', 'proxy_arp', 'proxy_arp_pvlan', 'send_redirects', 'accept_redirects'];

export async function readHost(lab: Lab): Promise<HostState> {
  const output = async (...argv: string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await lab.run(ROUTER, argv);
    if (exitCode !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`);
    return stdout;
  };
  const files = ['ip_forward', ...KEYS.map((key) => `conf/*/${key}`), 'neigh/*/proxy_delay'];
  const switches = await output('sh', '-c', `cd /proc/sys && grep -H . ${files.map((file) => `net/ipv4/${file}`).join(' ')}`);
  return {
    addresses: linesIn(await output('ip', '-4', '-brief', 'address', 'show')),
    routes: counted(await output('ip', '-4', 'route', 'show', 'table', 'main')),
    // Who set it is the one thing that pyroute2 cannot say of a proxy.
    proxies: counted((await output('ip', '-4', 'neigh', 'show', 'proxy')).replaceAll(' proto 97', '')),
    switches: new Map(linesIn(switches).map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)])),
  };
}

/** How the host is another than the one wanted, in one sentence; null where it is the same. `ipAlone`: whatever its switches. */
export function difference(wanted: HostState, found: HostState, ipAlone = false): string | null {
  for (const part of ['routes', 'proxies'] as const) {
    const [right, wrong] = [wanted[part], found[part]];
    if (wrong.count !== right.count) return `${wrong.count} ${part} instead of ${right.count}`;
    if (wrong.digest !== right.digest) return `other ${part}`;
  }
  if (wanted.addresses.join('\n') !== found.addresses.join('\n')) return `the addresses ${found.addresses.join(', ')}`;
  if (ipAlone) return null;
  const changed = [...wanted.switches].filter(([path, value]) => found.switches.get(path) !== value);
  const [first] = changed;
  if (first === undefined) return null;
  return `${changed.length} switches differ: ${first[0]} is ${found.switches.get(first[0]) ?? 'not there'} instead of ${first[1]}`;
}

/** The same, for a part of the lines: whether as many routes and proxies came as these add. */
export function sampleDifference(base: HostState, lines: readonly Line[], found: HostState): string | null {
  for (const [part, object] of [
    ['routes', 'route'],
    ['proxies', 'neigh'],
  ] as const) {
    const added = lines.filter((line) => isIp(line) && line[1] === object).length;
    const connected = part === 'routes' ? lines.filter((line) => line[1] === 'addr' && !(line[3] ?? '').endsWith('/32')).length : 0;
    const right = base[part].count + added + connected;
    if (found[part].count !== right) return `${found[part].count} ${part} instead of ${right}`;
  }
  return null;
}

/** Gives the host its first state back: the lines that delete, and every switch that has another value. */
export async function restore(lab: Lab, base: HostState, deletions: readonly Line[]): Promise<void> {
  await lab.batch(
    ROUTER,
    deletions.map((line) => line.slice(1).join(' ')),
  );
  // ip_forward comes first, and changes others.
  const writes = [...base.switches].map(([path, value]) => `${path} ${value}\n`).join('');
  const script = 'cd /proc/sys && while read -r path value; do echo "$value" > "$path"; done';
  const { exitCode, stderr } = await lab.run(ROUTER, ['sh', '-c', script], { input: writes });
  if (exitCode !== 0) throw new Error(`Write the switches back: ${stderr}`);
}

function counted(text: string): Counted {
  const lines = linesIn(text).sort();
  return { count: lines.length, digest: createHash('sha256').update(lines.join('\n')).digest('hex') };
}

function linesIn(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '');
}
