import type { Die } from './die.ts';
import { anyAddress, type RandomRouter } from './random-router.ts';

/** A line for `parp explain --questions`. */
export interface QuestionLine {
  readonly interface: string;
  readonly from: string;
  readonly to: string;
  readonly unicast?: true;
  readonly sender_mac: string;
  readonly target_mac?: string;
}

/** How many different senders a link has: all routers of the machine share one table of neighbours (gc_thresh3), and senders enter it. */
const SENDERS = 10;

const ODD = [
  '0.0.0.0',
  '0.1.2.3',
  '127.0.0.1',
  '127.0.0.5',
  '224.0.0.1',
  '239.1.2.3',
  '255.255.255.255',
  '240.1.2.3',
  '8.8.8.8',
  '169.254.1.1',
  '192.168.7.7',
  '192.168.7.0',
];

/** Questions to one interface. Each has a sender's MAC of its own, which the answer repeats: that tells answers apart. */
export function anyQuestions(die: Die, router: RandomRouter, link: string, count: number): QuestionLine[] {
  const at = router.links.indexOf(link);
  const senders = die.times(SENDERS, SENDERS, () =>
    die.of([
      `10.0.${at}.${2 + die.below(7)}`,
      `10.0.${at}.${2 + die.below(7)}`,
      `10.0.${at}.255`,
      `10.0.${die.below(4)}.1`,
      anyAddress(die),
      die.of(ODD),
    ]),
  );
  return Array.from({ length: count }, (_, number) => {
    const to = die.once(6) ? die.of(ODD) : anyAddress(die);
    const from = die.once(9) ? '0.0.0.0' : die.once(9) && !ODD.includes(to) ? to : die.of(senders);
    return { interface: link, from, to, sender_mac: macOf(0x0a00, at, number), ...anyDelivery(die) };
  });
}

/** To everybody, to the interface alone, to a group, or to somebody else; `OWN` stands for the interface's own MAC. */
function anyDelivery(die: Die): Pick<QuestionLine, 'unicast' | 'target_mac'> {
  return die.of<() => Pick<QuestionLine, 'unicast' | 'target_mac'>>([
    () => ({}),
    () => ({}),
    () => ({}),
    () => ({}),
    () => ({ target_mac: macOf(0x0600, 9, die.below(9)) }),
    () => ({ unicast: true }),
    () => ({ unicast: true }),
    () => ({ unicast: true, target_mac: die.of([macOf(0x0600, 9, 9), '01:00:5e:00:00:01', 'ff:ff:ff:ff:ff:ff']) }),
  ])();
}

function macOf(high: number, middle: number, low: number): string {
  const pair = (number: number): string => (number & 0xff).toString(16).padStart(2, '0');
  return [high >> 8, high, middle >> 8, middle, low >> 8, low].map(pair).join(':');
}
