import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Journal, Phase, Records, Transaction } from '../engine/transaction.ts';
import { Failure, type Ending } from '../model/failure.ts';
import { EMPTY_LEDGER, type Ledger } from '../model/ledger.ts';
import { sameValue } from '../model/operation.ts';
import { errnoOf } from './errno.ts';
import { appendDurably, readIfThere, replaceFile, stampOf } from './state-folder.ts';
import { VERSION } from './version.ts';

/** What binds records to one boot and one namespace: an inode is used again, a cookie is not. */
export interface Binding {
  readonly bootId: string;
  readonly cookie: string;
}

interface Head extends Binding {
  readonly format: number;
  readonly parp: string;
}

const FORMAT = 1;

/**
 * The records of one namespace's folder: `ledger` (what parp holds) and `journal` (the last transaction and how far it came). Both are
 * lines of `<crc32 in hex> <json>`; a line that was cut off at the end of the journal never happened, anything else that does not fit
 * is refused rather than guessed at.
 */
export class RecordFiles implements Journal {
  readonly #ledger: string;
  readonly #journal: string;
  readonly #head: Head;

  constructor(folder: string, binding: Binding) {
    this.#ledger = join(folder, 'ledger');
    this.#journal = join(folder, 'journal');
    this.#head = { format: FORMAT, parp: VERSION, ...binding };
  }

  /** What earlier runs left, as far as it belongs to this boot and this namespace. Throws `Failure` for what cannot be read. */
  read(): Records {
    const ledger = this.#readLines(this.#ledger, false);
    const journal = this.#readLines(this.#journal, true);
    return {
      ledger: ledger === null ? EMPTY_LEDGER : (ledger[0] as Ledger),
      last: journal === null ? null : lastTransaction(journal, this.#journal),
    };
  }

  /** Throws `Failure` 'refused' where there is no room for it: nothing is written to the kernel yet. */
  open(transaction: Transaction): void {
    writing(this.#journal, 'refused', () => replaceFile(this.#journal, sealed(this.#head) + sealed(transaction)));
  }

  mark(phase: Exclude<Phase, 'open'>): void {
    writing(this.#journal, 'failed', () => appendDurably(this.#journal, sealed({ phase })));
  }

  /** Writes nothing where the file holds it already: taking a transaction back needs no room then. */
  saveLedger(ledger: Ledger): void {
    const text = sealed(this.#head) + sealed(ledger);
    const present = readIfThere(this.#ledger);
    if (present === text || (present === null && sameValue(ledger, EMPTY_LEDGER))) return;
    writing(this.#ledger, 'failed', () => replaceFile(this.#ledger, text));
  }

  /** Another text after each change of the records, for a reader that comes back often: they can be large. */
  stamp(): string {
    return [this.#ledger, this.#journal].map(stampOf).join(' ');
  }

  /** The lines behind the head; null where there is no file, or one of another boot or namespace. */
  #readLines(path: string, mayBeTorn: boolean): unknown[] | null {
    const text = readIfThere(path);
    if (text === null) return null;
    const [head, ...lines] = unseal(text, path, mayBeTorn);
    if (!isHead(head)) throw unreadable(path, 'it does not begin with its format');
    if (head.format > FORMAT) throw unreadable(path, `parp ${head.parp} wrote it in format ${head.format}, this one knows ${FORMAT}`);
    if (head.bootId !== this.#head.bootId || head.cookie !== this.#head.cookie) return null;
    if (lines.length === 0) {
      if (mayBeTorn) return null;
      throw unreadable(path, 'it ends behind its head');
    }
    return lines;
  }
}

function writing(path: string, ending: Ending, write: () => void): void {
  try {
    write();
  } catch (cause) {
    throw new Failure(ending, 'records', `Write ${path}: ${errnoOf(cause) ?? String(cause)}`, {
      remedy: 'Make room there, or name another folder: --state-dir DIR',
      cause,
    });
  }
}

function sealed(value: object): string {
  const json = JSON.stringify(value);
  return `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`;
}

function unseal(text: string, path: string, mayBeTorn: boolean): unknown[] {
  const lines = text.split('\n');
  const tail = lines.pop() ?? '';
  if (tail !== '' && !mayBeTorn) throw unreadable(path, 'its last line is cut off');
  return lines.map((line, at) => {
    const json = line.slice(9);
    if (line.slice(0, 9) !== `${crc32(json).toString(16).padStart(8, '0')} `) throw unreadable(path, `line ${at + 1} is damaged`);
    const value: unknown = JSON.parse(json);
    return value;
  });
}

function isHead(value: unknown): value is Head {
  return (
    typeof value === 'object' &&
    value !== null &&
    'format' in value &&
    typeof value.format === 'number' &&
    'bootId' in value &&
    'cookie' in value
  );
}

function lastTransaction(lines: readonly unknown[], path: string): Records['last'] {
  const [transaction, ...marks] = lines;
  if (typeof transaction !== 'object' || transaction === null || !('operations' in transaction))
    throw unreadable(path, 'it holds no transaction');
  const phases = marks.map((mark) => (typeof mark === 'object' && mark !== null && 'phase' in mark ? mark.phase : undefined));
  return { transaction: transaction as Transaction, phase: (phases.at(-1) as Phase | undefined) ?? 'open' };
}

function unreadable(path: string, why: string): Failure {
  return new Failure('failed', 'records', `Read ${path}: ${why}`, {
    remedy:
      "parp changes nothing as long as it does not know what it did before. Look at the file; what carries protocol 97 is parp's: ip route show proto 97",
  });
}
