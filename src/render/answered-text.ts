import { firstPrefixes, isEmptySet, type AddressSet } from '../net/address-set.ts';
import { roundedOff, type AnswerChange } from '../model/answer-change.ts';
import { groupBy } from '../model/groups.ts';
import { printable } from './words.ts';

/** How many prefixes, and how many interfaces, are named before the rest is counted. */
const NAMED = 5;

/** Whom the host will answer for and no longer answer for, one line for each interface; those with the same in common. */
export function answerLines(changes: readonly AnswerChange[]): string[] {
  const lines = changes.flatMap((change) => sentences(change).map((text) => ({ text, link: printable(change.interface) })));
  return [...groupBy(lines, ({ text }) => text)].map(([text, links]) => `${linkWords(links.map(({ link }) => link))}: ${text}`);
}

function linkWords(links: readonly string[]): string {
  const more = links.length - NAMED;
  return links.slice(0, NAMED).join(', ') + (more > 0 ? ` and ${more} more interface${more === 1 ? '' : 's'}` : '');
}

function sentences({ gained, lost, open, offLink, beside }: AnswerChange): string[] {
  const sentence = (verb: string, set: AddressSet, isFar: boolean): string[] => {
    const whom = [...(isEmptySet(set) ? [] : [`for ${prefixWords(set, beside)}`]), ...(isFar ? [FAR] : [])];
    return whom.length === 0 ? [] : [`${verb} ${whom.join(' and, ')}`];
  };
  return [
    ...sentence('will answer', gained, offLink === 'gained'),
    ...sentence('may answer, on what this host does not show,', open, offLink === 'open'),
    ...sentence('will no longer answer', lost, offLink === 'lost'),
  ];
}

const FAR = 'through the default route, for everything off-link';

/** `10.0.0.5, 192.168.0.0/26 and 3 more`: rounded off by addresses of the host's own and broadcast addresses. */
export function prefixWords(set: AddressSet, beside: AddressSet): string {
  const { prefixes, more } = firstPrefixes(roundedOff(set, beside), NAMED);
  return prefixes.map((prefix) => prefix.replace(/\/32$/, '')).join(', ') + (more === 0 ? '' : ` and ${more} more`);
}
