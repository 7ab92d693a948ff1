import { storyOf, type ArpDecision, type ArpQuestion } from '../model/arp-decision.ts';
import type { HostState } from '../model/state.ts';
import { arpRemedy, remedyHeading } from './arp-remedy.ts';
import { printable } from './words.ts';

/** A part of an explanation: what a terminal may colour alike. */
export type Part = 'question' | 'reply' | 'silence' | 'depends' | 'step' | 'heading';

export interface ExplainLine {
  readonly part: Part;
  readonly text: string;
}

/** `eth0: who has 10.0.1.9? tell 10.0.0.2`, as tcpdump shows a request. */
export function questionWords({ interface: at, from, to, unicast, targetMac }: ArpQuestion): string {
  const sent = unicast === true ? ` (sent to ${targetMac ?? `${at} alone`})` : '';
  return printable(`${at}: who has ${to}? tell ${from}${sent}`);
}

/** `reply with 02:00:00:00:00:01 within 800 ms: proxy-arp`. */
export function answerWords({ answer, because, mac, delayMs }: ArpDecision): string {
  if (answer === 'silence') return `silence: ${because}`;
  const when = delayMs.max === 0 ? 'at once' : `within ${delayMs.max} ms`;
  const what = mac === null ? when : `with ${mac} ${when}`;
  return answer === 'reply' ? `reply ${what}: ${because}` : `depends: ${because} (a reply would come ${what})`;
}

/** How a decision comes about, in lines of at most `columns` characters where words allow it. */
export function decisionLines(decision: ArpDecision, columns: number): ExplainLine[] {
  return [
    { part: decision.answer, text: answerWords(decision) },
    ...storyOf(decision).flatMap((step, at) => item(`${at + 1}. `, step, columns)),
  ];
}

/** How to have the other outcome. */
export function remedyLines(state: HostState, question: ArpQuestion, decision: ArpDecision, columns: number): ExplainLine[] {
  const remedies = arpRemedy(state, question, decision);
  return [{ part: 'heading', text: `${remedyHeading(decision)}:` }, ...remedies.flatMap((remedy) => item('- ', remedy, columns))];
}

function item(mark: string, text: string, columns: number): ExplainLine[] {
  const indent = '  ';
  const lines = wrapped(printable(text), columns - indent.length - mark.length);
  return lines.map((line, at) => ({ part: 'step', text: `${indent}${at === 0 ? mark : ' '.repeat(mark.length)}${line}` }));
}

/** The text broken at spaces; a longer word stands alone on its line. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
