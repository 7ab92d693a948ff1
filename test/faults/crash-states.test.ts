// The story: the machine loses its power at any instant while parp keeps what comes up at boot (12). Every file operation of the real program is
// recorded; then, for every instant between two of them, every state in which the disk may be afterwards is made and read: it is the set before or the new
// one, whole, and without an alarm; once the command has ended it is the new one.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { EnabledFiles, type EnabledProfiles } from '../../src/host/enabled-files.ts';
import { Disk, lay, operationsIn, RECORDED, type FileOperation } from '../support/crash-states.ts';
import { buildMachine, type Machine } from '../support/machine.ts';
import { CAN_BUILD } from '../support/namespaces.ts';
import { QUIET, THREE_WIRES } from '../support/stopping.ts';

const OFFICE = (to: string): string => `version: 1\nkind: custom\nname: office\nroutes: [{ to: ${to}/32, interface: eth1 }]\n`;

/** Runs parp, and gives what it did to the files below `root`. */
async function recorded(machine: Machine, args: readonly string[], root: string): Promise<FileOperation[]> {
  const traces = mkdtempSync(join(machine.folder, 'trace-'));
  const strace = ['strace', '-ff', '-y', '-xx', '-s', '10000000', '-o', join(traces, 'trace'), '-e', `trace=${RECORDED}`];
  const end = await machine.parp(args, { under: strace });
  expect(end, end.stderr).toMatchObject({ exitCode: 0 });
  const found = readdirSync(traces).map((name) => operationsIn(readFileSync(join(traces, name), 'latin1'), root));
  const told = found.filter((operations) => operations.some(({ kind }) => kind === 'sync' || kind === 'write'));
  // In one process, or their order would not be known.
  expect(told.length).toBe(1);
  return told[0] ?? [];
}

/** What is read from a folder: the set, and how often profiles failed. */
function readingOf(folder: string): Reading {
  const files = new EnabledFiles(join(folder, 'parp/enabled'));
  const { profiles, alarm } = files.read();
  return { profiles, alarm, attempts: files.attempts() };
}

interface Reading {
  readonly profiles: EnabledProfiles;
  readonly alarm: string | null;
  readonly attempts: Readonly<Record<string, number>>;
}

function readingWords({ profiles, alarm, attempts }: Reading): string {
  return JSON.stringify({ profiles, alarm, attempts });
}

describe.skipIf(!CAN_BUILD)('the disk after a crash', () => {
  let states = 0;
  let instants = 0;
  afterAll(() => console.info(`crash states: ${states} at ${instants} instants`));

  /** Records the command, and reads every state in which a crash can leave its files. */
  async function crashEverywhere(machine: Machine, args: readonly string[], onTheWay: Partial<Reading> = {}): Promise<void> {
    const scratch = mkdtempSync('/dev/shm/parp-crash-');
    onTestFinished(() => rmSync(scratch, { recursive: true, force: true }));
    const root = dirname(machine.lib);
    const disk = new Disk(root);
    const old = readingWords(readingOf(root));
    const operations = await recorded(machine, args, root);
    const now = readingWords(readingOf(root));
    const legal = [old, now, readingWords({ ...readingOf(root), ...onTheWay })];
    expect(new Set(legal).size, 'otherwise nothing is told apart').toBe(2);
    const look = (legal: readonly string[], after: number): void => {
      instants++;
      for (const tree of disk.crashes()) {
        states++;
        const place = mkdtempSync(join(scratch, 'crash-'));
        lay(tree, root, place);
        const reading = readingWords(readingOf(place));
        rmSync(place, { recursive: true });
        if (!legal.includes(reading)) expect({ after: operations.slice(Math.max(0, after - 3), after), reading }).toEqual({ legal });
      }
    };
    look([old], 0);
    for (const [index, operation] of operations.entries()) {
      disk.apply(operation);
      look(legal, index + 1);
    }
    look([now], operations.length);
  }

  it('#12 holds the set before or the new one: enable, a change, another profile, disable, remove, boot', async () => {
    const machine = await buildMachine(THREE_WIRES);
    const apply = (name: string, to: string): string[] => [
      'apply',
      machine.profile(`${name}.yaml`, OFFICE(to).replace('office', name)),
      ...QUIET,
    ];
    await machine.parp(apply('office', '10.9.9.1'));
    await machine.parp(apply('other', '10.9.9.2'));
    await crashEverywhere(machine, ['enable', 'office']);
    await crashEverywhere(machine, apply('office', '10.9.9.3'));
    await crashEverywhere(machine, ['enable', 'other']);
    await crashEverywhere(machine, ['disable', 'office']);
    await machine.reboot();
    await crashEverywhere(machine, ['boot'], { attempts: { other: 1 } });
    // The time of this boot's apply is entered, so that what follows is one change.
    await machine.parp(['recover']);
    await crashEverywhere(machine, ['remove', 'other']);
    expect(states).toBeGreaterThan(500);
  });
});
