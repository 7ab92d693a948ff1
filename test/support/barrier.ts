import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Ended } from '../../src/lab/child-process.ts';
import { until } from './confirm-window.ts';
import { FAULTY } from './faults.ts';
import type { Network } from './namespaces.ts';

/** Runs several parps on the host `router` that have all started before the first of them does anything; gives how they ended, in their order. */
export async function atOnce(net: Network, commands: readonly (readonly string[])[]): Promise<Ended[]> {
  const entry = `${net.lab.folder}/behind-the-barrier.mjs`;
  const [ready, go] = [`${net.lab.folder}/ready`, `${net.lab.folder}/go`];
  for (const file of [ready, go]) rmSync(file, { force: true });
  const lines = [
    "import { appendFileSync, existsSync } from 'node:fs';",
    'const still = new Int32Array(new SharedArrayBuffer(4));',
    `appendFileSync(${JSON.stringify(ready)}, '.');`,
    `while (!existsSync(${JSON.stringify(go)})) Atomics.wait(still, 0, 0, 1);`,
    `await import(${JSON.stringify(FAULTY[1])});`,
  ];
  writeFileSync(entry, `${lines.join('\n')}\n`);
  const children = commands.map((args) => net.spawn('router', [process.execPath, entry, ...args]));
  await until('all have started', () => existsSync(ready) && readFileSync(ready).length === commands.length, 60_000);
  writeFileSync(go, '');
  return Promise.all(children.map(async ({ end }) => end));
}
