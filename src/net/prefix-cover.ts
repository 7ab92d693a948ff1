import { addressSet, allPrefixes } from './address-set.ts';
import type { Prefix } from './prefix.ts';
import type { Range } from './range.ts';

/** The fewest prefixes that hold exactly the addresses of the ranges, in ascending order. */
export function prefixCover(ranges: readonly Range[]): Prefix[] {
  return allPrefixes(addressSet(ranges));
}
