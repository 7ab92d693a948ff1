// The story: parp is killed between the mark that a change is confirmed and the moment when the next boot would bring it up (9). At every such
// instant what comes up at boot is the one before or the new one, whole; the next writing command, or recover, completes it.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FAULTY, faultEnv, logEnv, takeLog } from '../support/faults.ts';
import { buildMachine, type Machine } from '../support/machine.ts';
import { CAN_BUILD } from '../support/namespaces.ts';
import { QUIET, THREE_WIRES } from '../support/stopping.ts';

const OFFICE = (to: string): string => `version: 1\nkind: custom\nname: office\nroutes: [{ to: ${to}/32, interface: eth1 }]\n`;
const OLD = '10.9.9.1';
const NEW = '10.9.9.2';

/** Where the route leads that comes up at boot; null where the profile does not. */
function comesUp(machine: Machine): string | null {
  const { profiles, alarm } = machine.enabled();
  expect(alarm).toBeNull();
  const { routes } = (profiles['office']?.origin ?? { routes: [] }) as { routes: { to: string }[] };
  return routes[0]?.to.replace('/32', '') ?? null;
}

interface Story {
  readonly command: string;
  readonly args: readonly string[];
  /** Done before it. */
  readonly first?: (machine: Machine) => Promise<unknown>;
  /** The mark behind which it may be killed. */
  readonly mark: 'confirmed' | 'undone';
  readonly from: string;
  readonly to: string | null;
}

const file = (machine: Machine, to: string): string => machine.profile('office.yaml', OFFICE(to));
const change = async (machine: Machine, ...options: string[]): Promise<void> =>
  done(machine, ['apply', ...options, file(machine, NEW), ...QUIET]);

async function done(machine: Machine, args: readonly string[]): Promise<void> {
  const ended = await machine.parp(args);
  expect(ended, `${args.join(' ')}: ${ended.stderr}`).toMatchObject({ exitCode: 0 });
}

const STORIES: readonly Story[] = [
  { command: 'apply', args: ['apply', 'FILE', ...QUIET], mark: 'confirmed', from: OLD, to: NEW },
  { command: 'confirm', args: ['confirm'], first: async (m) => change(m, '--confirm=120s'), mark: 'confirmed', from: OLD, to: NEW },
  { command: 'remove', args: ['remove', 'office'], mark: 'confirmed', from: OLD, to: null },
  { command: 'rollback', args: ['rollback'], first: async (m) => change(m), mark: 'undone', from: NEW, to: OLD },
];

describe.skipIf(!CAN_BUILD)('#9 killed when a change is confirmed, and not yet kept for the next boot', () => {
  it.each(STORIES)('$command, at every failpoint from there on', async ({ command, args, first, mark, from, to }) => {
    const machine = await buildMachine(THREE_WIRES);
    const log = join(machine.folder, 'failpoints');
    const words = args.map((word) => (word === 'FILE' ? file(machine, NEW) : word));
    /** In force and kept is the old one, and the command is still to come. */
    const begin = async (): Promise<void> => {
      await done(machine, ['apply', file(machine, OLD), ...QUIET]);
      if (comesUp(machine) === null) await done(machine, ['enable', 'office']);
      await first?.(machine);
      if (words.includes(join(machine.folder, 'office.yaml'))) file(machine, NEW);
      expect(comesUp(machine)).toBe(from);
    };
    await begin();
    const whole = await machine.parp(words, { program: FAULTY, env: logEnv(log, command) });
    expect(whole, whole.stderr).toMatchObject({ exitCode: 0 });
    expect(comesUp(machine)).toBe(to);
    const reached = takeLog(log);
    const points = reached.slice(
      reached.findLastIndex((name) => name.startsWith(`journal.marked.${mark}`)),
      reached.lastIndexOf('enabled.written#1') + 1,
    );
    expect(points).toEqual(expect.arrayContaining(['enabled.begun#1', 'enabled.linked#1', 'enabled.kept#1', 'enabled.written#1']));
    const seen = new Set<string | null>();
    for (const at of points) {
      await begin();
      const killed = await machine.parp(words, { program: FAULTY, env: faultEnv({ at, only: command }) });
      expect({ at, signal: killed.signal }, killed.stderr).toEqual({ at, signal: 'SIGKILL' });
      const kept = comesUp(machine);
      expect([from, to], at).toContain(kept);
      seen.add(kept);
      const recovered = await machine.parp(['recover']);
      expect(recovered, recovered.stderr).toMatchObject({ exitCode: 0 });
      expect({ at, comesUp: comesUp(machine) }).toEqual({ at, comesUp: to });
    }
    // Otherwise the kills were all on the same side.
    expect(seen).toEqual(new Set([from, to]));
  });
});
