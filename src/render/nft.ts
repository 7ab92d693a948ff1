import type { InwardRule, NatTable, OutwardRule } from '../model/nat-table.ts';
import { hookOf, MARKER_CHAIN, NAT_CHAINS, SOURCE_COMMENT, type NatChain } from './nft-chains.ts';

/**
 * The script for `nft -f -` that brings the table to what is wanted, in one transaction: replaced as a whole, or deleted.
 * Nothing but this table is named in it. Throws `TypeError` for names and comments that nft's syntax could not hold as they are.
 */
export function natScript(table: string, to: NatTable | null): string {
  const name = identifier(table);
  // `add` first: deleting a table that is absent would fail.
  const lines = [`add table ip ${name}`, `delete table ip ${name}`, ...(to === null ? [] : tableLines(name, to))];
  return `${lines.join('\n')}\n`;
}

/** The rules of a table without its chains, in the order in which they are asked. */
export function natRules(table: NatTable): string[] {
  const rules = rulesOf(table);
  return NAT_CHAINS.flatMap((chain) => rules[chain]);
}

function rulesOf(table: NatTable): Readonly<Record<NatChain, readonly string[]>> {
  const outside = quoted(table.outside, LINK_NAME);
  return {
    prerouting: table.inwards.map((rule) => `iifname ${outside} ${inward(rule)}`),
    postrouting: table.outwards.map((rule) => `oifname ${outside} ${outward(rule)}`),
    input: table.guarded.map((prefix) => `ip daddr ${prefix} drop`),
  };
}

function tableLines(name: string, table: NatTable): string[] {
  const comment = quoted(table.comment, COMMENT);
  const outside = quoted(table.outside, LINK_NAME);
  const rules = rulesOf(table);
  return [
    `table ip ${name} {`,
    `  comment ${comment}`,
    // \`nft -j\` does not list a table's comment, so a chain that nobody jumps to says it again.
    `  chain ${MARKER_CHAIN} {`,
    `    iifname ${outside} return comment ${comment}`,
    '  }',
    ...NAT_CHAINS.flatMap((chain) => chainLines(chain, rules[chain])),
    '}',
  ];
}

function chainLines(chain: NatChain, rules: readonly string[]): string[] {
  const { type, hook, prioName } = hookOf(chain);
  const head = `    type ${type} hook ${hook} priority ${prioName}; policy accept;`;
  return [`  chain ${chain} {`, head, ...rules.map((rule) => `    ${rule}`), '  }'];
}

function inward(rule: InwardRule): string {
  switch (rule.match) {
    case 'port':
      return `ip daddr ${rule.public} ${rule.protocol} dport ${rule.port} dnat to ${rule.to}:${rule.toPort}`;
    case 'address':
      return `ip daddr ${rule.public} dnat to ${rule.private}`;
    case 'prefix':
      // NF_NAT_RANGE_NETMAP: the host bits stay as they are.
      return `ip daddr ${rule.public} dnat prefix to ${rule.private}`;
  }
}

function outward(rule: OutwardRule): string {
  switch (rule.match) {
    case 'address':
      return `ip saddr ${rule.private} snat to ${rule.public}`;
    case 'prefix':
      return `ip saddr ${rule.private} snat prefix to ${rule.public}`;
    case 'source':
      return `ip saddr ${rule.source} snat to ${rule.public} comment "${SOURCE_COMMENT}"`;
  }
}

/** NFTNL_UDATA_COMMENT_MAXLEN is 128 bytes; nft's quoted strings know no escape. */
const COMMENT = /^[\x20\x21\x23-\x5b\x5d-\x7e]{1,120}$/;
/** A trailing `*` would be a wildcard. */
const LINK_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.@-]{0,14}$/;

function quoted(text: string, allowed: RegExp): string {
  if (!allowed.test(text)) throw new TypeError(`${JSON.stringify(text)} cannot be written in an nftables script`);
  return `"${text}"`;
}

function identifier(name: string): string {
  if (!/^[A-Za-z][A-Za-z0-9_-]{0,62}$/.test(name)) throw new TypeError(`${JSON.stringify(name)} cannot be the name of an nftables table`);
  return name;
}
