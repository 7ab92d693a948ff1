import { INHERITED, NUMBERS, ODD_ADDRESSES, ODD_TEXTS, UNSEEN } from './dictionary.ts';
import type { Random } from './random.ts';

/** A place in a document: a container, and the key of what it holds there. */
interface Slot {
  readonly holder: object;
  readonly key: string;
}

/** The text of one of the documents after a few changes to its values, keys and nesting; once in a while as it is. */
export function mutatedJson(random: Random, documents: readonly unknown[]): string {
  const whole = { document: structuredClone(random.pick(documents)) };
  if (random.chance(0.03)) return JSON.stringify(whole.document);
  for (let left = random.few(6); left > 0; left--) {
    const slots = slotsOf(whole);
    if (slots.length === 0 || slots.length > MOST_SLOTS) break;
    const slot = random.pick(slots);
    random.pick(CHANGES)(random, slot, Reflect.get(slot.holder, slot.key), documents);
  }
  return written(whole.document);
}

/** Larger documents are left as they are, or what is repeated of what was repeated would fill the memory. */
const MOST_SLOTS = 20_000;

type Change = (random: Random, slot: Slot, value: unknown, documents: readonly unknown[]) => void;

const CHANGES: readonly Change[] = [replace, replace, tweak, tweak, tweak, drop, addKey, addKey, rename, wrap, transplant, repeat];

/** Every place below a value. */
function slotsOf(value: object): Slot[] {
  const slots: Slot[] = [];
  const waiting: object[] = [value];
  for (let holder = waiting.pop(); holder !== undefined; holder = waiting.pop()) {
    for (const [key, inner] of Object.entries(holder)) {
      slots.push({ holder, key });
      if (typeof inner === 'object' && inner !== null) waiting.push(inner);
    }
  }
  return slots;
}

/** As JSON.parse does it: `__proto__` is a key like any other. */
function put({ holder, key }: Slot, value: unknown): void {
  Object.defineProperty(holder, key, { value, configurable: true, enumerable: true, writable: true });
}

function replace(random: Random, slot: Slot): void {
  put(slot, oddValue(random));
}

/** Something near what is there: another text, another number, the number as text. */
function tweak(random: Random, slot: Slot, value: unknown): void {
  if (typeof value === 'number') {
    put(
      slot,
      random.pick([value + 1, value - 1, -value, value * 2 ** 32, value + 0.5, String(value), [value], literal(random.pick(JSON_NUMBERS))]),
    );
  } else if (typeof value === 'string') {
    const at = random.below(value.length + 1);
    const word = random.pick(random.pick(TEXTS));
    put(
      slot,
      random.pick([word, value.slice(0, at), value.slice(0, at) + word + value.slice(at), value.toUpperCase(), Number(value), [value]]),
    );
  } else if (Array.isArray(value)) {
    put(slot, random.chance(0.5) ? value.toReversed() : [...value, oddValue(random)]);
  } else put(slot, typeof value === 'boolean' ? !value : oddValue(random));
}

function drop(_random: Random, { holder, key }: Slot): void {
  if (Array.isArray(holder)) holder.splice(Number(key), 1);
  else Reflect.deleteProperty(holder, key);
}

function addKey(random: Random, { holder }: Slot, value: unknown): void {
  const into = typeof value === 'object' && value !== null && random.chance(0.5) ? value : holder;
  if (Array.isArray(into)) into.push(oddValue(random));
  else if (random.chance(0.4)) put({ holder: into, key: random.pick(random.pick(TEXTS)) }, oddValue(random));
  else
    put(
      { holder: into, key: random.chance(0.5) ? '__proto__' : random.pick(INHERITED) },
      random.chance(0.5) ? polluter() : oddValue(random),
    );
}

function rename(random: Random, slot: Slot, value: unknown): void {
  if (Array.isArray(slot.holder)) return;
  drop(random, slot);
  put({ ...slot, key: random.pick([...INHERITED, ...ODD_TEXTS, ...UNSEEN, `${slot.key}x`, slot.key.toUpperCase()]) }, value);
}

function wrap(random: Random, slot: Slot, value: unknown): void {
  let wrapped = value;
  for (let left = random.few(5); left > 0; left--) wrapped = random.chance(0.5) ? [wrapped] : { [random.pick(INHERITED)]: wrapped };
  put(slot, wrapped);
}

/** A value of another place, of this kind of document or another one. */
function transplant(random: Random, slot: Slot, _value: unknown, documents: readonly unknown[]): void {
  const from = random.pick(slotsOf({ document: random.pick(documents) }));
  put(slot, structuredClone(Reflect.get(from.holder, from.key)));
}

function repeat(random: Random, { holder, key }: Slot, value: unknown): void {
  const most = Math.ceil(MOST_SLOTS / slotsOf({ value }).length);
  const times = random.chance(0.02) ? random.between(1, most) : random.between(1, 9);
  if (Array.isArray(holder)) holder.splice(Number(key), 0, ...Array.from({ length: times }, () => value));
  else for (let left = Math.min(times, 9); left > 0; left--) put({ holder, key: `${key}${left}` }, value);
}

/** Some that JSON has no word for are left: they make a document that is none. */
const JSON_NUMBERS = NUMBERS.filter((text) => /^-?[1-9.]|^-?0$/.test(text));

/** Objects that are no text or list, though they have the keys of one. */
const UNCONVERTIBLE: readonly object[] = [
  { toString: 1, valueOf: 2 },
  { toString: null },
  { length: 2 ** 32 },
  { length: -1 },
  { toJSON: 1 },
  { constructor: null },
];

const TEXTS = [INHERITED, ODD_ADDRESSES, ODD_TEXTS, UNSEEN, NUMBERS] as const;

function oddValue(random: Random): unknown {
  switch (random.below(8)) {
    case 0:
      return random.pick([null, true, false, 0, -1, 1.5, 2 ** 32, 1e308]);
    case 1:
      return random.pick([[], {}, [[]], [null], [{}]]);
    case 2:
      return literal(random.pick(JSON_NUMBERS));
    case 3:
      return structuredClone(random.pick(UNCONVERTIBLE));
    case 4: {
      const value = {};
      put({ holder: value, key: random.pick(INHERITED) }, polluter());
      return value;
    }
    case 5:
      return literal(deep(random));
    default:
      return random.pick(random.pick(TEXTS));
  }
}

function polluter(): object {
  return { polluted: 1, prototype: { polluted: 1 } };
}

function deep(random: Random): string {
  const count = random.chance(0.1) ? random.between(5000, 30_000) : random.pick([40, 300]);
  return random.chance(0.5) ? '['.repeat(count) + ']'.repeat(count) : `${'{"a":'.repeat(count)}1${'}'.repeat(count)}`;
}

/** Stands for text that JSON.stringify would not write, or not without running out of stack. */
const LITERAL = '\ue000';

function literal(text: string): string {
  return LITERAL + text + LITERAL;
}

function written(document: unknown): string {
  return (JSON.stringify(document) ?? '').replaceAll(/"\ue000([^\ue000]*)\ue000"/g, (_whole, text: string) =>
    text.replaceAll(String.raw`\"`, '"'),
  );
}
