import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { run, RUN_TIMEOUT_MS, settled, start, type Child, type ChildOptions, type Ended } from './child-process.ts';
import { LabError } from './lab-error.ts';
import { endProcessesIn, enlist, release, removeNamespaces, type LabFamily } from './removal.ts';
import { furnishing, nodesOf, wiring, type Topology } from './topology.ts';

export interface BuildOptions {
  readonly family?: LabFamily;
  /** Aborting it makes `buildTopology`, and every `run` that has no signal of its own, throw its reason. */
  readonly signal?: AbortSignal;
  /** Where parp's state lies instead of in the network's folder; whoever names it removes it. */
  readonly stateDir?: string;
}

/** A network that was built, and lives until `destroy` or the end of this process. */
export interface Lab {
  /** `<family>-<pid>-<random>`: what all its names begin with. */
  readonly id: string;
  readonly topology: Topology;
  /** A folder of the network's own, the working folder of everything run in it; goes with the network. */
  readonly folder: string;
  /** parp's state, in that folder unless another was named: PARP_STATE_DIR of everything run in the network. */
  readonly stateDir: string;
  /** The namespace of a host or switch, as `ip netns` knows it; throws `TypeError` for others. */
  name(host: string): string;
  /** Runs a program in a host's namespace to its end, whatever its exit code. */
  run(host: string, argv: readonly string[], options?: ChildOptions): Promise<Ended>;
  /** Starts a program in a host's namespace; it ends with the network at the latest. */
  spawn(host: string, argv: readonly string[], options?: ChildOptions): Child;
  /** Runs lines of `ip -batch` in a host's namespace; throws `LabError` with the line that failed. */
  batch(host: string, lines: readonly string[]): Promise<void>;
  /** Ends what runs in the namespaces, then deletes them and the folder. Can be called again. */
  destroy(): Promise<void>;
  /** From now on the network outlives this process. */
  keep(): void;
}

/**
 * Builds a topology out of network namespaces, every interface up and with carrier, every sysctl that matters at the kernel's
 * default. Needs CAP_SYS_ADMIN and CAP_NET_ADMIN. The namespaces are deleted when this process ends, also by SIGINT, SIGTERM, SIGHUP and
 * an uncaught error. Throws `LabError`, or the reason of `signal`, and leaves nothing.
 */
export async function buildTopology(topology: Topology, options: BuildOptions = {}): Promise<Lab> {
  const nodes = nodesOf(topology);
  const lab = labOf(topology, options);
  const within = options.signal === undefined ? {} : { signal: options.signal };
  try {
    await addNamespaces(lab, nodes, within);
    await Promise.all(nodes.map((host) => resetSysctls(lab, host)));
    await ipBatch(
      [],
      wiring(topology, (host) => lab.name(host)),
      within,
    );
    await Promise.all(nodes.map((host) => lab.batch(host, furnishing(topology, host))));
    await Promise.all(nodes.map((host) => carrier(lab, host)));
    return lab;
  } catch (error) {
    await lab.destroy();
    throw error;
  }
}

/** Whoever runs the lab has chosen for its parp as well. */
function sameEngine(): Record<string, string> {
  const engine = process.env['PARP_ENGINE'];
  return engine === undefined ? {} : { PARP_ENGINE: engine };
}

function labOf(topology: Topology, { family = 'parp-lab', signal, stateDir: named }: BuildOptions): Lab {
  const id = `${family}-${process.pid}-${randomBytes(3).toString('hex')}`;
  const folder = `/run/${id}`;
  const stateDir = named ?? `${folder}/state`;
  const nodes = nodesOf(topology);
  const names = nodes.map((host) => `${id}-${host}`);
  const children = new Set<Child>();
  const name = (host: string): string => {
    if (!nodes.includes(host)) throw new TypeError(`The topology has no host "${host}"`);
    return `${id}-${host}`;
  };
  const merged = (options: ChildOptions): ChildOptions => ({
    cwd: folder,
    ...(signal === undefined ? {} : { signal }),
    ...options,
    env: { PARP_STATE_DIR: stateDir, ...sameEngine(), ...options.env },
  });
  const spawn = (host: string, argv: readonly string[], options: ChildOptions = {}): Child => {
    const child = start(['ip', 'netns', 'exec', name(host), ...argv], merged(options));
    children.add(child);
    const forget = (): void => void children.delete(child);
    child.end.then(forget, forget);
    return child;
  };
  enlist({ id, names, folder });
  return {
    id,
    topology,
    folder,
    stateDir,
    name,
    run: async (host, argv, options = {}) => {
      const complete = merged(options);
      complete.signal?.throwIfAborted();
      return settled(spawn(host, argv, { timeoutMs: RUN_TIMEOUT_MS, ...complete }), complete.signal);
    },
    spawn,
    batch: async (host, lines) => ipBatch(['-n', name(host)], lines, merged({})),
    destroy: async () => {
      for (const child of children) child.kill();
      // Before the wait: one that went into the background can hold its parent's output open.
      endProcessesIn(names);
      await Promise.allSettled([...children].map(async ({ end }) => end));
      removeNamespaces({ id, names, folder });
      release(id);
    },
    keep: () => release(id),
  };
}

/** The step that containers and read-only systems refuse; nothing else than a missing permission is likely to fail here. */
async function addNamespaces(lab: Lab, nodes: readonly string[], within: ChildOptions): Promise<void> {
  try {
    mkdirSync(lab.folder, { mode: 0o700 });
    const additions = nodes.map((host) => `netns add ${lab.name(host)}`);
    await ipBatch([], additions, within);
  } catch (error) {
    within.signal?.throwIfAborted();
    const said = error instanceof Error ? error.message : String(error);
    throw new LabError('not-permitted', said, 'Run it as root of a machine, or of a container that may make network namespaces');
  }
}

async function ipBatch(where: readonly string[], lines: readonly string[], options: ChildOptions): Promise<void> {
  if (lines.length === 0) return;
  const { exitCode, stderr } = await run(['ip', ...where, '-batch', '-'], { ...options, input: `${lines.join('\n')}\n` });
  if (exitCode === 0) return;
  const failed = lines[Number(/^Command failed -:(\d+)/m.exec(stderr)?.[1] ?? 0) - 1];
  throw new LabError('failed', `Run ip ${[...where, failed ?? '-batch -'].join(' ')}: ${stderr.split('\n')[0] ?? ''}`);
}

/** What a new namespace copies from the host's own one (KERNEL.md F54), set to what the kernel starts with (F55). */
const KERNEL_DEFAULTS: Readonly<Record<string, readonly string[]>> = {
  '0': [
    'forwarding',
    'proxy_arp',
    'proxy_arp_pvlan',
    'medium_id',
    'rp_filter',
    'arp_ignore',
    'arp_announce',
    'arp_accept',
    'arp_notify',
    'arp_filter',
    'drop_gratuitous_arp',
    'accept_local',
    'route_localnet',
  ],
  '1': ['accept_redirects', 'send_redirects', 'secure_redirects', 'shared_media'],
};

async function resetSysctls(lab: Lab, host: string): Promise<void> {
  for (const [value, keys] of Object.entries(KERNEL_DEFAULTS)) {
    const paths = keys.flatMap((key) => ['all', 'default', 'lo'].map((holder) => `/proc/sys/net/ipv4/conf/${holder}/${key}`));
    const { exitCode, stderr } = await lab.run(host, ['tee', ...paths], { input: `${value}\n` });
    if (exitCode !== 0) throw new LabError('failed', `Write sysctls in ${lab.name(host)}: ${stderr.trim()}`);
  }
}

/** How often, and how far apart in milliseconds, carrier is asked for: linkwatch can be late (KERNEL.md F99). */
const CARRIER = { attempts: 100, pauseMs: 20 };

/** Waits until every wire of a host has carrier, so that the first frame after it is not lost. */
async function carrier(lab: Lab, host: string): Promise<void> {
  for (let attempt = 0; attempt < CARRIER.attempts; attempt++) {
    const { stdout } = await run(['ip', '-n', lab.name(host), '-json', 'link', 'show', 'type', 'veth']);
    if (!stdout.includes('"NO-CARRIER"') && !stdout.includes('"LOWERLAYERDOWN"')) return;
    await new Promise((resolve) => setTimeout(resolve, CARRIER.pauseMs));
  }
  throw new LabError('failed', `The interfaces of ${lab.name(host)} got no carrier`);
}
