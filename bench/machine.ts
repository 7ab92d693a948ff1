import { cpus, loadavg, release } from 'node:os';
import { run } from '../src/lab/child-process.ts';

/** Where the figures are from, without saying whose it is. */
export async function machineLine(): Promise<string> {
  const { stdout } = await run(['ip', '-V']);
  const iproute2 = /iproute2-([^\s,]+)/.exec(stdout)?.[1] ?? 'unknown';
  const cores = cpus().length;
  return `Linux ${release()}, Node ${process.versions.node}, iproute2 ${iproute2}, ${cores} ${cores === 1 ? 'core' : 'cores'} (${cpus()[0]?.model.trim() ?? 'unknown'})`;
}

/** A sentence where others use the processor, and the figures are theirs as well; null where nobody does. */
export function busyness(): string | null {
  const load = loadavg()[0] ?? 0;
  return load < cpus().length / 2
    ? null
    : `The machine is busy (load ${load.toFixed(1)} on ${cpus().length} cores): times are longer than they would be, and ratios less certain`;
}
