import { renameSync, writeFileSync } from 'node:fs';
import { bootMilliseconds } from '../../src/host/libc.ts';
import { FAULTY } from './faults.ts';
import type { Network } from './namespaces.ts';

const FAKE = new URL('fake-clocks.mjs', import.meta.url);

/** The program with failpoints, and the hands of its clocks: whatever it starts has the same ones. */
export interface Clocks {
  readonly argv: readonly string[];
  /** Moves the boot clock on, as a suspended machine finds it when it wakes up. */
  sleep(ms: number): void;
  /** A command that does the same, for a process that is in the middle of something. */
  sleepCommand(ms: number): string;
  /** Sets the wall clock so far ahead of the kernel's. */
  setWall(aheadMs: number): void;
  /** The boot clock as the program sees it. */
  now(): number;
}

/** Clocks for the parps of one network. */
export function clocksOf(net: Network): Clocks {
  const hands = { bootMs: 0, wallMs: 0 };
  const file = `${net.lab.folder}/clocks.json`;
  const entry = `${net.lab.folder}/parp-with-clocks.mjs`;
  const program = FAULTY[1] ?? '';
  const set = (): void => {
    writeFileSync(`${file}.new`, JSON.stringify(hands));
    renameSync(`${file}.new`, file);
  };
  set();
  const lines = [
    `import { fakeClocks } from ${JSON.stringify(FAKE.href)};`,
    `fakeClocks(${JSON.stringify(program)}, ${JSON.stringify(file)});`,
    `await import(${JSON.stringify(program)});`,
  ];
  writeFileSync(entry, `${lines.join('\n')}\n`);
  return {
    argv: [process.execPath, entry],
    sleep: (ms) => {
      hands.bootMs += ms;
      set();
    },
    sleepCommand: (ms) => {
      const later = `${net.lab.folder}/clocks-later.json`;
      hands.bootMs += ms;
      writeFileSync(later, JSON.stringify(hands));
      return `mv ${later} ${file}`;
    },
    setWall: (aheadMs) => {
      hands.wallMs = aheadMs;
      set();
    },
    now: () => bootMilliseconds() + hands.bootMs,
  };
}
