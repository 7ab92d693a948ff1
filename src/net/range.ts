import { ipv4ToNumber, parseIpv4 } from './ipv4.ts';
import { parsed, unparsed, type Parsed } from './parsed.ts';

/** Addresses `first` to `last`, both included, as unsigned 32-bit numbers. */
export interface Range {
  readonly first: number;
  readonly last: number;
}

/** Parses `a.b.c.d-e.f.g.h`, both ends included. */
export function parseRange(text: string): Parsed<Range> {
  const dash = text.indexOf('-');
  if (dash < 0) return unparsed('bad-range', `"${text}" is not a range`, `${text}-${text}`);
  const from = text.slice(0, dash).trim();
  const to = text.slice(dash + 1).trim();
  const first = parseIpv4(from);
  if (!first.ok) return first.instead === undefined ? first : unparsed(first.code, first.problem, `${first.instead}-${to}`);
  const last = parseIpv4(to);
  if (!last.ok) {
    const end = last.instead ?? (/^\d{1,3}$/.test(to) ? from.replace(/\d+$/, to) : undefined);
    return end === undefined ? last : unparsed(last.code, last.problem, `${first.value}-${end}`);
  }
  const range = { first: ipv4ToNumber(first.value), last: ipv4ToNumber(last.value) };
  if (range.first > range.last) {
    return unparsed('range-reversed', `"${text}" ends before it begins`, `${last.value}-${first.value}`);
  }
  return parsed(range);
}

export function rangeSize(range: Range): number {
  return range.last - range.first + 1;
}

/** The union of ranges: sorted, disjoint, neighbours joined; the very same list where that is so already. */
export function mergeRanges(ranges: readonly Range[]): readonly Range[] {
  if (isMerged(ranges)) return ranges;
  const sorted = ranges.toSorted((a, b) => a.first - b.first);
  const merged: { first: number; last: number }[] = [];
  for (const range of sorted) {
    const previous = merged.at(-1);
    if (previous !== undefined && range.first <= previous.last + 1) {
      previous.last = Math.max(previous.last, range.last);
    } else {
      merged.push({ first: range.first, last: range.last });
    }
  }
  return merged;
}

function isMerged(ranges: readonly Range[]): boolean {
  let reached = -2;
  for (const { first, last } of ranges) {
    if (first <= reached + 1) return false;
    reached = last;
  }
  return true;
}

/** What of `ranges` is in none of `holes`: sorted and disjoint. */
export function subtractRanges(ranges: readonly Range[], holes: readonly Range[]): Range[] {
  const gaps = mergeRanges(holes);
  const left: Range[] = [];
  let next = 0;
  for (const range of mergeRanges(ranges)) {
    let first = range.first;
    while (next < gaps.length && (gaps[next]?.last ?? 0) < first) next++;
    for (let i = next; i < gaps.length && first <= range.last; i++) {
      const gap = gaps[i];
      if (gap === undefined || gap.first > range.last) break;
      if (gap.first > first) left.push({ first, last: gap.first - 1 });
      first = gap.last + 1;
    }
    if (first <= range.last) left.push(first === range.first ? range : { first, last: range.last });
  }
  return left;
}

/** Whether one of the sorted, disjoint ranges holds the address. */
export function holds(ranges: readonly Range[], address: number): boolean {
  let low = 0;
  let high = ranges.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const range = ranges[middle];
    if (range === undefined || address < range.first) high = middle - 1;
    else if (address > range.last) low = middle + 1;
    else return true;
  }
  return false;
}
