import type { Remaining } from '../model/remaining.ts';
import { subjectWords, valueWords } from '../render/words.ts';

/** `net/ipv4/conf/eth0/proxy_arp: wanted 1, found 0`. */
export function remainingWords({ subject, wanted, found }: Remaining): string {
  return `${subjectWords(subject)}: wanted ${valueWords(subject.kind, wanted)}, found ${valueWords(subject.kind, found)}`;
}
