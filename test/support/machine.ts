import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { ChildOptions, Ended } from '../../src/lab/child-process.ts';
import type { Topology } from '../../src/lab/topology.ts';
import { EnabledFiles, type EnabledSet } from '../../src/host/enabled-files.ts';
import { buildNetwork, PARP, type Network, type ParpEnd } from './namespaces.ts';

/** What of the machine a run sees otherwise: files or folders in the place of others, and folders that cannot be written. */
export interface Sight {
  /** What lies where: `{ '/proc/cmdline': '/run/…/cmdline' }`. */
  readonly instead?: Readonly<Record<string, string>>;
  /** The whole root, but for other file systems mounted below it, and what outlives a boot. */
  readonly readOnly?: boolean;
}

export interface MachineOptions extends ChildOptions {
  readonly sight?: Sight;
  /** Another build than the shipped one: FAULTY of faults.ts. */
  readonly program?: readonly string[];
  /** What runs the program: `setpriv …`. */
  readonly under?: readonly string[];
}

/** A router that can be booted anew: then its network is new and so is the kernel's boot id, and what lies in /var/lib stays. */
export interface Machine {
  /** The network of this boot; its host is called `router`. */
  readonly net: Network;
  /** PARP_LIB_DIR of every run: the only thing in its folder. */
  readonly lib: string;
  /** PARP_STATE_DIR of every run: it stays over a boot, as no /run does, so that it has to be told that its records are of another one. */
  readonly state: string;
  /** A folder for what a test needs; goes with the machine. */
  readonly folder: string;
  parp(args: readonly string[], options?: MachineOptions): Promise<ParpEnd>;
  run(argv: readonly string[], options?: MachineOptions): Promise<Ended>;
  profile(name: string, text: string): string;
  /** What comes up at the next boot, as the files say. */
  enabled(): EnabledSet;
  /** How often in a row profiles failed at boot, as the files say. */
  attempts(): Readonly<Record<string, number>>;
  /** Ends this boot and begins the next one, with all interfaces or others. Nothing is brought up by that. */
  reboot(topology?: Topology): Promise<void>;
}

/** A machine for one test; it is gone when the test is over. */
export async function buildMachine(topology: Topology): Promise<Machine> {
  // A file system of its own, which stays writable when the root does not.
  const folder = mkdtempSync('/dev/shm/parp-test-');
  const [lib, state, bootId] = [join(folder, 'var/parp'), join(folder, 'state'), join(folder, 'boot_id')];
  mkdirSync(dirname(lib));
  let net = await bootUp(topology, bootId);
  onTestFinished(async () => {
    await net.lab.destroy();
    rmSync(folder, { recursive: true, force: true });
  });
  const run = async (argv: readonly string[], { sight = {}, env, ...options }: MachineOptions = {}): Promise<Ended> =>
    net.run('router', [...seeing({ ...sight, instead: { '/proc/sys/kernel/random/boot_id': bootId, ...sight.instead } }, lib), ...argv], {
      ...options,
      env: { PARP_LIB_DIR: lib, PARP_STATE_DIR: state, ...env },
    });
  return {
    get net() {
      return net;
    },
    lib,
    state,
    folder,
    run,
    parp: async (args, { program = PARP, under = [], ...options } = {}) => withJson(await run([...under, ...program, ...args], options)),
    profile: (name, text) => {
      const path = join(folder, name);
      writeFileSync(path, text, { mode: 0o600 });
      return path;
    },
    enabled: () => new EnabledFiles(join(lib, 'enabled')).read(),
    attempts: () => new EnabledFiles(join(lib, 'enabled')).attempts(),
    reboot: async (next = topology) => {
      await net.lab.destroy();
      net = await bootUp(next, bootId);
    },
  };
}

async function bootUp(topology: Topology, bootId: string): Promise<Network> {
  writeFileSync(bootId, `${randomUUID()}\n`);
  return buildNetwork(topology);
}

/** Runs what follows in a mount namespace of its own. */
function seeing({ instead = {}, readOnly = false }: Sight, lib: string): string[] {
  const binds = Object.entries(instead).map(([there, what]) => `mount --bind '${what}' '${there}'`);
  const closed = readOnly
    ? ['mount -o remount,bind,ro /', `mkdir -p '${lib}'`, `mount --bind '${lib}' '${lib}'`, `mount -o remount,bind,ro '${lib}'`]
    : [];
  return ['unshare', '--mount', 'sh', '-e', '-c', [...binds, ...closed, 'exec "$@"'].join('; '), 'sh'];
}

/** A folder to be bound over /etc: the users, and more files by their path below it. */
export function etcWith(folder: string, files: Readonly<Record<string, string>>): string {
  const etc = mkdtempSync(join(folder, 'etc-'));
  chmodSync(etc, 0o755);
  for (const [name, text] of Object.entries({ passwd: readFileSync('/etc/passwd', 'utf8'), ...files })) {
    mkdirSync(dirname(join(etc, name)), { recursive: true });
    writeFileSync(join(etc, name), text);
  }
  return etc;
}

/** `json` is empty where there is none: a comparison that fails shows the whole end, and must not fail of that. */
function withJson(end: Ended): ParpEnd {
  const document: Record<string, unknown> = end.stdout.startsWith('{') ? JSON.parse(end.stdout) : {};
  return { ...end, json: document };
}
