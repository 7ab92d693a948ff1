import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ChildOptions, Ended } from '../../src/lab/child-process.ts';
import { differences, type Snapshot } from '../../src/lab/snapshot.ts';
import { faultEnv, type Fault } from '../support/faults.ts';
import type { Network } from '../support/namespaces.ts';
import type { Program } from './exhibit.ts';

/** The host that `ROUTES` of plain-profiles.ts leads to. */
export const TO = '10.9.9.9';

/** What the scenarios have in common: a program on the host `router`, and what its operator finds afterwards. */
export class Scene {
  readonly net: Network;
  readonly program: Program;
  readonly #harms: string[] = [];

  constructor(net: Network, program: Program) {
    this.net = net;
    this.program = program;
  }

  /** Runs the program, whatever its exit code; with a fault where one is given. */
  async run(args: readonly string[], fault?: Fault, options: ChildOptions = {}): Promise<Ended> {
    const env = { ...options.env, ...(fault === undefined ? {} : faultEnv(fault)) };
    return this.net.run('router', [...this.program, ...args], { ...options, env });
  }

  /** Runs the program in a preparation that has to succeed. */
  async must(args: readonly string[], fault?: Fault): Promise<Ended> {
    const end = await this.run(args, fault);
    if (end.exitCode !== 0) throw new Error(`${args.join(' ')} ended with ${end.signal ?? end.exitCode}: ${end.stderr}`);
    return end;
  }

  /** Runs the program behind a few commands in a mount namespace of its own: `mount --bind a b`. */
  async runBehind(commands: string, args: readonly string[], fault?: Fault): Promise<Ended> {
    const argv = ['unshare', '--mount', 'sh', '-ec', `${commands}\nexec "$@"`, 'sh', ...this.program, ...args];
    return this.net.run('router', argv, fault === undefined ? {} : { env: faultEnv(fault) });
  }

  async snapshot(): Promise<Snapshot> {
    return this.net.snapshot('router');
  }

  /** The routes to exactly this prefix, as `ip -json` prints them. */
  async routesTo(prefix: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    return this.net.ipJson('router', '-4', 'route', 'show', 'table', 'all', 'exact', prefix);
  }

  /** Enters the harm where not all is well. */
  check(isWell: boolean, harm: string): void {
    if (!isWell) this.#harms.push(harm);
  }

  /** Enters the harm, and what it consists in, where the router is not as it was. */
  async checkAsBefore(before: Snapshot, harm: string): Promise<void> {
    const found = differences(before, await this.snapshot());
    this.check(found.length === 0, `${harm}: ${found.join('; ')}`);
  }

  get harms(): string[] {
    return this.#harms;
  }

  /** The folder of the router's records, named after its namespace's inode; no other host of the network runs parp. */
  get records(): string {
    const folder = readdirSync(this.net.lab.stateDir).find((name) => /^\d+$/.test(name));
    return join(this.net.lab.stateDir, folder ?? 'none');
  }

  /** The process that guards what waits to be confirmed. */
  get guard(): number {
    const { pid }: { pid: number } = JSON.parse(this.#guardsLock());
    return pid;
  }

  /** Whether a guard is there that has not ended by itself. */
  get isGuarded(): boolean {
    return this.#guardsLock() !== '';
  }

  #guardsLock(): string {
    return readFileSync(join(this.records, 'guard', 'lock'), 'utf8');
  }
}

export async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

/** Waits until something holds; false where it does not within the time. */
export async function within(ms: number, holds: () => boolean | Promise<boolean>): Promise<boolean> {
  const until = performance.now() + ms;
  for (;;) {
    if (await holds()) return true;
    if (performance.now() > until) return false;
    await pause(20);
  }
}
