import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Ended } from '../../src/lab/child-process.ts';
import type { Lab } from '../../src/lab/namespaces.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A program of a few lines over the modules of src, as a file that node itself can run inside a namespace. */
export interface Script {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  remove(): void;
}

/** Bundles TypeScript whose imports name modules as seen from the repository: `./src/host/prober.ts`. */
export async function scriptOf(source: string): Promise<Script> {
  const folder = mkdtempSync(join(tmpdir(), 'parp-script-'));
  const outfile = join(folder, 'script.mjs');
  await build({
    stdin: { contents: source, resolveDir: root, sourcefile: 'script.ts', loader: 'ts' },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['koffi'],
    define: { PARP_VERSION: '"0.0.0"' },
    logLevel: 'warning',
  });
  return {
    argv: [process.execPath, outfile],
    // Where the FFI is found from outside the repository.
    env: { NODE_PATH: join(root, 'node_modules') },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Runs a script in a host's namespace to its end. */
export async function runScript(lab: Lab, host: string, source: string): Promise<Ended> {
  const script = await scriptOf(source);
  try {
    return await lab.run(host, script.argv, { env: script.env });
  } finally {
    script.remove();
  }
}

/** The JSON that a script prints; throws with what it said on stderr where it does not end with 0. */
export async function scriptJson(lab: Lab, host: string, source: string): Promise<unknown> {
  const { exitCode, stdout, stderr } = await runScript(lab, host, source);
  if (exitCode !== 0) throw new Error(`The script ended with ${exitCode}: ${stderr}`);
  return JSON.parse(stdout);
}
