/** Why a request is answered, or is not. The words are stable: users, tests and logs tell them apart. */
export type ArpReason =
  // Answers.
  | 'local-address'
  | 'proxy-arp'
  | 'private-vlan'
  | 'proxy-neighbour'
  // The request is not heard.
  | 'no-interface'
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

/** One way in which a request may end. */
export interface ArpOutcome {
  readonly answer: 'reply' | 'silence' | 'depends';
  readonly because: ArpReason;
  /** How it comes to that, in the order of the kernel. */
  readonly steps: readonly string[];
}

export const reply = outcomeMaker('reply');
export const silence = outcomeMaker('silence');
export const depends = outcomeMaker('depends');

function outcomeMaker(answer: ArpOutcome['answer']): (because: ArpReason, ...steps: readonly string[]) => ArpOutcome {
  return (because, ...steps) => ({ answer, because, steps });
}

/** The same outcome, with steps before its own. */
export function after(steps: readonly string[], outcome: ArpOutcome): ArpOutcome {
  return { ...outcome, steps: [...steps, ...outcome.steps] };
}
