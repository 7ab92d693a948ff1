import type { LinkName } from '../../net/link-name.ts';
import { lengthOf, networkOf } from '../../net/prefix.ts';
import { arpDecision, storyOf } from '../arp-decision.ts';
import { largerSetting } from '../link-settings.ts';
import type { Risk } from '../risk.ts';
import { isAnswering } from './answering.ts';
import { plausibleQuestions } from './plausible-questions.ts';
import { riskOf, type ProfileInput } from './risk-input.ts';

/** Interfaces that keep silent where the profile wants them to answer, because of a switch that it does not speak of. */
export function silenced(input: ProfileInput): readonly Risk[] {
  const { after } = input;
  const told = new Set<string>();
  return plausibleQuestions(input).flatMap((question): Risk[] => {
    const { interface: link } = question;
    // Nothing else rejects a neighbour, and the routes need not be gone through.
    if (largerSetting(after, link, 'rp_filter') === 0 && largerSetting(after, link, 'arp_ignore') === 0) return [];
    const decision = arpDecision(after, question);
    const { answer, because } = decision;
    const code =
      answer !== 'silence' ? undefined : because === 'source-rejected' ? 'source-filtered' : because === 'arp-ignore' ? because : undefined;
    if (code === undefined || told.has(`${code} ${link}`)) return [];
    told.add(`${code} ${link}`);
    const remedy = code === 'arp-ignore' ? ignoreRemedy(link) : filterRemedy(link);
    return [
      riskOf(
        input,
        code,
        'warning',
        `Asked by ${question.from} for ${question.to} on ${link}, this host keeps silent: ${storyOf(decision).at(-1) ?? because}; ${remedy}`,
      ),
    ];
  });
}

function ignoreRemedy(link: LinkName): string {
  return `set net/ipv4/conf/${link}/arp_ignore and net/ipv4/conf/all/arp_ignore to 0 (the larger one counts)`;
}

function filterRemedy(link: LinkName): string {
  return `let the route back to it leave by ${link}, or set net/ipv4/conf/${link}/rp_filter to 2 (the larger one of it and conf/all counts)`;
}

/**
 * Interfaces with a strict rp_filter on the segments of one subnet: whoever lives there without being listed is rejected, since the way
 * back to him leaves elsewhere (KERNEL.md F15, F94).
 */
export function strangersFiltered(input: ProfileInput): readonly Risk[] {
  const { after, concern } = input;
  const wide = after.addresses.filter(({ address, interface: at }) => concern.links.has(at) && lengthOf(address) < 32);
  return [...concern.proxyArp].flatMap((link): Risk[] => {
    if (largerSetting(after, link, 'rp_filter') !== 1 || !isAnswering(after, link, 'proxy_arp')) return [];
    const here = new Set(wide.filter(({ interface: at }) => at === link).map(({ address }) => networkOf(address)));
    const elsewhere = wide.find(({ interface: at, address }) => at !== link && !here.has(networkOf(address)));
    if (elsewhere === undefined) return [];
    const subnet = networkOf(elsewhere.address);
    const message = `rp_filter of ${link} is 1: a host of ${subnet} that lives on ${link} unlisted gets no answer there, not even for this host's own addresses, because the way back to it leaves by ${elsewhere.interface}; list it under hosts, or set net/ipv4/conf/${link}/rp_filter to 2`;
    return [riskOf(input, 'source-filtered', 'note', message)];
  });
}
