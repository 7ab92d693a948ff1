import type { LinkName } from '../../net/link-name.ts';
import type { Risk } from '../risk.ts';
import { forwardChains, verdictOf, type ForwardChain } from './forward-chains.ts';
import { riskOf, type ProfileInput } from './risk-input.ts';

/** Filters that drop the packets that answers by proxy attract (KERNEL.md F97): ARP resolves, and everything after it vanishes. */
export function forwardDrop(input: ProfileInput): readonly Risk[] {
  const chains = forwardChains(input.after);
  if (chains.length === 0) return [];
  const pairs = forwardedPairs(input);
  return chains.flatMap((chain): Risk[] => {
    const stopped = pairs.map((pair) => ({ pair, verdict: verdictOf(chain, ...pair) })).find(({ verdict }) => verdict !== 'accept');
    if (stopped === undefined) return [];
    const [from, out] = stopped.pair;
    const how = stopped.verdict === 'drop' ? 'drops' : 'drops all but what some of its rules may let pass of';
    const message = `The nftables chain ${chain.name} ${how} what comes in by ${from} and leaves by ${out}: neighbours get an answer, and their packets vanish here; ${remedyFor(chain, from, out)}`;
    return [riskOf(input, 'forward-drop', 'warning', message)];
  });
}

/** Names that a shell and nft read as they are. */
const PLAIN = /^[\w.@-]+$/;

function remedyFor({ name }: ForwardChain, from: LinkName, out: LinkName): string {
  return [...name.split(' '), from, out].every((word) => PLAIN.test(word))
    ? `let them pass with: nft insert rule ${name} iifname ${from} oifname ${out} accept`
    : 'let them pass with a rule of that chain';
}

/** From where to where the profile wants packets to pass: each interface and the next one stand for all pairs. */
function forwardedPairs({ concern }: ProfileInput): readonly (readonly [from: LinkName, out: LinkName])[] {
  const through = [...concern.pvlan].map((link) => [link, link] as const);
  const answering = new Set([...concern.proxyArp, ...concern.proxied, ...concern.outsides]);
  const between = [...concern.links].filter((link) => !concern.pvlan.has(link));
  if (answering.size === 0 || between.length < 2) return through;
  const ring = between.map((link, at) => [link, between[(at + 1) % between.length] ?? link] as const);
  return [...through, ...ring, ...ring.map(([from, out]) => [out, from] as const)].filter(
    ([from, out]) => from === out || answering.has(from) || answering.has(out),
  );
}
