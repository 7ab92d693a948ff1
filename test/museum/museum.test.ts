// The story: what other tools are known for, planted one at a time into a copy of the code. Each is a scene with an operator in it, played
// twice: with the program as it is nothing goes wrong, and with the copy the operator meets the harm that the bug is known to do. So each
// test proves two things: that parp does not have this bug, and that its tests would know if it had.
import '../support/with-iproute2.ts';
import { describe, expect, it } from 'vitest';
import { FAULTY } from '../support/faults.ts';
import { buildNetwork, CAN_BUILD } from '../support/namespaces.ts';
import { TWO_WIRES } from '../support/plain-profiles.ts';
import type { Exhibit, Program, Scenario } from './exhibit.ts';
import { EXHIBITS } from './exhibits.ts';
import { edited, editsByFile, plant } from './plant.ts';
import { WAITING } from './waiting.ts';

async function played(scenario: Scenario, program: Program): Promise<string[]> {
  const net = await buildNetwork(TWO_WIRES);
  try {
    return await scenario(net, program);
  } finally {
    await net.lab.destroy();
  }
}

/** What the scenarios say of the program as it is: several exhibits share one. */
const genuine = new Map<Scenario, Promise<string[]>>();

async function playedGenuinely({ scenario }: Exhibit): Promise<string[]> {
  const known = genuine.get(scenario) ?? played(scenario, FAULTY);
  genuine.set(scenario, known);
  return known;
}

async function playedWith({ bug, edits, scenario }: Exhibit): Promise<string[]> {
  const copy = await plant(bug.replaceAll(/[^a-z0-9]+/gi, '-'), edits);
  try {
    return await played(scenario, copy.program);
  } finally {
    copy.remove();
  }
}

/** Exhibits by their bug, for titles. */
function titled(exhibits: readonly Exhibit[]): (readonly [string, Exhibit])[] {
  return exhibits.map((exhibit) => [exhibit.bug, exhibit]);
}

describe('the museum', () => {
  it('has bugs with different names, each of which changes the code', () => {
    expect(new Set(EXHIBITS.map(({ bug }) => bug)).size).toBe(EXHIBITS.length);
    for (const { bug, edits } of EXHIBITS) {
      for (const [file, own] of editsByFile(edits)) expect(edited(file, own), bug).not.toBe(edited(file, []));
    }
  });
});

describe.skipIf(!CAN_BUILD)('the museum catches a program that', () => {
  it.each(titled(EXHIBITS.filter((exhibit) => !WAITING.includes(exhibit))))('%s', async (_, exhibit) => {
    expect(await playedGenuinely(exhibit), 'what is wrong with parp as it is').toEqual([]);
    expect(await playedWith(exhibit), 'what is wrong with the copy').toContainEqual(expect.stringContaining(exhibit.harm));
  });
});

// These wait for a guard most of the time, and can do so together.
describe.skipIf(!CAN_BUILD).concurrent('the museum catches a program that', () => {
  it.each(titled(WAITING))('%s', async (_, exhibit) => {
    const [wrong, harms] = await Promise.all([playedGenuinely(exhibit), playedWith(exhibit)]);
    expect(wrong, 'what is wrong with parp as it is').toEqual([]);
    expect(harms, 'what is wrong with the copy').toContainEqual(expect.stringContaining(exhibit.harm));
  });
});
