import type { Path } from './problem.ts';

/** A value of a profile as it is written down. */
export type Piece = string | number | boolean | readonly Piece[] | Draft;

/** A profile that is being put together: keys as the file will show them, not checked, perhaps not whole. */
export interface Draft {
  readonly [key: string]: Piece;
}

export function isMap(piece: Piece | undefined): piece is Draft {
  return typeof piece === 'object' && !isList(piece);
}

export function isList(piece: Piece | undefined): piece is readonly Piece[] {
  return Array.isArray(piece);
}

/** The draft with a value at a path; the maps and lists that lead there are made. Whatever else stands in their place is replaced. */
export function withPiece(draft: Draft, path: Path, value: Piece): Draft {
  const whole = placed(draft, path, value);
  return isMap(whole) ? whole : draft;
}

function placed(piece: Piece | undefined, [step, ...rest]: Path, value: Piece): Piece {
  if (step === undefined) return value;
  if (typeof step === 'number') {
    const list = isList(piece) ? [...piece] : [];
    while (list.length <= step) list.push({});
    list[step] = placed(list[step], rest, value);
    return list;
  }
  const map = isMap(piece) ? piece : {};
  const before = Object.hasOwn(map, step) ? map[step] : undefined;
  // A computed key defines a property, also one called __proto__.
  return { ...map, [step]: placed(before, rest, value) };
}

/** The maps of a list, and nothing where there is no list. */
export function mapsIn(piece: Piece | undefined): readonly Draft[] {
  return isList(piece) ? piece.map((one) => (isMap(one) ? one : {})) : [];
}

/** The texts of a list, and nothing where there is no list. */
export function textsIn(piece: Piece | undefined): readonly string[] {
  return isList(piece) ? piece.map(textOf) : [];
}

/** A text or number as text, and nothing where it is neither. */
export function textOf(piece: Piece | undefined): string {
  return typeof piece === 'string' || typeof piece === 'number' ? String(piece) : '';
}

/** The entries of a list that somebody typed: commas or spaces between them, and a dash between the ends of a range. */
export function splitList(text: string): string[] {
  return text
    .replaceAll(/\s+-\s+/g, '-')
    .split(/[\s,]+/)
    .filter((entry) => entry !== '');
}
