import { run } from './child-process.ts';
import { LabError } from './lab-error.ts';
import type { Lab } from './namespaces.ts';

export interface PingOptions {
  /** How many requests; default 1. */
  readonly count?: number;
  /** How long to wait for the last answer, in seconds; default 2, because ARP requests that went unanswered are repeated after 1. */
  readonly wait?: number;
  /** Seconds between two requests; default 0.2. */
  readonly interval?: number;
}

/** Whether an address answers at least one ICMP echo request of a host. */
export async function ping(lab: Lab, host: string, address: string, options: PingOptions = {}): Promise<boolean> {
  const { count = 1, wait = 2, interval = 0.2 } = options;
  const { exitCode, stderr } = await lab.run(host, ['ping', '-n', '-q', '-c', `${count}`, '-W', `${wait}`, '-i', `${interval}`, address]);
  // ping(8): 0 answered, 1 not answered, 2 anything else: here "Network is unreachable", which is silence as well.
  if (exitCode === 0) return true;
  if (exitCode === 1 || exitCode === 2) return false;
  throw new LabError('failed', `Ping ${address} from ${lab.name(host)}: ${stderr.trim() || `ping ended with ${exitCode}`}`);
}

/** The MAC that a host's ARP table has for an address, or null where it has none (no entry, incomplete, failed). */
export async function macSeen(lab: Lab, host: string, address: string): Promise<string | null> {
  const entries = await ipJson(lab, host, ['neigh', 'show', 'to', address]);
  for (const entry of entries) if (typeof entry['lladdr'] === 'string') return entry['lladdr'];
  return null;
}

/** Empties a host's ARP table of what it learned. */
export async function forgetNeighbours(lab: Lab, host: string): Promise<void> {
  await run(['ip', '-n', lab.name(host), 'neigh', 'flush', 'all']);
}

/**
 * Ends what a host is still asking by ARP: the last request of a question may have gone out before there was anybody to answer it, and what is sent
 * meanwhile waits for that question to fail (neigh_timer_handler).
 */
export async function stopAsking(lab: Lab, host: string): Promise<void> {
  await run(['ip', '-n', lab.name(host), 'neigh', 'flush', 'nud', 'incomplete']);
}

/** How many ICMP redirects a host has received since its namespace exists (/proc/net/snmp, InRedirects). */
export async function redirectsReceived(lab: Lab, host: string): Promise<number> {
  const { stdout } = await lab.run(host, ['cat', '/proc/net/snmp']);
  const [names = [], values = []] = stdout
    .split('\n')
    .filter((line) => line.startsWith('Icmp:'))
    .map((line) => line.split(' '));
  const value = values[names.indexOf('InRedirects')];
  if (value === undefined) throw new LabError('failed', `Read /proc/net/snmp in ${lab.name(host)}: no InRedirects`);
  return Number(value);
}

/** What `ip -json` prints in a host's namespace, as objects; none where it prints nothing. */
export async function ipJson(lab: Lab, host: string, words: readonly string[]): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const { exitCode, stdout, stderr } = await run(['ip', '-n', lab.name(host), '-json', ...words]);
  // `ip route show table all` of a namespace without any route says so with 2 ("FIB table does not exist").
  if (exitCode !== 0 && stdout.trim() === '') {
    if (exitCode === 2 && words[0] === 'route') return [];
    throw new LabError('failed', `Run ip ${words.join(' ')} in ${lab.name(host)}: ${stderr.trim()}`);
  }
  const read: unknown = stdout.trim() === '' ? [] : JSON.parse(stdout);
  return Array.isArray(read) ? read.filter(isRecord) : [];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
