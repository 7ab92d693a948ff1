import { onceForEach } from './once-for-each.ts';
import type { LinkName } from '../net/link-name.ts';
import { isFields, type Fields } from './shape.ts';
import { linkNamed, type HostState } from './state.ts';

/** Expressions of nft that let every frame pass as it is. */
const HARMLESS: ReadonlySet<string> = new Set(['match', 'counter', 'log', 'accept', 'return', 'continue', 'limit', 'quota']);

/** Families whose chains never see ARP; inet also not where it hooks the ingress of a device (nft_do_chain_inet_ingress). */
const BLIND: ReadonlySet<unknown> = new Set(['ip', 'ip6', 'inet']);

/** The chain of nftables that may stop or change ARP on the interface, if there is one. */
export function arpHook(state: HostState, link: LinkName): string | undefined {
  const isBridge = linkNamed(state, link)?.kind === 'bridge';
  const chain = stoppingChains(state).find((candidate) => seesArp(candidate, link, isBridge));
  return chain === undefined ? undefined : `${String(chain['family'])} ${String(chain['table'])} ${String(chain['name'])}`;
}

/** The chains of hooks that do more than let pass and count. */
const stoppingChains = onceForEach(({ nftables }: HostState): readonly Fields[] => {
  const objects = (nftables ?? []).filter(isFields);
  const rules = objects.map(({ rule }) => rule).filter(isFields);
  return objects
    .map(({ chain }) => chain)
    .filter(isFields)
    .filter((chain) => typeof chain['hook'] === 'string' && !BLIND.has(chain['family']) && mayStop(chain, rules));
});

function seesArp({ family, hook, dev }: Fields, link: LinkName, isBridge: boolean): boolean {
  if (family === 'arp') return true;
  if (hook === 'ingress' || hook === 'egress') return dev === link || (Array.isArray(dev) && dev.includes(link));
  return family === 'bridge' && isBridge;
}

function mayStop(chain: Fields, rules: readonly Fields[]): boolean {
  if (chain['policy'] === 'drop') return true;
  return rules.some((rule) => {
    if (rule['family'] !== chain['family'] || rule['table'] !== chain['table'] || rule['chain'] !== chain['name']) return false;
    const expressions: readonly unknown[] = Array.isArray(rule['expr']) ? rule['expr'] : [];
    return expressions.some((expression) => !isFields(expression) || Object.keys(expression).some((key) => !HARMLESS.has(key)));
  });
}
