/** Characters that a terminal would obey, or that make a text look other than it is. */
const UNSEEN = /[\p{Cc}\p{Cs}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u;

/** Whether a person sees all of a line; of several lines with `lines`. */
export function isPrintable(text: string, lines: 'line' | 'lines' = 'line'): boolean {
  return !UNSEEN.test(lines === 'lines' ? text.replaceAll('\n', '') : text);
}
