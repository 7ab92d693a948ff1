import { text } from 'node:stream/consumers';
import { announce } from '../host/announcer.ts';
import { namespaceIdentity } from '../host/namespace-identity.ts';
import { RecordFiles } from '../host/records.ts';
import { stateFolder } from '../host/state-folder.ts';
import type { AnnounceJob } from '../model/announcements.ts';
import type { AnnounceOptions } from '../model/settings.ts';
import { isFields } from '../model/shape.ts';
import { isAnnounceForm } from './announce-options.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { watchForce, type AppliedProfiles } from './in-force.ts';
import { interruptibly } from './interruption.ts';
import type { Terminal } from './terminal.ts';

/** What is left of an apply's announcements for a process of its own. */
export interface DetachedAnnouncement {
  readonly jobs: readonly AnnounceJob[];
  readonly options: AnnounceOptions;
  /** Counted from 1; the rounds before it are out. */
  readonly startAtRound: number;
  /** The profiles that the addresses belong to, and when they were applied: the announcements end when one of them is given up. */
  readonly profiles: AppliedProfiles;
}

/** How often the records are looked at between frames, so that a process with nothing more to say ends. */
const LOOK_EVERY_MS = 100;

/**
 * Sends the announcements that an apply handed over on standard input; runs outside its session. It ends as soon as a profile is
 * given up: what the host no longer answers for must not be announced.
 */
export async function announceDetached(terminal: Terminal): Promise<ExitCode> {
  const { jobs, options, startAtRound, profiles } = detachedFrom(JSON.parse(await text(process.stdin)));
  const identity = namespaceIdentity();
  const files = new RecordFiles(stateFolder(terminal.globals.stateDir, identity.inode), identity);
  return interruptibly(async ({ signal }) => {
    const { look, givenUp } = watchForce(files, profiles);
    const looking = setInterval(look, LOOK_EVERY_MS);
    try {
      const stop = AbortSignal.any([signal, givenUp]);
      // A transaction is on disk before its first write: whoever finds none right before a batch still answers for the address.
      const outcome = await announce(jobs, options, { signal: stop, beforeBatch: look, startAtRound });
      return outcome.complete ? EXIT.done : EXIT.failed;
    } finally {
      clearInterval(looking);
    }
  });
}

function detachedFrom(value: unknown): DetachedAnnouncement {
  if (isDetached(value)) return value;
  throw new TypeError('The announcements to send are not what parp writes');
}

function isDetached(value: unknown): value is DetachedAnnouncement {
  if (!isFields(value) || !isFields(value['options']) || !Array.isArray(value['jobs'])) return false;
  const { rounds, spacingMs, form, rate } = value['options'];
  return (
    value['jobs'].every(isJob) &&
    typeof rounds === 'number' &&
    typeof spacingMs === 'number' &&
    typeof form === 'string' &&
    isAnnounceForm(form) &&
    (rate === null || typeof rate === 'number') &&
    typeof value['startAtRound'] === 'number' &&
    isFields(value['profiles']) &&
    Object.values(value['profiles']).every((appliedAt) => typeof appliedAt === 'string')
  );
}

function isJob(value: unknown): value is AnnounceJob {
  if (!isFields(value) || typeof value['interface'] !== 'string' || !Array.isArray(value['addresses'])) return false;
  return value['addresses'].every((address) => typeof address === 'string');
}
