import { counted } from '../net/count-words.ts';
import { firstPrefixes, firstWords, isEmptySet, type AddressSet } from '../net/address-set.ts';
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
  return links.slice(0, NAMED).join(', ') + (more > 0 ? ` and ${counted(more, 'more interface', 'more interfaces')}` : '');
}

function sentences({ gained, lost, open, offLink, beside }: AnswerChange): string[] {
  const sentence = (verb: string, set: AddressSet, isFar: boolean): string[] => {
    const near = isEmptySet(set) ? '' : ` for ${whomWords(set, beside)}`;
    const far = isFar ? `${near === '' ? '' : ' and'}, through the default route, for everything off-link` : '';
    return near + far === '' ? [] : [`${verb}${near}${far}`];
  };
  return [
    ...sentence('will answer', gained, offLink === 'gained'),
    ...sentence('may answer', open, offLink === 'open').map((text) => `${text}: what that hangs on, the state of this host does not tell`),
    ...sentence('will no longer answer', lost, offLink === 'lost'),
  ];
}

/** Up to how many bounds a set is worth rounding off: beyond it nobody misses the holes. */
const FEW = 2000;

/** `10.0.0.5, 192.168.0.0/26 and 3 more`; rounded off by addresses of the host's own and broadcast addresses, where that is shorter. */
function whomWords(set: AddressSet, beside: AddressSet): string {
  const exact = firstPrefixes(set, NAMED);
  const round = set.length > FEW ? exact : firstPrefixes(roundedOff(set, beside), NAMED);
  return firstWords(round.prefixes.length + round.more < exact.prefixes.length + exact.more ? round : exact);
}
