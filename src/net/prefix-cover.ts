import { addressSet, allPrefixes, isSameSet, NO_ADDRESSES, type AddressSet } from './address-set.ts';
import type { Prefix } from './prefix.ts';
import type { Range } from './range.ts';

/** A profile's hosts are covered for its routes, for its announcements and for its claims: a hundred thousand texts, made once. */
let last: { readonly set: AddressSet; readonly prefixes: readonly Prefix[] } = { set: NO_ADDRESSES, prefixes: [] };

/** The fewest prefixes that hold exactly the addresses of the ranges, in ascending order. */
export function prefixCover(ranges: readonly Range[]): readonly Prefix[] {
  const set = addressSet(ranges);
  if (!isSameSet(last.set, set)) last = { set, prefixes: allPrefixes(set) };
  return last.prefixes;
}
