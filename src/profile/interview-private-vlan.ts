import { isLinkGlob, parseLinkGlob, parseLinkName } from '../net/link-name.ts';
import { askLinks } from './ask-links.ts';
import { mistakeIn } from './draft-check.ts';
import { splitList, textsIn, type Draft } from './draft.ts';
import { addressesOn } from './found.ts';
import type { Known } from './interview.ts';
import { askLine, type Interview } from './question.ts';

/** Asks behind which interfaces the switch keeps the hosts apart, and for the router's address there. */
export function* askPrivateVlan({ host, given }: Known, notes: Map<string, string>): Interview<Draft> {
  const { interfaces: givenLinks, addresses, ...rest } = given;
  const interfaces =
    givenLinks ??
    (yield* askLinks(host, {
      id: 'interfaces',
      ask: 'Where are the hosts that the switch keeps apart?',
      hint: 'One interface or more; a name can be a pattern, such as guest*',
      least: 1,
      check: nameOrGlobMistake,
    }));
  const [only, ...others] = textsIn(interfaces);
  if (addresses !== undefined) return { interfaces, addresses, ...rest };
  if (only === undefined || others.length > 0 || isLinkGlob(only)) return { interfaces, ...rest };
  const found = addressesOn(host, only);
  if (found.length > 0) {
    notes.set('addresses', 'as it is now');
    return { interfaces, addresses: found, ...rest };
  }
  return { interfaces, addresses: yield* askAddresses(only), ...rest };
}

function nameOrGlobMistake(name: string): string | undefined {
  const parsed = isLinkGlob(name) ? parseLinkGlob(name) : parseLinkName(name);
  return parsed.ok ? undefined : parsed.problem;
}

function* askAddresses(link: string): Interview<readonly string[]> {
  const text = yield* askLine({
    id: 'addresses',
    ask: `Which address shall this router have on ${link}?`,
    hint: 'With its prefix length, from the subnet of the hosts, such as 192.168.10.1/24; the interface has none yet',
    example: '192.168.10.1/24',
    check: (line) =>
      splitList(line).length === 0
        ? 'The router needs an address there: without a route to the hosts it answers nobody'
        : mistakeIn({ kind: 'private-vlan', interfaces: [link], addresses: splitList(line) }),
  });
  return splitList(text);
}
