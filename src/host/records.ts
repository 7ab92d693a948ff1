import { closeSync, constants, fstatSync, fsyncSync, lstatSync, openSync, readFileSync, readSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { recordsOf, type Journal, type LastTransaction, type Phase, type Records, type Transaction } from '../engine/transaction.ts';
import { failpoint } from '../engine/failpoint.ts';
import { Failure, type Ending } from '../model/failure.ts';
import {
  decodeJournal,
  encodeJournal,
  encodeMark,
  FORMAT,
  readBack,
  SLOT,
  SLOTS,
  type JournalHead,
  type JournalRead,
  type Sealed,
} from './journal-format.ts';
import { answerOf } from './read-file-safely.ts';
import { placeFile, syncFolder, writeWhole } from './state-folder.ts';
import { VERSION } from './version.ts';

/** What binds records to one boot and one namespace. */
export type Binding = Pick<JournalHead, 'bootId' | 'cookie'>;

/** The records hold what parp did not write, or are cut short: nothing of them can be relied on. */
export class RecordsDamaged extends Failure {
  readonly path: string;

  constructor(path: string, why: string) {
    super('failed', 'records-damaged', `The records in ${path} are damaged: ${why}`, {
      remedy:
        "parp changes nothing as long as it does not know what it did before. `parp recover` gives back what the kernel marks as parp's, and lists the rest",
    });
    this.path = path;
  }
}

/** Who writes at a journal, and where the next mark goes. */
interface Pen {
  readonly descriptor: number;
  end: number;
  crc: number;
}

/** The records of one namespace's folder: the journal of the last transaction, which says what parp holds as well. */
export class RecordFiles implements Journal {
  readonly #path: string;
  readonly #head: JournalHead;
  #pen: Pen | undefined;
  /** The transaction that was written or read last: most of a journal stays as it is. */
  #known: Sealed | undefined;
  /** What `stamp` keeps open: as long as it is, no other file can have its inode. */
  #looked: { readonly descriptor: number; readonly inode: number } | undefined;

  constructor(folder: string, binding: Binding) {
    this.#path = join(folder, 'journal');
    this.#head = { format: FORMAT, parp: VERSION, ...binding };
  }

  /** What earlier runs left, as far as it belongs to this boot and this namespace. Throws `Failure` for what cannot be read. */
  read(): Records {
    const descriptor = this.#open(constants.O_RDONLY);
    if (descriptor === undefined) return recordsOf(null);
    try {
      const read = this.#whole(readFileSync(descriptor));
      return recordsOf(read === null ? null : read.last);
    } finally {
      closeSync(descriptor);
    }
  }

  /** The last transaction as the journal says now; the journal stays open, and is read on when its name is gone. */
  follow(): LastTransaction | null {
    const descriptor = this.#open(constants.O_RDWR) ?? this.#pen?.descriptor;
    if (descriptor === undefined) return null;
    if (descriptor !== this.#pen?.descriptor) this.#putDown();
    const read = this.#whole(readWhole(descriptor));
    this.#pen = read === null ? undefined : { descriptor, end: read.end, crc: read.crc };
    return read?.last ?? null;
  }

  /** Throws `Failure` 'refused' where there is no room for it and its marks: nothing is written to the kernel yet. */
  open(transaction: Transaction): void {
    this.#putDown();
    failpoint('journal.open');
    try {
      writing(this.#path, 'refused', () => {
        const bytes = encodeJournal(this.#head, transaction);
        const read = readBack(bytes, transaction);
        if (read.kind !== 'whole') throw new TypeError('A journal does not read back as what it was made of');
        this.#pen = { descriptor: placeFile(this.#path, bytes), end: read.end, crc: read.crc };
        this.#known = read.sealed;
      });
    } catch (error) {
      this.#closeUnused(transaction);
      throw error;
    }
    failpoint('journal.opened');
  }

  /** A journal that is in its place, but perhaps not for good, is not begun with: as far as it stays, it says so. */
  #closeUnused({ id }: Transaction): void {
    try {
      if (this.follow()?.transaction.id !== id) return;
      this.mark('undoing');
      this.mark('undone');
    } catch {
      // Then the next command finds out that there is nothing to take back.
    }
  }

  /** Throws `Failure` 'failed' where the disk refuses it, the journal was deleted, or another process has written to it meanwhile. */
  mark(phase: Exclude<Phase, 'open'>, deadlineMs?: number): void {
    failpoint(`journal.mark.${phase}`);
    writing(this.#path, 'failed', () => {
      const pen = this.#penAtHand();
      // A rollback goes on without its journal; nothing else may be promised then.
      if (phase !== 'undoing' && phase !== 'undone') this.#requireLinked(pen);
      this.#requireFree(pen);
      const bytes = encodeMark(deadlineMs === undefined ? { phase } : { phase, deadlineMs }, pen.crc);
      writeWhole(pen.descriptor, bytes, pen.end);
      // Only now: what the disk did not take is written over by the next mark.
      pen.end += SLOT;
      pen.crc = Number.parseInt(bytes.toString('latin1', 0, 8), 16);
      failpoint(`journal.unsynced.${phase}`);
      fsyncSync(pen.descriptor);
    });
    failpoint(`journal.marked.${phase}`);
  }

  /** Another text after each change of the records, for a reader that comes back often: they can be large. */
  stamp(): string {
    const named = lstatSync(this.#path, { throwIfNoEntry: false });
    if (named === undefined) return '';
    if (this.#looked?.inode !== named.ino) {
      this.#stopLooking();
      const descriptor = this.#open(constants.O_RDONLY);
      if (descriptor === undefined) return '';
      this.#looked = { descriptor, inode: fstatSync(descriptor).ino };
    }
    // The marks themselves: two of them can come within one tick of the file's time.
    const marks = Buffer.alloc(SLOT * SLOTS);
    readSync(this.#looked.descriptor, marks, 0, marks.length, Math.max(0, named.size - marks.length));
    return `${named.ino}:${named.size}:${named.mtimeMs}:${marks.toString('latin1')}`;
  }

  /** Puts damaged records out of the way, where they can be looked at; returns where. */
  setAside(): string {
    const aside = `${this.#path}.damaged`;
    this.close();
    writing(this.#path, 'failed', () => {
      renameSync(this.#path, aside);
      syncFolder(dirname(this.#path));
    });
    return aside;
  }

  close(): void {
    this.#stopLooking();
    this.#putDown();
  }

  #stopLooking(): void {
    if (this.#looked !== undefined) closeSync(this.#looked.descriptor);
    this.#looked = undefined;
  }

  #putDown(): void {
    if (this.#pen !== undefined) closeSync(this.#pen.descriptor);
    this.#pen = undefined;
  }

  #penAtHand(): Pen {
    if (this.#pen !== undefined) return this.#pen;
    const descriptor = this.#open(constants.O_RDWR);
    const read = descriptor === undefined ? null : this.#whole(readFileSync(descriptor));
    if (descriptor === undefined || read === null) throw new Failure('failed', 'records', `${this.#path} is gone`);
    this.#pen = { descriptor, end: read.end, crc: read.crc };
    return this.#pen;
  }

  #open(flags: number): number | undefined {
    try {
      // O_NONBLOCK keeps a FIFO in its place from hanging the open.
      return openSync(this.#path, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** The journal, or null where it is of another boot or namespace. */
  #whole(bytes: Uint8Array): Extract<JournalRead, { kind: 'whole' }> | null {
    const read = decodeJournal(bytes, this.#known);
    switch (read.kind) {
      case 'damaged':
        throw new RecordsDamaged(this.#path, read.why);
      case 'other-format':
        if (!this.#isOurs(read.head)) return null;
        throw new Failure(
          'failed',
          'records-format',
          `parp ${read.head.parp} wrote ${this.#path} in format ${read.head.format}; this one knows ${FORMAT}`,
          {
            remedy: `Use that parp to give back what is in force here, or this one after a reboot`,
          },
        );
      case 'whole':
        this.#known = read.sealed;
        return this.#isOurs(read.head) ? read : null;
    }
  }

  #isOurs({ bootId, cookie }: Binding): boolean {
    return bootId === this.#head.bootId && cookie === this.#head.cookie;
  }

  #requireLinked({ descriptor }: Pen): void {
    const open = fstatSync(descriptor);
    if (open.nlink > 0 && lstatSync(this.#path, { throwIfNoEntry: false })?.ino === open.ino) return;
    throw new Failure('failed', 'records', `${this.#path} was deleted or replaced meanwhile`);
  }

  #requireFree({ descriptor, end }: Pen): void {
    const slot = Buffer.alloc(SLOT);
    const length = readSync(descriptor, slot, 0, SLOT, end);
    if (length < SLOT || slot[SLOT - 1] === 0) return;
    throw new Failure('failed', 'records-moved-on', `Another process has ended this transaction meanwhile`);
  }
}

/** A file from its beginning, wherever the descriptor stands. */
function readWhole(descriptor: number): Buffer {
  const bytes = Buffer.alloc(fstatSync(descriptor).size);
  let length = 0;
  for (;;) {
    const count = readSync(descriptor, bytes, length, bytes.length - length, length);
    length += count;
    if (count === 0 || length === bytes.length) return bytes.subarray(0, length);
  }
}

function writing(path: string, ending: Ending, write: () => void): void {
  try {
    write();
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    throw new Failure(ending, 'records', `Write ${path}: ${answerOf(cause)}`, {
      remedy: 'Make room there, or name another folder: --state-dir DIR',
      cause,
    });
  }
}
