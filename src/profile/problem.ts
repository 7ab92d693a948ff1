import type { Span } from './source-text.ts';
import type { YamlDocument } from './yaml.ts';

/** Keys and indices that lead from a document's root to one of its values. */
export type Path = readonly (string | number)[];

/** A key or a value of a document; its place is looked for only when it has to be shown. */
export interface Spot {
  readonly document: YamlDocument;
  readonly path: Path;
  readonly part: 'key' | 'value';
}

/** A mistake whose place is not yet worked out. */
export interface Problem {
  readonly severity: 'error' | 'warning';
  readonly code: string;
  /** Capital, no full stop; a function gets `line 7` or `FILE line 7`, the place of `elsewhere`. */
  readonly message: string | ((elsewhere: string) => string);
  readonly instead?: string;
  readonly at: Span | Spot;
  /** The other place that takes part in the mistake. */
  readonly elsewhere?: Span | Spot;
  /** For a mistake in another file: the spot that names the file, which orders the mistake among the others. */
  readonly cause?: Spot;
  /** Given up when another mistake is found at the same place. */
  readonly tentative?: true;
}

/** What a mistake says beside its code, message and spot. */
export interface Details {
  readonly severity?: 'warning';
  readonly instead?: string | undefined;
  readonly part?: 'key';
  readonly elsewhere?: Span | Spot;
  readonly tentative?: true;
}

/** So many mistakes of one document are kept to be sorted by place; the rest is counted. */
const MOST_KEPT = 1000;

/** Collects the mistakes of one document. */
export interface Report {
  readonly document: YamlDocument;
  readonly problems: Problem[];
  /** How many errors were found beyond those that are kept. */
  dropped: number;
  /** Values that were put in for missing or wrong ones, as `pathText`: what is wrong with them is of no interest. */
  readonly invented: Set<string>;
  /** Keys that are there, but misspelt, as `pathText`: nobody need be told that they are missing. */
  readonly misspelt: Set<string>;
  /** A mistake at a value of the document, or with `part: 'key'` at its key. */
  at(path: Path, code: string, message: Problem['message'], details?: Details): void;
  /** A map at the path lacks one of these keys; not worth saying where one of them is there, but misspelt. */
  lacks(path: Path, keys: readonly string[], message: string, code?: string): void;
  /** A mistake in another file that the spot names. */
  within(cause: Path, at: Span, code: string, message: Problem['message'], details?: Details): void;
}

export function createReport(document: YamlDocument): Report {
  const problems: Problem[] = [];
  let kept = 0;
  const invented = new Set<string>();
  const add = (at: Span | Spot, code: string, message: Problem['message'], details: Details, cause?: Spot): void => {
    if (kept >= MOST_KEPT) {
      if (details.severity !== 'warning') report.dropped++;
      return;
    }
    if (details.tentative === undefined) kept++;
    problems.push({
      severity: details.severity ?? 'error',
      code,
      message,
      at,
      ...(details.instead === undefined ? {} : { instead: details.instead }),
      ...(details.elsewhere === undefined ? {} : { elsewhere: details.elsewhere }),
      ...(cause === undefined ? {} : { cause }),
      ...(details.tentative === undefined ? {} : { tentative: true }),
    });
  };
  const misspelt = new Set<string>();
  const report: Report = {
    document,
    problems,
    dropped: 0,
    invented,
    misspelt,
    at(path, code, message, details = {}) {
      if (invented.size > 0 && invented.has(pathText(path))) return;
      add({ document, path, part: details.part ?? 'value' }, code, message, details);
    },
    lacks(path, keys, message, code = 'missing-key') {
      if (!keys.some((key) => misspelt.has(pathText([...path, key])))) report.at(path, code, message);
    },
    within(cause, at, code, message, details = {}) {
      add(at, code, message, details, { document, path: cause, part: 'value' });
    },
  };
  return report;
}

export function spotOf(report: Report, path: Path, part: Spot['part'] = 'value'): Spot {
  return { document: report.document, path, part };
}

/** `segments[1].hosts[0]`, as messages name a value. */
export function pathText(path: Path): string {
  return path.map((step, i) => (typeof step === 'number' ? `[${step}]` : `${i === 0 ? '' : '.'}${step}`)).join('');
}
