import type { Ipv4 } from '../net/ipv4.ts';
import type { LinkName } from '../net/link-name.ts';
import { isGroupMac, type Mac } from '../net/mac.ts';
import { arpHook } from './arp-hooks.ts';
import { after, depends, silence, stepText, type ArpOutcome, type ArpReason, type Deciding, type Step } from './arp-outcome.ts';
import { arpProcess, isProbe } from './arp-process.ts';
import { hasSettings, lacksIpv4, proxyDelay, proxyQueue } from './link-settings.ts';
import { historiesOf } from './routing-history.ts';
import { linkNamed, type HostState, type Link } from './state.ts';

/** An ARP request that arrives at an interface. */
export interface ArpQuestion {
  readonly interface: LinkName;
  /** The sender; 0.0.0.0 is a probe (RFC 5227). */
  readonly from: Ipv4;
  readonly to: Ipv4;
  /** Sent to one MAC rather than to everybody; default false. */
  readonly unicast?: boolean;
  /** It takes part only in the choice among several hops, which nobody can foretell. */
  readonly senderMac?: Mac;
  /** Where a unicast request is sent, by default to the interface's own MAC. In one to everybody it means as little as `senderMac`. */
  readonly targetMac?: Mac;
}

export interface ArpDecision {
  readonly answer: 'reply' | 'silence' | 'depends';
  readonly because: ArpReason;
  /** The MAC that the answer gives, if there is one; null where there is certainly none. */
  readonly mac: Mac | null;
  /** When the answer goes out, in milliseconds: not before `min`, and before `max`. */
  readonly delayMs: { readonly min: number; readonly max: number };
  /** How it comes to that, in the order of the kernel: for `storyOf`. */
  readonly steps: readonly Step[];
  /** What decided. */
  readonly by: Deciding;
}

/** Whether the host answers an ARP request: KERNEL.md section 1, the procedure of arp_rcv and arp_process. */
export function arpDecision(state: HostState, question: ArpQuestion): ArpDecision {
  const unheard = receive(state, question);
  const outcomes = unheard === undefined ? heardOutcomes(state, question) : [unheard];
  const { answer, because, steps, by } = agreed(state, outcomes);
  const isSilent = answer === 'silence';
  const proxied = outcomes.some((outcome) => isProxyReply(outcome));
  const max = isSilent || !proxied || isForHost(question) ? 0 : proxyDelay(state, question.interface);
  return {
    answer,
    because,
    mac: isSilent ? null : (linkNamed(state, question.interface)?.mac ?? null),
    delayMs: { min: 0, max },
    steps: [...(unheard === undefined ? [hearing(state, question)] : []), ...steps, ...(max > 0 ? [waiting(state, question, max)] : [])],
    by,
  };
}

/** How a decision comes about, a sentence each. */
export function storyOf({ steps }: Pick<ArpDecision, 'steps'>): string[] {
  return steps.map(stepText);
}

/** Whether the host answers for somebody else. */
export function isProxyReply({ answer, because }: Pick<ArpOutcome, 'answer' | 'because'>): boolean {
  return answer === 'reply' && because !== 'local-address';
}

/** Every outcome that the state leaves possible: one, but for several hops, and for what the state does not tell. */
export function possibleOutcomes(state: HostState, question: ArpQuestion): readonly ArpOutcome[] {
  const unheard = receive(state, question);
  return unheard === undefined ? heardOutcomes(state, question) : [unheard];
}

function heardOutcomes(state: HostState, question: ArpQuestion): readonly ArpOutcome[] {
  if (!hasSettings(state, question.interface)) return [depends('unknown-settings', `The settings of ${question.interface} are not known`)];
  const distinct = distinctOutcomes(historiesOf(state).flatMap((history) => arpProcess(state, question, history)));
  if (!distinct.some(({ answer }) => answer === 'reply')) return distinct;
  const hook = arpHook(state, question.interface);
  const final = distinct.map((outcome) => delayed(state, question, outcome));
  if (hook === undefined) return final;
  return [...final, depends('filtered', () => `The chain ${hook} of nftables may stop ARP on ${question.interface}`)];
}

function distinctOutcomes(outcomes: readonly ArpOutcome[]): readonly ArpOutcome[] {
  if (outcomes.length === 1) return outcomes;
  return outcomes.filter((outcome, at) => outcomes.findIndex((other) => isSame(outcome, other)) === at);
}

/** arp_rcv and what comes before it: whether the request is heard at all. */
function receive(state: HostState, question: ArpQuestion): ArpOutcome | undefined {
  const at = question.interface;
  const link = linkNamed(state, at);
  if (link === undefined) return silence('no-interface', `The host has no interface ${at}`);
  if (!link.flags.includes('UP')) return silence('interface-down', `${at} is down`);
  if (link.flags.includes('NOARP')) return silence('no-arp', `${at} does not speak ARP`);
  const master = link.master === null ? undefined : (linkNamed(state, link.master)?.kind ?? 'bridge');
  if (master === 'vrf' || link.kind === 'vrf') return depends('vrf', `${at} belongs to a VRF`);
  if (master !== undefined) return silence('enslaved', `${at} is a port: ${link.master} hears for it`);
  if (isForOther(question, link)) return silence('other-host', `The request is sent to ${question.targetMac}, and ${at} has ${link.mac}`);
  if (lacksIpv4(state, at)) return silence('no-ipv4', `${at} has no IPv4`);
  return undefined;
}

/** PACKET_OTHERHOST: a frame for another MAC, which a promiscuous interface hears, too, and nobody answers. */
function isForOther({ unicast, targetMac }: ArpQuestion, { mac }: Link): boolean {
  return unicast === true && targetMac !== undefined && mac !== null && targetMac !== mac && !isGroupMac(targetMac);
}

/** PACKET_HOST: the one kind of request whose answer never waits. */
function isForHost({ unicast, targetMac }: ArpQuestion): boolean {
  return unicast === true && (targetMac === undefined || !isGroupMac(targetMac));
}

function hearing(state: HostState, question: ArpQuestion): Step {
  const { interface: at, from, to } = question;
  return () => {
    const whom = isForHost(question) ? 'it alone' : 'everybody';
    const who = linkNamed(state, at)?.flags.includes('LOWER_UP') === false ? `${at}, which has no carrier now,` : at;
    if (isProbe(from)) return `${who} hears a probe for ${to}: ${from} asks ${whom}`;
    return from === to ? `${who} hears ${to} announce itself to ${whom}` : `${who} hears ${from} ask ${whom} for ${to}`;
  };
}

function waiting(state: HostState, { interface: at }: ArpQuestion, max: number): Step {
  return () => {
    // pneigh_enqueue drops what comes when more than that many wait.
    const most = proxyQueue(state, at) + 1;
    return `The answer waits a random time of less than ${max} ms (proxy_delay of ${at}), and is dropped where ${most} others wait (proxy_qlen)`;
  };
}

/** From here on jiffies do not come round: -1, which the kernel takes for a delay, is 2^32 of them. */
const ENDLESS = 2 ** 31;

function delayed(state: HostState, question: ArpQuestion, outcome: ArpOutcome): ArpOutcome {
  const at = question.interface;
  const delay = proxyDelay(state, at);
  if (!isProxyReply(outcome) || isForHost(question) || delay < ENDLESS) return outcome;
  const endless = silence('endless-delay', () => `proxy_delay of ${at} is ${delay} ms: no answer ever comes due`);
  return after(outcome.steps, endless, outcome.by);
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
  if (open !== undefined) return first === open ? open : after(first.steps, open, first.by);
  if (different === undefined) return first;
  const otherwise: Step = () => `Or else: ${stepText(different.steps.at(-1) ?? '')}`;
  const hanging =
    historiesOf(state).length === 1
      ? depends('multipath', otherwise, 'Which of the hops is taken, a hash of the request decides')
      : depends('unknown-history', otherwise, 'It hangs on whether rules or local routes were ever added by hand');
  return after(first.steps, hanging, first.by);
}
