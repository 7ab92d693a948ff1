import { prefixFrom, type Prefix } from './prefix.ts';
import { mergeRanges, type Range } from './range.ts';

/** The fewest prefixes that hold exactly the addresses of the ranges, in ascending order. */
export function prefixCover(ranges: readonly Range[]): Prefix[] {
  const cover: Prefix[] = [];
  for (const { first, last } of mergeRanges(ranges)) {
    let start = first;
    while (start <= last) {
      let length = 32;
      while (length > 0) {
        const size = 2 ** (33 - length);
        if (start % size !== 0 || start + size - 1 > last) break;
        length--;
      }
      cover.push(prefixFrom(start, length));
      start += 2 ** (32 - length);
    }
  }
  return cover;
}
