import { existsSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from 'vitest';
import { programPath, run, type Child, type ChildOptions, type Ended } from '../../src/lab/child-process.ts';
import { buildTopology, type Lab } from '../../src/lab/namespaces.ts';
import { forgetNeighbours, ipJson, macSeen, ping, redirectsReceived, type PingOptions } from '../../src/lab/observation.ts';
import { mayMakeNamespaces } from '../../src/lab/privileges.ts';
import { snapshot, type Snapshot } from '../../src/lab/snapshot.ts';
import { macOf, type Topology } from '../../src/lab/topology.ts';

/*
 * Networks of namespaces for tests, in short:
 *
 *   describe.skipIf(!CAN_BUILD)('parp apply of a pseudo-bridge', () => {
 *     const net = useNetwork({
 *       hosts: {
 *         left: { links: { eth0: { addresses: ['192.168.0.2/24'] } } },
 *         router: { links: { eth0: {}, eth1: {} } },
 *         right: { links: { eth0: { addresses: ['192.168.0.66/24'] } } },
 *       },
 *       wires: [['left:eth0', 'router:eth0'], ['router:eth1', 'right:eth0']],
 *     });
 *
 *     it('lets left reach right', async () => {
 *       const before = await net.snapshot('router');
 *       expect(await net.ping('left', '192.168.0.66')).toBe(false);
 *       const { exitCode } = await net.parp('router', ['apply', net.profile('office.yaml', YAML)]);
 *       expect(exitCode).toBe(0);
 *       expect(await net.ping('left', '192.168.0.66')).toBe(true);
 *       expect(await net.mac('left', '192.168.0.66')).toBe(net.macOf('router', 'eth0'));
 *       await net.parp('router', ['remove', '--all']);
 *       expect(await net.snapshot('router')).toEqual(before);
 *     });
 *   });
 *
 * src/lab/ holds ready topologies: `pseudoBridge.topology`, `privateVlan.topology`, `natProxy.topology`, `custom.topology`.
 */

/** Whether this process may build networks; tests without the privilege skip, and say so once. */
export const CAN_BUILD: boolean = hasIp() && mayMakeNamespaces();
if (!CAN_BUILD) console.warn('Tests in network namespaces are skipped: they need root (CAP_SYS_ADMIN, CAP_NET_ADMIN) and iproute2');

if (process.env['PARP_NOT_BUILT'] !== undefined) throw new Error('The program could not be built: esbuild said why at the beginning');

/** The program as it is shipped: `node bin/parp`. Tests under test/e2e and test/lab find dist/ built anew. */
export const PARP: readonly string[] = [process.execPath, fileURLToPath(new URL('../../bin/parp', import.meta.url))];

const ASK_ARP = fileURLToPath(new URL('ask-arp.mjs', import.meta.url));

/** The end of a run of parp; `json` is its one document on stdout, and throws with both outputs where there is none. */
export interface ParpEnd extends Ended {
  readonly json: Record<string, unknown>;
}

/** One ARP request, and what it asks with: everything but the target has a default. */
export interface ArpQuestion {
  /** Target protocol address. */
  readonly to: string;
  /** Sender protocol address; default 0.0.0.0, an RFC 5227 probe, which no proxy answers. */
  readonly from?: string;
  /** Sender hardware address in ARP; default the interface's. */
  readonly mac?: string;
  /** Target hardware address in ARP; default zeros. */
  readonly targetMac?: string;
  /** Ethernet destination; default broadcast. */
  readonly via?: string;
}

/** A frame that answered: the sender's addresses in it, and milliseconds after the first request went out. */
export interface ArpAnswer {
  readonly address: string;
  readonly mac: string;
  readonly ms: number;
}

export interface Network {
  /** The network itself, for what is not here: `lab.spawn`, `lab.folder`, `lab.name`. */
  readonly lab: Lab;
  /** Runs `node bin/parp ARGS` on a host, whatever its exit code. `input` is its stdin. The working folder is the network's own. */
  parp(host: string, args: readonly string[], options?: ChildOptions): Promise<ParpEnd>;
  /** Writes a file into the network's folder (0600, of this user); gives its path. */
  profile(name: string, text: string): string;
  /** Runs any program on a host, whatever its exit code. */
  run(host: string, argv: readonly string[], options?: ChildOptions): Promise<Ended>;
  /** Starts a program on a host: `.pid`, `.stdout`, `.kill()`, `await child.end`. It ends with the network. */
  spawn(host: string, argv: readonly string[], options?: ChildOptions): Child;
  /** `ip` lines on a host: `ip('router', 'route add 10.0.0.9 dev eth1', 'link set eth0 down')`. Throws with the one that failed. */
  ip(host: string, ...lines: string[]): Promise<void>;
  /** What `ip -json WORDS` prints on a host: `ipJson('router', 'route', 'show', 'proto', '97')`. */
  ipJson(host: string, ...words: string[]): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /**
   * Whether an address answers at least one of `count` echo requests (default 1) within `wait` seconds (default 2: an ARP request that
   * went unanswered before is repeated only after a second).
   */
  ping(host: string, address: string, options?: PingOptions): Promise<boolean>;
  /** The MAC in a host's ARP table for an address, or null. */
  mac(host: string, address: string): Promise<string | null>;
  /** The MAC of a host's interface, as the topology has it. */
  macOf(host: string, link: string): string;
  /** Empties a host's ARP table, so that the next packet asks. */
  forget(host: string): Promise<void>;
  /**
   * Sends ARP requests back to back with raw frames, made by other code than parp's, and collects every reply to any of them until
   * `waitMs` (default 1000) have passed, or every target has answered once if `enough`.
   */
  askArp(
    host: string,
    link: string,
    questions: readonly ArpQuestion[],
    options?: { waitMs?: number; enough?: boolean },
  ): Promise<ArpAnswer[]>;
  /** Reads a file below /proc/sys on a host, without the line's end; null where it does not exist. */
  sysctl(host: string, path: string): Promise<string | null>;
  /** Writes a file below /proc/sys on a host. */
  setSysctl(host: string, path: string, value: string): Promise<void>;
  /** ICMP redirects that a host has received since it exists. */
  redirects(host: string): Promise<number>;
  /** A host's whole configuration, equal when nothing changed. `differences(a, b)` of src/lab/snapshot.ts names what did. */
  snapshot(host: string): Promise<Snapshot>;
  /**
   * What passed an interface while `work` ran: one row a frame, with the tshark fields asked for (`arp.opcode`, `eth.dst`, …; an absent one is '').
   * `filter` is one of pcap, default `arp`. Waits `lingerMs` (default 200) after the work.
   */
  capture(
    host: string,
    link: string,
    fields: readonly string[],
    work: () => Promise<unknown>,
    options?: { filter?: string; lingerMs?: number },
  ): Promise<Record<string, string>[]>;
}

/** Builds a network before the tests of the surrounding `describe`, and deletes it after them, failed or not. */
export function useNetwork(topology: Topology): Network {
  let built: Lab | undefined;
  beforeAll(async () => {
    built = await buildTopology(topology, { family: 'parp-test' });
  });
  afterAll(async () => {
    await built?.destroy();
  });
  return networkOf(() => {
    if (built === undefined) throw new Error('The network exists only while tests run: use it inside of it() or beforeAll()');
    return built;
  });
}

/** Builds a network for one test: pass what it gives to `onTestFinished(() => net.lab.destroy())`. */
export async function buildNetwork(topology: Topology): Promise<Network> {
  const lab = await buildTopology(topology, { family: 'parp-test' });
  return networkOf(() => lab);
}

/** The network of a lab that is there when it is asked for. */
export function networkOf(lab: () => Lab): Network {
  return {
    get lab() {
      return lab();
    },
    parp: async (host, args, options) => withJson(await lab().run(host, [...PARP, ...args], options)),
    profile: (name, text) => {
      const path = `${lab().folder}/${name}`;
      writeFileSync(path, text, { mode: 0o600 });
      return path;
    },
    run: async (host, argv, options) => lab().run(host, argv, options),
    spawn: (host, argv, options) => lab().spawn(host, argv, options),
    ip: async (host, ...lines) => lab().batch(host, lines),
    ipJson: async (host, ...words) => ipJson(lab(), host, words),
    ping: async (host, address, options) => ping(lab(), host, address, options),
    mac: async (host, address) => macSeen(lab(), host, address),
    macOf: (host, link) => macOf(lab().topology, host, link),
    forget: async (host) => forgetNeighbours(lab(), host),
    askArp: async (host, link, questions, { waitMs = 1000, enough = false } = {}) => {
      const input = JSON.stringify({ link, questions, waitMs, enough });
      const { exitCode, stdout, stderr } = await lab().run(host, [process.execPath, ASK_ARP], { input });
      if (exitCode !== 0) throw new Error(`Ask ARP on ${host}: ${stderr}`);
      const answers: ArpAnswer[] = JSON.parse(stdout);
      return answers;
    },
    sysctl: async (host, path) => {
      const { exitCode, stdout } = await lab().run(host, ['cat', `/proc/sys/${path}`]);
      return exitCode === 0 ? stdout.trimEnd() : null;
    },
    setSysctl: async (host, path, value) => {
      const { exitCode, stderr } = await lab().run(host, ['tee', `/proc/sys/${path}`], { input: `${value}\n` });
      if (exitCode !== 0) throw new Error(`Write ${value} to ${path} on ${host}: ${stderr}`);
    },
    redirects: async (host) => redirectsReceived(lab(), host),
    snapshot: async (host) => snapshot(lab(), host),
    capture: async (host, link, fields, work, options = {}) => {
      const recording = await record(lab(), host, link, options.filter ?? 'arp');
      try {
        await work();
        await pause(options.lingerMs ?? 200);
      } finally {
        await recording.stop();
      }
      return decode(recording.file, fields);
    },
  };
}

function withJson(end: Ended): ParpEnd {
  return {
    ...end,
    get json() {
      try {
        const document: Record<string, unknown> = JSON.parse(end.stdout);
        return document;
      } catch {
        throw new Error(`No JSON on stdout (exit code ${end.exitCode}):\n${end.stdout}\n${end.stderr}`);
      }
    },
  };
}

let recordings = 0;

/** Starts tcpdump, and comes back once it is listening. */
async function record(lab: Lab, host: string, link: string, filter: string): Promise<{ file: string; stop(): Promise<void> }> {
  const file = `${lab.folder}/${++recordings}.pcap`;
  // A snapshot length, because the kernel's ring has slots of that size: with tcpdump's own, 256 KiB, a burst of 16 frames fills it.
  const argv = ['tcpdump', '-i', link, '-n', '-s', '2048', '-U', '--immediate-mode', '-Z', 'root', '-w', file, filter];
  const child = lab.spawn(host, argv);
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('listening on')) resolve();
    });
    child.end.then(({ stderr }) => reject(new Error(`tcpdump on ${host}: ${stderr}`)), reject);
  });
  return {
    file,
    stop: async () => {
      child.kill('SIGINT');
      await child.end;
    },
  };
}

async function decode(file: string, fields: readonly string[]): Promise<Record<string, string>[]> {
  const wanted = fields.flatMap((field) => ['-e', field]);
  const { exitCode, stdout, stderr } = await run(['tshark', '-n', '-r', file, '-T', 'fields', '-E', 'separator=/t', ...wanted]);
  if (exitCode !== 0) throw new Error(`tshark -r ${file}: ${stderr}`);
  const rows = stdout.split('\n').filter((line) => line !== '');
  return rows.map((line) => {
    const cells = line.split('\t');
    return Object.fromEntries(fields.map((field, i) => [field, cells[i] ?? '']));
  });
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

function hasIp(): boolean {
  try {
    return existsSync(programPath('ip'));
  } catch {
    return false;
  }
}
