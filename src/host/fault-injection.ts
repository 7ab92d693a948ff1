import { spawnSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { onFailpoint } from '../engine/failpoint.ts';

/**
 * What the fault suite asks of a run, as JSON in PARP_FAULT: one fault, or several. Only builds with failpoints look at it.
 *
 * `log`: a file that gets the name of every failpoint reached, a line each. `at`: the failpoint, counted from 1 in this process, or by its name
 * and how often it was reached (`journal.marked.applied`, or `operation.written#3`), at which `act` happens, once: `kill` (SIGKILL), `stop` (SIGSTOP),
 * a signal's name, `throw`, or `run: COMMAND` for /bin/sh. `only`: the command (`apply`, `guard`, …) that it is meant for.
 */
interface Fault {
  readonly log?: string;
  readonly at?: number | string;
  readonly act?: string;
  readonly only?: string;
}

/** Has the failpoints do what PARP_FAULT asks for. */
export function injectFaults(args: readonly string[]): void {
  const text = process.env['PARP_FAULT'];
  if (text === undefined || text === '') return;
  const asked: Fault | Fault[] = JSON.parse(text);
  const faults = [asked].flat().filter(({ only }) => only === undefined || args.includes(only));
  let count = 0;
  const times = new Map<string, number>();
  onFailpoint((name) => {
    count++;
    const time = (times.get(name) ?? 0) + 1;
    times.set(name, time);
    for (const fault of faults) {
      if (fault.log !== undefined) appendFileSync(fault.log, `${name}#${time}\n`);
      if (fault.at === count || fault.at === `${name}#${time}` || (fault.at === name && time === 1)) act(fault.act ?? 'kill', name);
    }
  });
}

function act(what: string, name: string): void {
  if (what === 'throw') throw new Error(`Fault at ${name}`);
  if (what.startsWith('run: ')) {
    spawnSync('/bin/sh', ['-c', what.slice(5)], { stdio: 'ignore' });
    return;
  }
  const signal = what === 'kill' ? 'SIGKILL' : what === 'stop' ? 'SIGSTOP' : (what as NodeJS.Signals);
  process.kill(process.pid, signal);
}
