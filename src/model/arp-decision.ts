import type { Ipv4 } from '../net/ipv4.ts';
import type { LinkName } from '../net/link-name.ts';
import type { Mac } from '../net/mac.ts';
import { arpHook } from './arp-hooks.ts';
import { depends, silence, type ArpOutcome, type ArpReason } from './arp-outcome.ts';
import { arpProcess } from './arp-process.ts';
import { hasSettings, lacksIpv4, proxyDelay } from './link-settings.ts';
import { historiesOf } from './routing-history.ts';
import { linkNamed, type HostState } from './state.ts';

/** An ARP request that arrives at an interface. */
export interface ArpQuestion {
  readonly interface: LinkName;
  /** The sender; 0.0.0.0 is a probe (RFC 5227). */
  readonly from: Ipv4;
  readonly to: Ipv4;
  /** Sent to the interface's own MAC rather than to everybody; default false. */
  readonly unicast?: boolean;
  /** It takes part only in the choice among several hops, which nobody can foretell. */
  readonly senderMac?: Mac;
}

export interface ArpDecision {
  readonly answer: 'reply' | 'silence' | 'depends';
  readonly because: ArpReason;
  /** The MAC that the answer gives, if there is one; null where there is certainly none. */
  readonly mac: Mac | null;
  /** When the answer goes out, in milliseconds: not before `min`, and before `max`. */
  readonly delayMs: { readonly min: number; readonly max: number };
  readonly steps: readonly string[];
}

/** Whether the host answers an ARP request: KERNEL.md section 1, the procedure of arp_rcv and arp_process. */
export function arpDecision(state: HostState, question: ArpQuestion): ArpDecision {
  const outcomes = possibleOutcomes(state, question);
  const { answer, because, steps } = agreed(state, outcomes);
  const isSilent = answer === 'silence';
  const proxied = outcomes.some((outcome) => isProxyReply(outcome));
  const max = isSilent || question.unicast === true || !proxied ? 0 : proxyDelay(state, question.interface);
  return { answer, because, mac: isSilent ? null : (linkNamed(state, question.interface)?.mac ?? null), delayMs: { min: 0, max }, steps };
}

/** Whether the host answers for somebody else. */
export function isProxyReply({ answer, because }: ArpOutcome): boolean {
  return answer === 'reply' && because !== 'local-address';
}

/** Every outcome that the state leaves possible: one, but for several hops, and for what the state does not tell. */
export function possibleOutcomes(state: HostState, question: ArpQuestion): readonly ArpOutcome[] {
  const unheard = receive(state, question.interface);
  if (unheard !== undefined) return [unheard];
  const outcomes = historiesOf(state).flatMap((history) => arpProcess(state, question, history));
  const distinct = outcomes.filter((outcome, at) => outcomes.findIndex((other) => isSame(outcome, other)) === at);
  if (!distinct.some(({ answer }) => answer === 'reply')) return distinct;
  const hook = arpHook(state, question.interface);
  const final = distinct.map((outcome) => delayed(state, question, outcome));
  return hook === undefined
    ? final
    : [...final, depends('filtered', `The chain ${hook} of nftables may stop ARP on ${question.interface}`)];
}

/** arp_rcv and what comes before it: whether the request is heard at all. */
function receive(state: HostState, at: LinkName): ArpOutcome | undefined {
  const link = linkNamed(state, at);
  if (link === undefined) return silence('no-interface', `The host has no interface ${at}`);
  if (!link.flags.includes('UP')) return silence('interface-down', `${at} is down`);
  if (link.flags.includes('NOARP')) return silence('no-arp', `${at} does not speak ARP`);
  const master = link.master === null ? undefined : (linkNamed(state, link.master)?.kind ?? 'bridge');
  if (master === 'vrf' || link.kind === 'vrf') return depends('vrf', `${at} belongs to a VRF`);
  if (master !== undefined) return silence('enslaved', `${at} is a port: ${link.master} hears for it`);
  if (lacksIpv4(state, at)) return silence('no-ipv4', `${at} has no IPv4`);
  return hasSettings(state, at) ? undefined : depends('unknown-settings', `The settings of ${at} are not known`);
}

/** From here on jiffies do not come round: -1, which the kernel takes for a delay, is 2^32 of them. */
const ENDLESS = 2 ** 31;

function delayed(state: HostState, { interface: at, unicast }: ArpQuestion, outcome: ArpOutcome): ArpOutcome {
  const delay = proxyDelay(state, at);
  if (!isProxyReply(outcome) || unicast === true || delay < ENDLESS) return outcome;
  return silence('endless-delay', ...outcome.steps, `proxy_delay of ${at} is ${delay} ms: no answer ever comes due`);
}

function isSame(a: ArpOutcome, b: ArpOutcome): boolean {
  return a.answer === b.answer && a.because === b.because;
}

/** The outcome on which all agree, for whatever reasons; else why it hangs in the air. */
function agreed(state: HostState, outcomes: readonly ArpOutcome[]): ArpOutcome {
  const [first, ...others] = outcomes;
  if (first === undefined) return depends('unknown-history');
  const different = others.find(({ answer }) => answer !== first.answer);
  const open = outcomes.find(({ answer }) => answer === 'depends');
  if (open !== undefined) return { ...open, steps: first === open ? open.steps : [...first.steps, ...open.steps] };
  if (different === undefined) return first;
  const otherwise = `Or else: ${different.steps.at(-1) ?? ''}`;
  return historiesOf(state).length === 1
    ? depends('multipath', ...first.steps, otherwise, 'Which of the hops is taken, a hash of the request decides')
    : depends('unknown-history', ...first.steps, otherwise, 'It hangs on whether rules or local routes were ever added by hand');
}
