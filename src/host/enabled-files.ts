import { closeSync, constants, existsSync, linkSync, lstatSync, openSync, renameSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { failpoint } from '../engine/failpoint.ts';
import { Failure } from '../model/failure.ts';
import { isFields } from '../model/shape.ts';
import { errnoOf } from './errno.ts';
import { isHostNetwork } from './host-network.ts';
import { flock } from './libc.ts';
import { answerOf } from './read-file-safely.ts';
import { seal, unseal } from './sealed-file.ts';
import { ensureFolder, readIfThere, removeIfThere, replaceFile, syncFolder } from './state-folder.ts';

/** Where what outlives a boot lies, but for PARP_LIB_DIR. */
const DEFAULT_LIB_ROOT = '/var/lib/parp';

/** A profile that comes up at boot. */
export interface EnabledProfile {
  /** The profile as it was parsed (`Profile` of src/profile/), whole: its file may have changed since, or be gone. */
  readonly origin: object;
  /** When what is kept was applied, RFC 3339 in UTC. */
  readonly appliedAt: string;
}

/** By name. */
export type EnabledProfiles = Readonly<Record<string, EnabledProfile>>;

export interface EnabledSet {
  /** How often the set was changed. */
  readonly generation: number;
  readonly profiles: EnabledProfiles;
  /** Why the present file could not be used, so that this is the generation before; null where it could. */
  readonly alarm: string | null;
}

/** How long another one that changes the set is waited for, in milliseconds. */
const PATIENCE_MS = 5000;
const TRY_EVERY_MS = 5;

/** The profiles that come up at boot: one file, replaced as a whole, with the one before kept beside it. */
export class EnabledFiles {
  readonly folder: string;
  readonly #present: string;
  readonly #previous: string;
  readonly #attempts: string;

  constructor(folder: string = enabledFolder()) {
    this.folder = folder;
    this.#present = join(folder, 'profiles');
    this.#previous = `${this.#present}.previous`;
    this.#attempts = join(folder, 'attempts');
  }

  /** Whether anything was ever enabled; true also where that may not be looked at. */
  exists(): boolean {
    return [this.#present, this.#previous].some((path) => {
      try {
        return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
      } catch {
        return true;
      }
    });
  }

  /**
   * The set as it is on disk; empty where nothing was ever enabled. A file that does not fit its checksum is ignored, and that is said: then
   * it is the generation before. Throws `Failure` where neither can be relied on, or another parp wrote it in a form that is not known here.
   */
  read(): EnabledSet {
    if (!this.exists()) return { generation: 0, profiles: {}, alarm: null };
    checkFolder(this.folder);
    const present = readSet(this.#present);
    if (typeof present !== 'string') return { ...present, alarm: null };
    const previous = readSet(this.#previous);
    if (typeof previous === 'string') throw damaged(this.folder, [`${this.#present}: ${present}`, `${this.#previous}: ${previous}`]);
    return { ...previous, alarm: `${this.#present} is ignored, and the generation before it is used: ${present}` };
  }

  /**
   * Replaces the profiles by what `next` makes of them, or leaves them where that is null; after a crash at any time the set is the one before or
   * the new one. Throws `Failure` 'refused' where it cannot be written.
   */
  async change(next: (profiles: EnabledProfiles) => EnabledProfiles | null): Promise<void> {
    await this.#locked(() => {
      const { generation, profiles, alarm } = this.read();
      const changed = next(profiles);
      if (changed === null) return;
      failpoint('enabled.begun');
      // A damaged file must not take the place of the one that it was read from.
      if (alarm === null && generation > 0) this.#keepPrevious();
      replaceFile(this.#present, seal({ generation: generation + 1, profiles: changed }));
      failpoint('enabled.written');
    });
  }

  /** How often in a row each profile failed at boot. What cannot be read counts as never. */
  attempts(): Readonly<Record<string, number>> {
    const bytes = bytesOf(this.#attempts);
    const read = typeof bytes === 'string' ? undefined : unseal(bytes);
    return read?.kind === 'whole' && isCounts(read.content) ? read.content : {};
  }

  /** Enters how often profiles failed; it is on disk when this returns. Throws `Failure` 'refused' where it cannot be written. */
  async count(counts: Readonly<Record<string, number>>): Promise<void> {
    const known = this.attempts();
    const differs = (name: string): boolean => (Object.hasOwn(known, name) ? known[name] : 0) !== counts[name];
    if (!Object.keys(counts).some(differs)) return;
    await this.#locked(() => {
      const entries = Object.entries({ ...this.attempts(), ...counts }).filter(([, count]) => count > 0);
      replaceFile(this.#attempts, seal(Object.fromEntries(entries)));
      failpoint('enabled.counted');
    });
  }

  /** No instant lacks both files: the present one gets another name as well, which then takes the place of the previous one. */
  #keepPrevious(): void {
    const beside = `${this.#previous}.new`;
    removeIfThere(beside);
    linkSync(this.#present, beside);
    failpoint('enabled.linked');
    renameSync(beside, this.#previous);
    failpoint('enabled.kept');
    // Where both are the same file already, as a crash can leave it, the kernel renames nothing.
    removeIfThere(beside);
  }

  async #locked(work: () => void): Promise<void> {
    makeFolder(this.folder);
    try {
      const descriptor = openSync(this.folder, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
      try {
        await lock(descriptor, this.folder);
        work();
      } finally {
        closeSync(descriptor);
      }
    } catch (cause) {
      throw cause instanceof Failure ? cause : unusable(this.folder, cause);
    }
  }
}

/** Where the enabled profiles lie. */
function enabledFolder(): string {
  return join(resolve(libRoot() ?? DEFAULT_LIB_ROOT), 'enabled');
}

/** The folder of PARP_LIB_DIR, which keeps the enabled profiles of another network, or undefined. */
function libRoot(): string | undefined {
  const named = process.env['PARP_LIB_DIR'] ?? '';
  return named === '' ? undefined : named;
}

/**
 * Whether the enabled profiles are those of this network. All namespaces share /var/lib, and only the machine's own network comes up at boot;
 * null where it cannot be told which one this is.
 */
export function isEnabledHere(): boolean | null {
  return libRoot() === undefined ? isHostNetwork() : true;
}

/** Makes the folder, durably, where it is missing. Throws `Failure` where it cannot be made, or is not safe. */
function makeFolder(folder: string): void {
  const missing = [folder, dirname(folder)].filter((path) => !existsSync(path));
  checkFolder(folder);
  for (const path of missing) syncFolder(dirname(path));
}

/** Throws `Failure` where somebody else could write there. */
function checkFolder(folder: string): void {
  try {
    ensureFolder(folder);
  } catch (cause) {
    throw cause instanceof Failure ? unusable(folder, cause) : cause;
  }
}

/** The kernel gives it back with the descriptor, also when this process dies. */
async function lock(descriptor: number, folder: string): Promise<void> {
  for (let waited = 0; !flock(descriptor, 'exclusive', true); waited += TRY_EVERY_MS) {
    if (waited >= PATIENCE_MS) throw new Failure('busy', 'locked', `Another parp is changing what is enabled in ${folder}`);
    await pause(TRY_EVERY_MS);
  }
}

/** A set, or why the file gives none. */
function readSet(path: string): Omit<EnabledSet, 'alarm'> | string {
  const bytes = bytesOf(path);
  if (typeof bytes === 'string') return bytes;
  const read = unseal(bytes);
  switch (read.kind) {
    case 'damaged':
      return read.why;
    case 'other-format':
      throw new Failure('failed', 'enabled-format', `parp ${read.head.parp} wrote ${path} in a form that this one does not know`, {
        remedy: 'Use that parp, or put the folder away and enable the profiles anew',
      });
    case 'whole':
      return isSet(read.content) ? read.content : 'it holds no profiles';
  }
}

function bytesOf(path: string): Buffer | string {
  try {
    return readIfThere(path) ?? 'it is gone';
  } catch (cause) {
    if (errnoOf(cause) !== 'EACCES') return answerOf(cause);
    throw new Failure('refused', 'unreadable-enabled', `Read ${path}: ${answerOf(cause)}`, {
      remedy: 'Run it as root: sudo parp …',
      cause,
    });
  }
}

function damaged(folder: string, details: readonly string[]): Failure {
  return new Failure('failed', 'enabled-damaged', `What is enabled cannot be read, so that nothing comes up at boot`, {
    details,
    remedy: `Put the files out of the way, then enable the profiles anew: rm ${folder}/profiles*; parp enable NAME`,
  });
}

function unusable(folder: string, cause: unknown): Failure {
  const answer = cause instanceof Failure ? cause.message : answerOf(cause);
  return new Failure('refused', 'enabled-folder', `What comes up at boot cannot be kept in ${folder}: ${answer}`, {
    remedy: 'It takes a disk that can be written, and folders of root or of the user parp that nobody else can write to',
    cause,
  });
}

/** The CRC vouches for the rest: nobody but parp writes it. */
function isSet(value: unknown): value is Omit<EnabledSet, 'alarm'> {
  return isFields(value) && typeof value['generation'] === 'number' && isFields(value['profiles']);
}

function isCounts(value: unknown): value is Record<string, number> {
  return isFields(value) && Object.values(value).every((count) => typeof count === 'number');
}
