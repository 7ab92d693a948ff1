import type { Ipv4 } from '../net/ipv4.ts';
import type { LinkName } from '../net/link-name.ts';
import { addressOf, contains } from '../net/prefix.ts';
import { possibleOutcomes, type ArpQuestion } from './arp-decision.ts';
import type { InwardRule } from './nat-table.ts';
import type { OperatorPeer, PathFinding } from './operator-peer.ts';
import { proxiedNextHops } from './proxied-next-hops.ts';
import { routeInput } from './route-input.ts';
import { historiesOf } from './routing-history.ts';
import type { HostState } from './state.ts';
import { waysTo, wayWords, type Way } from './way-to.ts';

/**
 * What of the operators' ways a change would break (RELIABILITY.md section 4). `after` is the host as it is foretold. A way that is not
 * there `before` is nobody's: nothing is found about it.
 */
export function managementPath(before: HostState, after: HostState, peers: readonly OperatorPeer[]): PathFinding[] {
  return [...proxiedNextHops(before, after, peers), ...peers.flatMap((peer) => broken(before, after, peer))];
}

function broken(before: HostState, after: HostState, operator: OperatorPeer): PathFinding[] {
  const { peer, local, why } = operator;
  const ways = waysTo(before, peer, local);
  if (ways.length === 0) return [];
  const losses = [
    ...routeLoss(ways, waysTo(after, peer, local)),
    ...ways.flatMap((way) => hearingLoss(before, after, peer, way)),
    ...ways.flatMap((way) => packetLoss(before, after, peer, way)),
    ...ways.flatMap((way) => translation(after, operator, way).filter((words) => !translation(before, operator, way).includes(words))),
  ];
  return [...new Set(losses)].map((loss) => ({
    code: 'management-path',
    severity: 'refusal',
    always: false,
    message: `The operator at ${peer} (${why}) may be locked out: ${loss}; apply with --confirm, which undoes the change unless it is confirmed in time`,
  }));
}

function routeLoss(before: readonly Way[], after: readonly Way[]): string[] {
  if (after.length === 0) return ['no route would lead back'];
  const [was, becomes] = [before, after].map((ways) => ways.map(wayWords).sort().join(' or '));
  return was === becomes ? [] : [`the way back would lead by ${becomes} instead of ${was}`];
}

/** Whether the next hop would no longer get an answer when it asks for the host: its ARP table hides that, for a while. */
function hearingLoss(before: HostState, after: HostState, peer: Ipv4, { interface: at, nextHop, source }: Way): string[] {
  if (source === null) return [];
  const question: ArpQuestion = { interface: at, from: nextHop, to: source };
  const becomes = hearing(after, question);
  if (becomes.certainty >= hearing(before, question).certainty) return [];
  const who = nextHop === peer ? 'it' : `its next hop ${nextHop}`;
  return [`when ${who} asks by ARP for ${source} on ${at}, this host would no longer answer (${becomes.unless})`];
}

/** Whether a question is answered: 2 surely, 1 perhaps, 0 not; and why not. */
function hearing(state: HostState, question: ArpQuestion): { readonly certainty: 0 | 1 | 2; readonly unless: string } {
  const outcomes = possibleOutcomes(state, question);
  const other = outcomes.find(({ answer }) => answer !== 'reply');
  const certainty = other === undefined ? 2 : outcomes.every(({ answer }) => answer === 'silence') ? 0 : 1;
  return { certainty, unless: other?.because ?? '' };
}

/** Whether the peer's packets would no longer be let in where they may come: by the way back, and by the link that has the address they go to. */
function packetLoss(before: HostState, after: HostState, peer: Ipv4, { interface: out, source }: Way): string[] {
  if (source === null) return [];
  const owners = before.addresses.filter((entry) => addressOf(entry.address) === source).map((entry) => entry.interface);
  return [...new Set([out, ...owners])]
    .filter((at) => isLetIn(before, at, peer, source) && !isLetIn(after, at, peer, source))
    .map((at) => `its packets to ${source} that come in by ${at} would be dropped`);
}

function isLetIn(state: HostState, at: LinkName, from: Ipv4, to: Ipv4): boolean {
  return historiesOf(state).some((history) =>
    routeInput(state, { interface: at, from, to }, history).some((routed) => routed.to === 'host'),
  );
}

/** What parp's own tables make of the peer's packets before they reach the host: a session that is under way escapes them, the next does not. */
function translation(state: HostState, { port }: OperatorPeer, { interface: at, source }: Way): string[] {
  if (source === null) return [];
  return Object.entries(state.nat).flatMap(([name, table]) => {
    if ('unrecognised' in table) return [];
    const isTranslated = table.outside === at && table.inwards.some((rule) => translates(rule, source, port));
    const isGuarded = table.guarded.some((prefix) => contains(prefix, source));
    return [
      ...(isTranslated ? [`its packets to ${source} would be translated by table ${name}`] : []),
      ...(isGuarded ? [`its packets to ${source} would be dropped by table ${name}`] : []),
    ];
  });
}

function translates(rule: InwardRule, to: Ipv4, port: number | undefined): boolean {
  switch (rule.match) {
    case 'port':
      return rule.public === to && rule.protocol === 'tcp' && rule.port === port;
    case 'address':
      return rule.public === to;
    case 'prefix':
      return contains(rule.public, to);
  }
}
