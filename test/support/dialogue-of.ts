import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, writeSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import { until } from './confirm-window.ts';
import { PARP, type Network } from './namespaces.ts';

export interface DialogueOptions {
  readonly rows?: number;
  readonly columns?: number;
  /** TERM; xterm by default. */
  readonly term?: string;
  /** LC_ALL; C.UTF-8 by default. */
  readonly locale?: string;
}

/** parp on a pseudo-terminal, with somebody who reads what it shows and types. */
export interface DialogueOf {
  /** Waits until a text is shown, behind the one that was waited for before; gives what was shown up to its end. */
  shows(text: string): Promise<string>;
  /** Waits until one of several is shown; gives the one that came first. */
  showsOneOf(...texts: readonly string[]): Promise<string>;
  type(keys: string): void;
  /** Goes on through what is shown in pages, to the question behind it. */
  readOn(): Promise<void>;
  /** Waits for a question that inquirer draws, types, and waits until that is taken for an answer. */
  answer(question: string, keys: string): Promise<void>;
  /** Everything that was shown by now, without the sequences that move the cursor or colour. */
  shown(): string;
  /** Sends the program a signal: `TERM`. */
  signal(name: string): Promise<void>;
  /** Waits for its end. `restored`: whether the terminal's modes are as before; `raw`: with every sequence. */
  ended(): Promise<{ readonly exitCode: number | null; readonly shown: string; readonly raw: string; readonly restored: boolean }>;
  /** Where the program works, and its files are. */
  readonly folder: string;
}

export const KEY = {
  enter: '\r',
  escape: '\u001b',
  down: '\u001b[B',
  up: '\u001b[A',
  interrupt: '\u0003',
  end: '\u0004',
  clear: '\u0015',
} as const;

const PATIENCE_MS = 30_000;

/** Starts `parp ARGS` on a terminal of `script` in a folder of its own, on a host. A pipe with a name is its keyboard. */
export function dialogueOn(net: Network, host: string, args: readonly string[], options: DialogueOptions = {}): DialogueOf {
  const { rows = 24, columns = 80, term = 'xterm', locale = 'C.UTF-8' } = options;
  const folder = mkdtempSync(`${net.lab.folder}/dialogue-`);
  const keys = `${folder}/.keys`;
  spawnSync('mkfifo', [keys]);
  // For reading as well, so that neither end waits for the other, and none ever sees the end.
  const keyboard = openSync(keys, 'r+');
  const size = rows === 0 ? '' : `stty rows ${rows} cols ${columns};`;
  const program = [...PARP, ...args].map((word) => `'${word}'`).join(' ');
  // What comes by ^C is parp's: the shell is there to look at the terminal afterwards.
  const line = `trap : INT; ${size} stty -g > .before; sh -c 'echo $$ > .pid; exec "$@"' sh ${program}; code=$?; stty -g > .after; exit $code`;
  const child = net.spawn(host, ['sh', '-c', 'exec script -qefc "$1" /dev/null < "$2"', 'sh', line, keys], {
    cwd: folder,
    env: { TERM: term, SHELL: '/bin/sh', LC_ALL: locale },
  });
  let raw = '';
  let read = 0;
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (chunk: string) => {
    raw += chunk;
  });
  const shown = (): string => stripVTControlCharacters(raw).replaceAll('\r', '');
  const first = (texts: readonly string[]): { readonly text: string; readonly at: number } | undefined =>
    texts
      .map((text) => ({ text, at: shown().indexOf(text, read) }))
      .filter(({ at }) => at >= 0)
      .toSorted((a, b) => a.at - b.at)[0];
  const showsOneOf = async (...texts: readonly string[]): Promise<string> => {
    try {
      await until(`one of "${texts.join('", "')}" is shown`, () => first(texts) !== undefined, PATIENCE_MS);
    } catch (error) {
      throw new Error(`None of "${texts.join('", "')}" is shown, but:\n${shown().slice(read)}`, { cause: error });
    }
    const { text, at } = first(texts) ?? { text: '', at: read };
    read = at + text.length;
    return text;
  };
  const shows = async (text: string): Promise<string> => {
    const from = read;
    await showsOneOf(text);
    return shown().slice(from, read);
  };
  const type = (text: string): void => void writeSync(keyboard, text);
  return {
    folder,
    shown,
    signal: async (name) => {
      await net.run(host, ['kill', '-s', name, readFileSync(`${folder}/.pid`, 'utf8').trim()]);
    },
    shows,
    showsOneOf,
    type,
    readOn: async () => {
      while ((await showsOneOf('Enter goes on', 'And now?')) === 'Enter goes on') type(KEY.enter);
    },
    answer: async (question, text) => {
      await shows(`? ${question}`);
      type(text);
      await shows(`✔ ${question}`);
    },
    ended: async () => {
      const { exitCode } = await child.end;
      closeSync(keyboard);
      const restored = readFileSync(`${folder}/.before`, 'utf8') === readFileSync(`${folder}/.after`, 'utf8');
      return { exitCode, shown: shown(), raw, restored };
    },
  };
}
