import { expect, onTestFinished } from 'vitest';
import type { Child, Ended } from '../../src/lab/child-process.ts';
import type { Snapshot } from '../../src/lab/snapshot.ts';
import { clocksOf, type Clocks } from './clocks.ts';
import { guardOf, phaseOf, SMALL, until } from './confirm-window.ts';
import { faultEnv, type Fault } from './faults.ts';
import { buildNetwork, type Network } from './namespaces.ts';
import { changed, nothingIsLeft, QUIET, THREE_WIRES } from './stopping.ts';

/** How long the change of a scene waits to be confirmed. */
export const WINDOW_MS = 10_000;
/** A router whose clocks can be moved. */
export interface Scene {
  readonly net: Network;
  readonly clocks: Clocks;
  /** Applies the small profile, to be confirmed within 10 s, without waiting for the end. */
  readonly begin: (fault?: Fault, wire?: readonly string[]) => Child;
  /** The same, to its end, which is good. */
  readonly apply: () => Promise<Ended>;
  readonly parp: (...args: string[]) => Promise<Ended>;
}

/** A router of its own for a test, with clocks to move. Tests that run side by side hand their own `atEnd` in. */
export async function scene(atEnd: (work: () => Promise<void>) => void = onTestFinished): Promise<Scene> {
  const net = await buildNetwork(THREE_WIRES);
  atEnd(async () => net.lab.destroy());
  return sceneIn(net);
}

export function sceneIn(net: Network): Scene {
  const clocks = clocksOf(net);
  const file = net.profile('small.yaml', SMALL);
  const begin: Scene['begin'] = (fault, wire = QUIET) => {
    const env = fault === undefined ? {} : faultEnv({ only: 'apply', ...fault });
    return net.spawn('router', [...clocks.argv, 'apply', '--confirm=10s', ...wire, file], { env });
  };
  return {
    net,
    clocks,
    begin,
    apply: async () => {
      const end = await begin().end;
      expect(end, end.stderr).toMatchObject({ exitCode: 0 });
      return end;
    },
    parp: async (...args) => net.run('router', [...clocks.argv, ...args]),
  };
}

/** Everything is as before, no guard is left, and whoever confirms now hears that it is too late. */
export async function isUndone({ net, parp }: Scene, before: Snapshot): Promise<void> {
  await until('no guard lives', () => guardOf(net) === null);
  expect(phaseOf(net)).toBe('undone');
  expect(await changed(net, before)).toEqual([]);
  expect((await parp('confirm')).exitCode).toBe(5);
  await nothingIsLeft(net);
}
