import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { ChildOptions } from '../../src/lab/child-process.ts';
import { useNetwork, type Network, type ParpEnd } from './namespaces.ts';
import { TWO_WIRES } from './plain-profiles.ts';
import { LONG } from './tally.ts';
import { useUnchanged } from './unchanged.ts';

/** Nothing that parp is given keeps it longer than that, however busy the machine is. */
export const WITHOUT_HANGING: ChildOptions = { timeoutMs: 30_000 };
/** For a test of the long run. */
export const PATIENCE = { timeout: LONG ? 1_800_000 : 120_000 };
/** A user who is neither root nor anybody else here. */
export const STRANGER = 54_321;
/** The shortest profile that is right. */
export const GOOD = 'version: 1\nkind: custom\nname: good\n';

export interface Diagnostic {
  readonly code: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** A router whose parp is given files of somebody else's making. */
export interface GivenFiles {
  readonly net: Network;
  /** Where the files are; empty when a test begins. */
  readonly folder: string;
  /** Runs parp on the router. */
  readonly parp: (args: readonly string[], options?: ChildOptions) => Promise<ParpEnd>;
  /** Writes a file into the folder; gives its path. */
  readonly write: (name: string, content: string | Uint8Array, mode?: number) => string;
  /** What `parp validate` finds wrong with each of the files, all of which one process reads. */
  readonly mistakesIn: (files: readonly string[]) => Promise<Diagnostic[][]>;
  readonly nothingHasChanged: () => Promise<void>;
}

/** Builds the router with two wires for the tests of the surrounding `describe`, and empties the folder behind each. */
export function useGivenFiles(): GivenFiles {
  const net = useNetwork(TWO_WIRES);
  const nothingHasChanged = useUnchanged(net);
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(`${net.lab.folder}/input-`);
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { mode: 0o755 });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const parp: GivenFiles['parp'] = async (args, options = {}) => net.parp('router', args, { ...WITHOUT_HANGING, ...options });
  return {
    net,
    get folder() {
      return folder;
    },
    parp,
    write: (name, content, mode = 0o644) => {
      const path = `${folder}/${name}`;
      writeFileSync(path, content);
      chmodSync(path, mode);
      return path;
    },
    mistakesIn: async (files) => {
      const { exitCode, json } = await parp(['--json', 'validate', ...files]);
      const { diagnostics } = json as unknown as { diagnostics: Diagnostic[] };
      expect(exitCode).toBe(diagnostics.length === 0 ? 0 : 3);
      return files.map((path) => diagnostics.filter(({ file }) => file === path));
    },
    nothingHasChanged,
  };
}
