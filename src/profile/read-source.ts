import { decodeSource, type SourceText, type Span } from './source-text.ts';

/** What the caller gives for a file that a profile names: its bytes and the name to show, or why there are none. */
export type ReadHostsFile = (
  path: string,
) => { readonly ok: true; readonly bytes: Uint8Array; readonly file: string } | { readonly ok: false; readonly problem: string };

export type SourceRead =
  | { readonly ok: true; readonly source: SourceText }
  | { readonly ok: false; readonly code: string; readonly problem: string; /** In the file itself. */ readonly at?: Span };

export type SourceReader = (path: string) => SourceRead;

/** Bytes as text; what is too large or no UTF-8 is a problem. */
export function readSource(file: string, bytes: Uint8Array, largest: number): SourceRead {
  if (bytes.length > largest) {
    const problem = `The file has ${bytes.length} bytes, and at most ${largest / 2 ** 20} MiB are read`;
    return { ok: false, code: 'file-too-large', problem, at: { source: { file, text: '' }, start: 0, end: 1 } };
  }
  const decoded = decodeSource(file, bytes);
  if (decoded.ok) return decoded;
  return { ok: false, code: 'not-utf8', problem: 'The file is not UTF-8 text', at: decoded.at };
}
