import type { LinkName } from '../net/link-name.ts';
import type { RouteEntry, RuleEntry } from './state.ts';

/** Why a request is answered, or is not. The words are stable: users, tests and logs tell them apart. */
export type ArpReason =
  // Answers.
  | 'local-address'
  | 'proxy-arp'
  | 'private-vlan'
  | 'proxy-neighbour'
  // The request is not heard.
  | 'no-interface'
  | 'other-host'
  | 'interface-down'
  | 'no-arp'
  | 'no-ipv4'
  | 'enslaved'
  // The request is none that anybody answers.
  | 'target-not-unicast'
  | 'loopback-target'
  | 'gratuitous-dropped'
  | 'probe'
  // An address of the host's own, but not for this sender.
  | 'arp-ignore'
  | 'arp-filter'
  // Routing says no.
  | 'source-rejected'
  | 'no-route'
  | 'refusing-route'
  | 'broadcast'
  | 'forwarding-off'
  // The way is known, but not answered for.
  | 'same-link'
  | 'announcement'
  | 'not-proxied'
  | 'medium-id'
  | 'endless-delay'
  // The state does not tell.
  | 'multipath'
  | 'unknown-history'
  | 'unknown-rule'
  | 'unknown-settings'
  | 'vrf'
  | 'filtered';

/** A sentence about what the kernel finds, or what makes it: hundred thousand questions may be asked of which nobody wants to hear the story. */
export type Step = string | (() => string);

export function stepText(step: Step): string {
  return typeof step === 'string' ? step : step();
}

/** What decided, where that is one thing of the host: whoever wants another outcome has to change it. */
export interface Deciding {
  /** Where the way to the target leaves, where it leaves at all. */
  readonly out?: LinkName;
  /** The route to the target. */
  readonly route?: RouteEntry;
  /** The rule that led to that, or that refused. */
  readonly rule?: RuleEntry;
  /** The route back to the sender, if it was asked for. */
  readonly back?: RouteEntry;
}

/** One way in which a request may end. */
export interface ArpOutcome {
  readonly answer: 'reply' | 'silence' | 'depends';
  readonly because: ArpReason;
  /** How it comes to that, in the order of the kernel. */
  readonly steps: readonly Step[];
  readonly by: Deciding;
}

export const reply = outcomeMaker('reply');
export const silence = outcomeMaker('silence');
export const depends = outcomeMaker('depends');

const NOTHING: Deciding = {};

function outcomeMaker(answer: ArpOutcome['answer']): (because: ArpReason, ...steps: readonly Step[]) => ArpOutcome {
  return (because, ...steps) => ({ answer, because, steps, by: NOTHING });
}

/** The same outcome, with steps before its own, and with what led to it. */
export function after(steps: readonly Step[], { answer, because, steps: own }: ArpOutcome, by: Deciding = NOTHING): ArpOutcome {
  return { answer, because, steps: [...steps, ...own], by };
}
