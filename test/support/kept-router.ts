import './with-patience.ts';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { Snapshot } from '../../src/lab/snapshot.ts';
import { expectAs } from './judging.ts';
import { networkOf, type Network } from './namespaces.ts';
import { QUIET } from './stopping.ts';

/** One router for the tests of a `describe`, each of which has to leave it as it found it. */
export interface KeptRouter {
  /** The network of now: it is built anew behind a test that failed. */
  readonly net: Network;
  /** What the router was when it was built. */
  readonly bare: () => Snapshot;
  /** Throws where the router is not as in the snapshot. */
  readonly expectAs: (wanted: Snapshot) => Promise<void>;
  /** Writes a profile to a file of its own name; gives its path. */
  readonly file: (text: string) => string;
  /** The arguments of an apply that leaves the wire alone. */
  readonly applyArgs: (...texts: readonly string[]) => string[];
  /** Runs parp on the router, which has to end well; gives its document. */
  readonly parp: (...args: readonly string[]) => Promise<Record<string, unknown>>;
  readonly apply: (...texts: readonly string[]) => Promise<Record<string, unknown>>;
  /** Goes on with another router, where nothing can make this one what it was. */
  readonly rebuild: () => Promise<void>;
}

/** Keeps a router for the tests of the surrounding `describe`; how often it was judged, and not as it should be, is counted under `tally`. */
export function useKeptRouter(build: () => Promise<Network>, tally: string): KeptRouter {
  let built: Network | undefined;
  let first: Snapshot | undefined;
  const net = networkOf(() => there(built).lab);
  const bare = (): Snapshot => there(first);
  const rebuild = async (): Promise<void> => {
    await built?.lab.destroy();
    built = await build();
    first = await built.snapshot('router');
  };
  beforeAll(rebuild);
  // What one test left is no fault of the next.
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') return rebuild();
    await expectAs(net, bare(), tally).catch(async (error: unknown) => {
      await rebuild();
      throw error;
    });
  });
  afterAll(async () => built?.lab.destroy());
  const file = (text: string): string => net.profile(`${/name: (.*)/.exec(text)?.[1]}.yaml`, text);
  const applyArgs = (...texts: readonly string[]): string[] => ['apply', ...texts.map(file), ...QUIET];
  const parp = async (...args: readonly string[]): Promise<Record<string, unknown>> => {
    const end = await net.parp('router', ['--json', ...args]);
    expect(end, end.stderr).toMatchObject({ exitCode: 0 });
    return end.json;
  };
  return {
    net,
    bare,
    expectAs: async (wanted) => expectAs(net, wanted, tally),
    file,
    applyArgs,
    parp,
    apply: async (...texts) => parp(...applyArgs(...texts)),
    rebuild,
  };
}

function there<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('The router exists only while tests run: use it inside of it() or beforeAll()');
  return part;
}
