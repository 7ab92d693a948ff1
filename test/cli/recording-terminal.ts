import { styleText } from 'node:util';
import type { Terminal } from '../../src/cli/terminal.ts';

/** A terminal that keeps what it is told. With colours, styles are written as escape sequences whatever the stream. */
export function recordingTerminal({ json = false, color = false, verbosity = 0 } = {}): Terminal & {
  readonly out: string[];
  readonly err: string[];
} {
  const out: string[] = [];
  const err: string[] = [];
  return {
    globals: { json, color, stateDir: undefined, netns: undefined, engine: 'iproute2', verbosity } as Terminal['globals'],
    out,
    err,
    columns: 80,
    print: (text) => void (json || out.push(text)),
    verbatim: (text) => void (json || out.push(text)),
    note: (text) => void err.push(text),
    detail: () => undefined,
    error: (text) => void err.push(text),
    next: () => undefined,
    live: () => undefined,
    result: (command, content) => void out.push(JSON.stringify({ schema: `parp.${command}/1`, ...content })),
    document: (command, content) => void (json && out.push(JSON.stringify({ schema: `parp.${command}/1`, ...content }))),
    style: (style, text) => (color ? styleText(style, text, { validateStream: false }) : text),
  };
}
