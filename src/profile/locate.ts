import { EVENT_ID, SCALAR_STYLE, COLLECTION_STYLE, getScalarValue, type Event, type ScalarEvent } from 'js-yaml';
import type { Spot } from './problem.ts';
import type { Span } from './source-text.ts';
import type { YamlDocument } from './yaml.ts';

/** The wanted spots as a tree of path steps, so that one walk over the document finds all of them. */
interface Wanted {
  readonly steps: Map<string | number, Wanted>;
  readonly spots: Spot[];
}

interface Walk {
  readonly document: YamlDocument;
  readonly found: Map<Spot, Span>;
}

/** The spans of spots of one document, in a single walk. A spot that does not exist gets the span of what it should stand in. */
export function locate(document: YamlDocument, spots: readonly Spot[]): ReadonlyMap<Spot, Span> {
  const root: Wanted = { steps: new Map(), spots: [] };
  for (const spot of spots) {
    let node = root;
    for (const step of spot.path) {
      let next = node.steps.get(step);
      if (next === undefined) node.steps.set(step, (next = { steps: new Map(), spots: [] }));
      node = next;
    }
    node.spots.push(spot);
  }
  const walk: Walk = { document, found: new Map() };
  visit(walk, document.root, root, { near: { source: document.source, start: 0, end: 1 } });
  return walk.found;
}

/** What stands around a node: its key, if it has one, and what to point at if the node itself is empty text. */
interface Around {
  readonly key?: Span | undefined;
  readonly near: Span;
}

/** Goes through one node and gives the index behind it. */
function visit(walk: Walk, index: number, wanted: Wanted, { key, near }: Around): number {
  const { events } = walk.document;
  const event = events[index];
  if (event === undefined) return index + 1;
  const value = spanOf(walk.document, index) ?? key ?? near;
  for (const spot of wanted.spots) walk.found.set(spot, spot.part === 'key' ? (key ?? value) : value);
  if (wanted.steps.size === 0) return skip(events, index);
  let next = index + 1;
  if (event.type === EVENT_ID.SEQUENCE) {
    for (let item = 0; !isPop(events[next]); item++) next = visitStep(walk, next, wanted, item, { near: value });
    next++;
  } else if (event.type === EVENT_ID.MAPPING) {
    while (!isPop(events[next])) {
      const keyEvent = events[next];
      const step = keyEvent?.type === EVENT_ID.SCALAR ? getScalarValue(walk.document.source.text, keyEvent) : undefined;
      next = visitStep(walk, skip(events, next), wanted, step, { key: spanOf(walk.document, next), near: value });
    }
    next++;
  }
  for (const missing of wanted.steps.values()) place(walk, missing, key ?? value);
  return next;
}

/** The first key of that name counts, as in the document's value. */
function visitStep(walk: Walk, index: number, wanted: Wanted, step: string | number | undefined, around: Around): number {
  const child = step === undefined ? undefined : wanted.steps.get(step);
  if (step === undefined || child === undefined) return skip(walk.document.events, index);
  wanted.steps.delete(step);
  return visit(walk, index, child, around);
}

function place(walk: Walk, wanted: Wanted, span: Span): void {
  for (const spot of wanted.spots) walk.found.set(spot, span);
  for (const child of wanted.steps.values()) place(walk, child, span);
}

function isPop(event: Event | undefined): boolean {
  return event === undefined || event.type === EVENT_ID.POP;
}

/** The index behind the node that begins at `index`. */
function skip(events: readonly Event[], index: number): number {
  let depth = 0;
  let next = index;
  do {
    const event = events[next++];
    if (event === undefined) return next;
    if (event.type === EVENT_ID.SEQUENCE || event.type === EVENT_ID.MAPPING) depth++;
    if (event.type === EVENT_ID.POP) depth--;
  } while (depth > 0);
  return next;
}

/** What a mistake underlines of a node: a scalar with its quotes, the first key of a block map, else the opening sign. */
function spanOf(document: YamlDocument, index: number): Span | undefined {
  const { source, events } = document;
  const event = events[index];
  if (event === undefined) return undefined;
  switch (event.type) {
    case EVENT_ID.SCALAR:
      return scalarSpan(document, event);
    case EVENT_ID.SEQUENCE:
      return { source, start: event.start, end: event.start + 1 };
    case EVENT_ID.MAPPING:
      if (event.style === COLLECTION_STYLE.BLOCK)
        return spanOf(document, index + 1) ?? { source, start: event.start, end: event.start + 1 };
      return { source, start: event.start, end: event.start + 1 };
    case EVENT_ID.ALIAS:
      return { source, start: event.anchorStart - 1, end: event.anchorEnd };
    case EVENT_ID.DOCUMENT:
    case EVENT_ID.POP:
      return undefined;
  }
}

function scalarSpan({ source }: YamlDocument, event: ScalarEvent): Span | undefined {
  if (event.valueStart < 0) return undefined;
  const quoted = event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED ? 1 : 0;
  return { source, start: event.valueStart - quoted, end: event.valueEnd + quoted };
}
