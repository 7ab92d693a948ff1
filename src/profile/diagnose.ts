import { grouped } from '../net/count-words.ts';
import type { Diagnostic } from './diagnostic.ts';
import { locate } from './locate.ts';
import type { Problem, Spot } from './problem.ts';
import { isSpan, placeOf, type Span } from './source-text.ts';
import type { YamlDocument } from './yaml.ts';

/** How many mistakes of one file are shown; one more line counts the rest. */
export const MOST_SHOWN = 20;

/** Longer texts in messages are cut in the middle. */
const LONGEST_MESSAGE = 400;

interface Placed {
  readonly problem: Problem;
  readonly at: Span;
  /** Where the mistake stands among others: its own offset, or that of the key that names its file. */
  readonly order: number;
}

/** The mistakes of one profile file, in the order of their places, each placed and worded; `dropped` more were found. */
export function diagnose(problems: readonly Problem[], dropped = 0): Diagnostic[] {
  const spans = locateAll(problems);
  const spanOf = (at: Span | Spot): Span => (isSpan(at) ? at : (spans.get(at) ?? startOf(at)));
  const all = problems.map((problem): Placed => {
    const at = spanOf(problem.at);
    return { problem, at, order: problem.cause === undefined ? at.start : spanOf(problem.cause).start };
  });
  const placed = withoutSuperseded(all);
  placed.sort((a, b) => a.order - b.order || a.at.start - b.at.start);
  const shown = placed.slice(0, MOST_SHOWN).map(({ problem, at }) => worded(problem, at, spanOf));
  const next = placed[MOST_SHOWN];
  const error = dropped > 0 || placed.some(({ problem }) => problem.severity === 'error');
  if (next !== undefined) shown.push(rest(placed.length - MOST_SHOWN + dropped, next, error ? 'error' : 'warning'));
  return shown;
}

/** A tentative mistake gives way to a certain one at the same place, and to a later tentative one, which knows what the value is for. */
function withoutSuperseded(all: readonly Placed[]): Placed[] {
  const last = new Map<number, Problem>();
  for (const { problem, at } of all) {
    if (problem.cause !== undefined) continue;
    if (problem.tentative === undefined || last.get(at.start)?.tentative !== undefined || !last.has(at.start)) last.set(at.start, problem);
  }
  return all.filter(({ problem, at }) => problem.tentative === undefined || last.get(at.start) === problem);
}

function locateAll(problems: readonly Problem[]): ReadonlyMap<Spot, Span> {
  const byDocument = new Map<YamlDocument, Spot[]>();
  const want = (at: Span | Spot | undefined): void => {
    if (at === undefined || isSpan(at)) return;
    const spots = byDocument.get(at.document);
    if (spots === undefined) byDocument.set(at.document, [at]);
    else spots.push(at);
  };
  for (const problem of problems) {
    want(problem.at);
    want(problem.elsewhere);
    want(problem.cause);
  }
  const spans = new Map<Spot, Span>();
  for (const [document, spots] of byDocument) for (const [spot, span] of locate(document, spots)) spans.set(spot, span);
  return spans;
}

function startOf(spot: Spot): Span {
  return { source: spot.document.source, start: 0, end: 1 };
}

function worded(problem: Problem, at: Span, spanOf: (at: Span | Spot) => Span): Diagnostic {
  const { severity, code, instead } = problem;
  const message = typeof problem.message === 'string' ? problem.message : problem.message(elsewhere(problem, at, spanOf));
  return {
    severity,
    code,
    message: shortened(message),
    ...placeOf(at),
    ...(instead === undefined || instead.length > LONGEST_MESSAGE ? {} : { instead }),
  };
}

function elsewhere(problem: Problem, at: Span, spanOf: (at: Span | Spot) => Span): string {
  if (problem.elsewhere === undefined) return 'another place';
  const span = spanOf(problem.elsewhere);
  const { file, line } = placeOf(span);
  return file === at.source.file ? `line ${line}` : `${file} line ${line}`;
}

function rest(count: number, next: Placed, severity: Diagnostic['severity']): Diagnostic {
  return {
    severity,
    code: 'more-mistakes',
    message: count === 1 ? 'And one more mistake' : `And ${grouped(count)} more mistakes`,
    ...placeOf(next.at),
  };
}

function shortened(message: string): string {
  if (message.length <= LONGEST_MESSAGE) return message;
  return `${message.slice(0, LONGEST_MESSAGE / 2)} … ${message.slice(-LONGEST_MESSAGE / 4)}`;
}
