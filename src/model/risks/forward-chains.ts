import type { LinkName } from '../../net/link-name.ts';
import { groupBy } from '../groups.ts';
import { onceForEach } from '../once-for-each.ts';
import { isFields, type Fields } from '../shape.ts';
import type { HostState } from '../state.ts';

/** What a chain makes of a new connection from one interface to another, as far as the interfaces tell. */
export type Verdict = 'accept' | 'drop' | 'return' | 'unknown';

/** A chain of nftables at hook forward that filters IPv4. */
export interface ForwardChain {
  /** `inet filter forward`. */
  readonly name: string;
  /** `accept` or `drop`: for what no rule decides. */
  readonly policy: string;
  readonly rules: readonly Fields[];
  /** Every chain of the same table, by name. */
  readonly chains: ReadonlyMap<string, readonly Fields[]>;
}

/** The base chains of type filter at hook forward that see IPv4, in the order of the ruleset. */
export const forwardChains = onceForEach(({ nftables }: HostState): readonly ForwardChain[] => {
  const objects = (nftables ?? []).filter(isFields);
  const chains = objects.map(({ chain }) => chain).filter(isFields);
  const bases = chains.filter(
    ({ hook, type, family }) => hook === 'forward' && type === 'filter' && (family === 'ip' || family === 'inet'),
  );
  if (bases.length === 0) return [];
  const rules = objects.map(({ rule }) => rule).filter(isFields);
  return bases.map(({ family, table, name, policy }) => {
    const byChain = groupBy(
      rules.filter((rule) => rule['family'] === family && rule['table'] === table),
      (rule) => String(rule['chain']),
    );
    return {
      name: `${String(family)} ${String(table)} ${String(name)}`,
      policy: policy === 'drop' ? 'drop' : 'accept',
      rules: byChain.get(String(name)) ?? [],
      chains: byChain,
    };
  });
});

/**
 * Whether a chain lets a new connection from `from` to `out` pass. `drop`: what no rule is known to accept meets a drop, or the policy
 * drop; `unknown`: rules that look at more than interfaces may let some of it pass before.
 */
export function verdictOf(chain: ForwardChain, from: LinkName, out: LinkName): 'accept' | 'drop' | 'partly' {
  const walk: Walk = { chains: chain.chains, from, out, mayAccept: false };
  const verdict = walkRules(walk, chain.rules, 0);
  const final = verdict === 'accept' || verdict === 'drop' ? verdict : chain.policy;
  if (final !== 'drop') return 'accept';
  return walk.mayAccept ? 'partly' : 'drop';
}

interface Walk {
  readonly chains: ForwardChain['chains'];
  readonly from: LinkName;
  readonly out: LinkName;
  /** Whether a rule that may or may not match accepts. */
  mayAccept: boolean;
}

/** nft refuses loops of chains; jumps go no deeper than this (NFT_JUMP_STACK_SIZE). */
const DEEPEST = 16;

function walkRules(walk: Walk, rules: readonly Fields[], depth: number): 'accept' | 'drop' | undefined {
  for (const rule of rules) {
    const verdict = walkRule(walk, Array.isArray(rule['expr']) ? rule['expr'] : [], depth);
    if (verdict === 'return') return undefined;
    if (verdict !== undefined) return verdict;
  }
  return undefined;
}

function walkRule(walk: Walk, expressions: readonly unknown[], depth: number): 'accept' | 'drop' | 'return' | undefined {
  let isSure = true;
  for (const expression of expressions) {
    if (!isFields(expression)) return undefined;
    if ('match' in expression) {
      const matches = matchOf(expression['match'], walk);
      if (matches === false) return undefined;
      isSure &&= matches === true;
    } else if ('drop' in expression || 'reject' in expression) return isSure ? 'drop' : undefined;
    else if ('accept' in expression) return accepted(walk, isSure);
    else if ('return' in expression) return isSure ? 'return' : undefined;
    else if ('jump' in expression || 'goto' in expression) return jumped(walk, expression, isSure, depth);
    else if (!('counter' in expression || 'log' in expression || 'comment' in expression)) {
      // xt of iptables-nft, limits, sets, maps and what else is not read: it may match, and end in anything.
      isSure = false;
      if ('vmap' in expression || 'xt' in expression) walk.mayAccept = true;
    }
  }
  return undefined;
}

function accepted(walk: Walk, isSure: boolean): 'accept' | undefined {
  if (isSure) return 'accept';
  walk.mayAccept = true;
  return undefined;
}

function jumped(walk: Walk, expression: Fields, isSure: boolean, depth: number): 'accept' | 'drop' | 'return' | undefined {
  const goal = expression['jump'] ?? expression['goto'];
  // A chain without rules is not among them.
  const target = (isFields(goal) ? walk.chains.get(String(goal['target'])) : undefined) ?? [];
  if (depth === DEEPEST) return undefined;
  const verdict = walkRules(walk, target, depth + 1);
  if (verdict === 'accept') return accepted(walk, isSure);
  if (!isSure) return undefined;
  return verdict ?? ('goto' in expression ? 'return' : undefined);
}

/** Whether a match on an interface's name holds; undefined for matches on anything else. */
function matchOf(match: unknown, { from, out }: Walk): boolean | undefined {
  if (!isFields(match) || !isFields(match['left']) || !isFields(match['left']['meta'])) return undefined;
  const key = match['left']['meta']['key'];
  const name = key === 'iifname' || key === 'iif' ? from : key === 'oifname' || key === 'oif' ? out : undefined;
  if (name === undefined || (match['op'] !== '==' && match['op'] !== '!=')) return undefined;
  const isAmong = amongNames(match['right'], name);
  return isAmong === undefined ? undefined : isAmong === (match['op'] === '==');
}

/** A name, a pattern `eth*`, or a set of such; undefined for a named set. */
function amongNames(right: unknown, name: string): boolean | undefined {
  if (typeof right === 'string') {
    if (right.startsWith('@')) return undefined;
    return right.endsWith('*') ? name.startsWith(right.slice(0, -1)) : right === name;
  }
  if (!isFields(right) || !Array.isArray(right['set'])) return undefined;
  const each = new Set(right['set'].map((entry) => amongNames(entry, name)));
  if (each.has(true)) return true;
  return each.has(undefined) ? undefined : false;
}
