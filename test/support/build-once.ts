import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { FAILPOINT_BUILD } from './faults.ts';
import { beginTally } from './tally.ts';

const BUNDLE = fileURLToPath(new URL('../../.build/bundle.mjs', import.meta.url));

/**
 * Vitest's global set-up of the tests that run the program as it is shipped: bundles it, as it is and with failpoints, and prints at the end
 * what was tried many times. Where bundling fails, esbuild says why, these tests fail (`PARP` of namespaces.ts), and the others run.
 */
export function setup(): () => void {
  for (const options of [[], ['--failpoints', FAILPOINT_BUILD]]) {
    const { status } = spawnSync(process.execPath, [BUNDLE, ...options], { stdio: 'inherit' });
    if (status !== 0) process.env['PARP_NOT_BUILT'] = '1';
  }
  return beginTally();
}
