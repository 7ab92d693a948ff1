import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { parseIpv4, type Ipv4 } from '../net/ipv4.ts';
import type { OperatorPeer } from '../model/operator-peer.ts';
import { askForConnections, readConnections } from './tcp-connections.ts';

// Every call is synchronous: /proc/thread-self shows the namespace of the thread that asks, and Node's pool would ask from others.

/** Where to look, other than in the system itself. */
export interface ProcessTree {
  /** A folder as /proc is. */
  readonly proc: string;
  /** The process that asks. */
  readonly pid: number;
}

/** This process, as the system shows it. */
const THIS_PROCESS: ProcessTree = { proc: '/proc', pid: process.pid };

/**
 * Who reaches this host over the network, as far as it can be seen: by SSH_CONNECTION of this process and its ancestors (sudo drops it,
 * they have it), by the established connections of SSH servers in this network namespace, and who is to be protected by name. IPv4
 * alone; what cannot be read is passed over.
 */
export function operatorPeers(protect: readonly Ipv4[], tree: ProcessTree = THIS_PROCESS): OperatorPeer[] {
  const peers = [
    ...sshVariables(tree),
    ...serverConnections(tree),
    ...protect.map((peer): OperatorPeer => ({ peer, local: null, why: '--protect' })),
  ];
  const keys = peers.map(({ peer, local, port }) => `${peer} ${local ?? ''} ${port ?? ''}`);
  return peers.filter((_, at) => keys.indexOf(keys[at] ?? '') === at);
}

/** The variable of each ancestry, which counts where the oldest process that has it lives in this network namespace: the session does. */
function sshVariables(tree: ProcessTree): OperatorPeer[] {
  const oldest = new Map<string, number>();
  for (const pid of ancestry(tree)) {
    const value = variableOf(tree.proc, pid);
    if (value !== undefined) oldest.set(value, pid);
  }
  return [...oldest].flatMap(([value, pid]): OperatorPeer[] => {
    const connection = parseConnection(value);
    if (connection === undefined || !isInThisNamespace(tree.proc, pid)) return [];
    return [{ ...connection, why: `SSH_CONNECTION of process ${pid}` }];
  });
}

/** The process and its ancestors, the oldest last. */
function ancestry({ proc, pid }: ProcessTree): number[] {
  const pids: number[] = [];
  for (let next = pid; next > 0 && !pids.includes(next); next = parentOf(proc, next)) pids.push(next);
  return pids;
}

/** The fourth field of /proc/<pid>/stat; the second is a name in parentheses, which may hold anything. */
function parentOf(proc: string, pid: number): number {
  const stat = readIfReadable(`${proc}/${pid}/stat`);
  return Number(/^ \S (\d{1,10}) /.exec(stat.slice(stat.lastIndexOf(')') + 1))?.[1] ?? 0);
}

const VARIABLE = 'SSH_CONNECTION=';

function variableOf(proc: string, pid: number): string | undefined {
  const environment = readIfReadable(`${proc}/${pid}/environ`).split('\0');
  return environment.find((entry) => entry.startsWith(VARIABLE))?.slice(VARIABLE.length);
}

/** sshd's own form and nothing else: client address and port, server address and port. */
function parseConnection(text: string): Omit<OperatorPeer, 'why'> | undefined {
  const [, client = '', server = '', port = ''] = /^(\S{1,45}) \d{1,5} (\S{1,45}) (\d{1,5})$/.exec(text) ?? [];
  const peer = parseIpv4(client);
  const local = parseIpv4(server);
  return peer.ok && local.ok && Number(port) <= 0xffff ? { peer: peer.value, local: local.value, port: Number(port) } : undefined;
}

/** Whether it cannot be told, it is taken for yes: a peer too many is only one more that has to be spared. */
function isInThisNamespace(proc: string, pid: number): boolean {
  const theirs = readLinkIfReadable(`${proc}/${pid}/ns/net`);
  return theirs === '' || theirs === readLinkIfReadable(`${proc}/thread-self/ns/net`);
}

/** The names of SSH servers' processes, as comm has them. */
const SERVERS: ReadonlySet<string> = new Set(['sshd', 'sshd-session', 'dropbear']);

function serverConnections(tree: ProcessTree): OperatorPeer[] {
  const { proc } = tree;
  const asked = tree === THIS_PROCESS ? askForConnections() : null;
  const connections = asked ?? readConnections(`${proc}/thread-self/net`);
  // To look through all processes takes longer than anything else here.
  if (connections.length === 0) return [];
  const owners = serverSockets(proc);
  return connections.flatMap(({ peer, local, port, inode }): OperatorPeer[] => {
    const owner = owners.get(inode);
    return owner === undefined ? [] : [{ peer, local, port, why: `a connection of ${owner}` }];
  });
}

/** By the inode of each socket that an SSH server holds, the server's name. */
function serverSockets(proc: string): ReadonlyMap<string, string> {
  const sockets = new Map<string, string>();
  for (const pid of listIfReadable(proc).filter((name) => /^\d+$/.test(name))) {
    const name = readIfReadable(`${proc}/${pid}/comm`).trimEnd();
    if (!SERVERS.has(name)) continue;
    for (const descriptor of listIfReadable(`${proc}/${pid}/fd`)) {
      const inode = /^socket:\[(\d+)\]$/.exec(readLinkIfReadable(`${proc}/${pid}/fd/${descriptor}`))?.[1];
      if (inode !== undefined) sockets.set(inode, name);
    }
  }
  return sockets;
}

function readIfReadable(path: string): string {
  return orEmpty(() => readFileSync(path, 'latin1'), '');
}

function readLinkIfReadable(path: string): string {
  return orEmpty(() => readlinkSync(path), '');
}

function listIfReadable(path: string): readonly string[] {
  return orEmpty(() => readdirSync(path), []);
}

function orEmpty<T>(read: () => T, empty: T): T {
  try {
    return read();
  } catch {
    return empty;
  }
}
