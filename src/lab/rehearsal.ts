import { writeFileSync } from 'node:fs';
import { askAll, complaints, type Asked } from './checks.ts';
import { askForetold, foretell, type ForetoldHeard } from './foretold.ts';
import type { Check, LabKind } from './lab-kind.ts';
import type { Lab } from './namespaces.ts';
import { redirectsReceived } from './observation.ts';
import { differences, snapshot } from './snapshot.ts';

/** One run of parp in the network. */
export interface ParpRun {
  readonly host: string;
  /** What stood behind `parp`. */
  readonly args: readonly string[];
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RehearsalOptions {
  /** How parp is started: program and arguments before its own. */
  readonly parp: readonly string[];
  /** Whether parp answers with its JSON documents. */
  readonly json: boolean;
  /** Leaves the profile in force at the end. */
  readonly keep: boolean;
}

/** Hears of each thing as it happens. */
export interface Audience {
  asked(when: 'before' | 'after', asked: readonly Asked[]): void;
  runs(host: string, args: readonly string[]): void;
  ran(run: ParpRun): void;
  redirects(count: number): void;
  /** Whether the router answers for whom plan foretold, and for nobody beside. */
  foretold(heard: ForetoldHeard): void;
  /** What differs on the router from what was there before the profile. */
  givenBack(left: readonly string[], compared: number): void;
}

/** What came of it all. `null`: not reached, because an earlier step failed, or not done because of `keep`. */
export interface Rehearsal {
  readonly before: readonly Asked[];
  readonly after: readonly Asked[] | null;
  readonly runs: readonly ParpRun[];
  readonly redirects: number | null;
  readonly foretold: ForetoldHeard | null;
  readonly left: readonly string[] | null;
  /** What was not as expected, one sentence each; none where everything held. */
  readonly complaints: readonly string[];
}

/**
 * Plays a kind's story in its network: asks, plans, applies, asks again, looks through the eyes of an asker, and takes the profile back.
 * Stops at the first run of parp that fails.
 */
export async function rehearse(lab: Lab, kind: LabKind, options: RehearsalOptions, audience: Audience): Promise<Rehearsal> {
  const runs: ParpRun[] = [];
  const file = `${kind.kind}.yaml`;
  writeFileSync(`${lab.folder}/${file}`, kind.profile, { mode: 0o600 });
  const parp = async (host: string, args: readonly string[]): Promise<boolean> => {
    const complete = options.json ? [...args, '--json'] : args;
    audience.runs(host, complete);
    const { exitCode, stdout, stderr } = await lab.run(host, [...options.parp, ...complete]);
    const run: ParpRun = { host, args: complete, exitCode, stdout, stderr };
    runs.push(run);
    audience.ran(run);
    return exitCode === 0;
  };
  const failed = (): string =>
    `parp ${runs.at(-1)?.args.join(' ')} on ${runs.at(-1)?.host}: exit code ${runs.at(-1)?.exitCode}, expected 0`;

  const untouched = await snapshot(lab, kind.router);
  const before = await askAll(lab, kind, 'before');
  audience.asked('before', before);
  const foretold = await foretell(lab, kind, options.parp, file);
  for (const command of ['plan', 'apply']) {
    if (!(await parp(kind.router, [command, file]))) {
      return { before, after: null, runs, redirects: null, foretold: null, left: null, complaints: [failed()] };
    }
  }
  const after = await askAll(lab, kind, 'after');
  audience.asked('after', after);
  const found = kind.checks.flatMap((check, i) => compared(kind, check, before[i], after[i]));
  const redirects = await countRedirects(lab, kind);
  audience.redirects(redirects);
  if (redirects > 0) found.push(`The router sent ${redirects} ICMP redirects, expected none`);
  const heard = await askForetold(lab, kind, options.parp, foretold);
  audience.foretold(heard);
  found.push(...heard.complaints);
  const seen = kind.checks.find((check) => check.answeredBy !== 'nobody');
  if (seen !== undefined && !(await parp(seen.from, probe(kind, seen)))) found.push(failed());
  if (options.keep) return { before, after, runs, redirects, foretold: heard, left: null, complaints: found };
  if (!(await parp(kind.router, ['remove', '--all']))) found.push(failed());
  const now = await snapshot(lab, kind.router);
  const left = differences(untouched, now);
  audience.givenBack(left, Object.keys(now.sysctls).length);
  return {
    before,
    after,
    runs,
    redirects,
    foretold: heard,
    left,
    complaints: [...found, ...left.map((line) => `Not given back: ${line}`)],
  };
}

function compared(kind: LabKind, check: Check, before: Asked | undefined, after: Asked | undefined): string[] {
  return before === undefined || after === undefined ? [] : complaints(kind, check, before, after);
}

async function countRedirects(lab: Lab, kind: LabKind): Promise<number> {
  const counts = await Promise.all(Object.keys(kind.topology.hosts).map(async (host) => redirectsReceived(lab, host)));
  return counts.reduce((sum, count) => sum + count, 0);
}

/** `parp probe` as the asker of a check, from its own address: a proxy answers no probe of 0.0.0.0. */
function probe(kind: LabKind, { from, to }: Check): string[] {
  const [link = '', { addresses = [] } = {}] = Object.entries(kind.topology.hosts[from]?.links ?? {})[0] ?? [];
  const own = (addresses[0] ?? '').replace(/\/.*/, '');
  return ['probe', '--interface', link, '--from', own, '--expect', 'taken', to];
}
