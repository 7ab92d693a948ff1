import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { programPath, type ChildOptions, type Ended } from '../../src/lab/child-process.ts';
import { PARP, type Network } from './namespaces.ts';

/** One system call of a traced process. */
export interface Call {
  /** Whether it is of the process that was called, and not of one that this started. */
  readonly own: boolean;
  readonly name: string;
  readonly line: string;
  /** Its texts, in their order: paths, then arguments and environment of a program. */
  readonly texts: readonly string[];
}

const OPENING = ['open', 'openat', 'openat2', 'creat'];
const CHANGING = [
  'rename',
  'renameat',
  'renameat2',
  'link',
  'linkat',
  'symlink',
  'symlinkat',
  'mkdir',
  'mkdirat',
  'mknod',
  'mknodat',
  'unlink',
  'unlinkat',
  'rmdir',
  'truncate',
  'chmod',
  'fchmodat',
  'chown',
  'lchown',
  'fchownat',
];

/** For what strace follows, which makes it several times slower. */
export const WHILE_TRACED: ChildOptions = { timeoutMs: 60_000 };

export interface Trace {
  /** The words that run a program under strace. */
  readonly argv: readonly string[];
  /** What was called, once all that was started has ended. */
  readonly calls: () => Call[];
}

/** What follows a program and all that it starts, and writes down which files they open, write and run. Throws where there is no strace. */
export function tracing(net: Network): Trace {
  const folder = mkdtempSync(`${net.lab.folder}/trace-`);
  const calls = [...OPENING, ...CHANGING, 'execve'].map((name) => `?${name}`).join(',');
  const how = ['-ff', '-qq', '-v', '-xx', '-s', '65535', '-e', 'signal=none', '-e', `trace=${calls}`, '-o', `${folder}/t`];
  return {
    argv: [programPath('strace'), ...how, '--', '/bin/sh', '-c', 'echo $$ >"$0" && exec "$@"', `${folder}/own`],
    calls: () => {
      const own = `t.${readFileSync(`${folder}/own`, 'utf8').trim()}`;
      const names = readdirSync(folder).filter((name) => name !== 'own');
      const all = names.flatMap((name) => callsIn(readFileSync(join(folder, name), 'utf8'), name === own));
      return all.filter(({ texts }) => texts[0] !== `${folder}/own`);
    },
  };
}

export interface Traced {
  readonly end: Ended;
  readonly calls: readonly Call[];
}

/** Runs parp on a host under strace, to the end of all that it starts. */
export async function traced(net: Network, host: string, args: readonly string[], options: ChildOptions = {}): Promise<Traced> {
  const trace = tracing(net);
  const end = await net.run(host, [...trace.argv, ...PARP, ...args], { ...WHILE_TRACED, ...options });
  const calls = trace.calls();
  expect(calls.length, end.stderr).toBeGreaterThan(20);
  return { end, calls };
}

function callsIn(trace: string, own: boolean): Call[] {
  return trace.split('\n').flatMap((line) => {
    const name = /^(\w+)\(/.exec(line)?.[1];
    return name === undefined ? [] : [{ own, name, line, texts: textsIn(line) }];
  });
}

/** What strace -xx shows: every byte as \x and two digits. */
function textsIn(line: string): string[] {
  return Array.from(line.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g), ([, hex = '']) =>
    Buffer.from(hex.replaceAll(String.raw`\x`, ''), 'hex').toString('utf8'),
  );
}

/** Whether a call opens a file, or tries to. */
export const isOpening = ({ name }: Call): boolean => OPENING.includes(name);

/** The paths that were opened, or tried. */
export function opened(calls: readonly Call[]): string[] {
  return calls.filter(isOpening).flatMap(({ texts }) => texts.slice(0, 1));
}

/** The paths that were opened for writing, made, moved, removed or changed, or tried. */
export function written(calls: readonly Call[]): string[] {
  return calls.flatMap((call) => {
    const { name, line, texts } = call;
    if (CHANGING.includes(name)) return name.startsWith('symlink') ? texts.slice(1) : texts;
    if (name === 'creat') return texts;
    const writes = isOpening(call) && /\bO_(?:WRONLY|RDWR|CREAT|TRUNC|APPEND|TMPFILE)\b/.test(line);
    return writes ? texts.slice(0, 1) : [];
  });
}

/** Whether a path is that of parp's records, or of the folder that holds them. */
export function isRecord({ lab: { stateDir } }: Network, path: string): boolean {
  return path === stateDir || path.startsWith(`${stateDir}/`);
}

/** The programs that were run by what was called. */
export function started(calls: readonly Call[]): Call[] {
  return calls.filter(({ own, name, line }) => !own && name === 'execve' && line.endsWith(' = 0'));
}

/** The environment that a program was given: the second list behind its path. */
export function environmentOf({ line }: Call): Readonly<Record<string, string>> {
  const variables = textsIn(line.slice(line.lastIndexOf(', [')));
  return Object.fromEntries(variables.map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]));
}
