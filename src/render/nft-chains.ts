/** What every table of parp's carries the tables of its profiles in. */
export const NAT_TABLE_PREFIX = 'parp_';

/** The base chains of a translation, in the order in which they are written. */
export const NAT_CHAINS = ['prerouting', 'postrouting', 'input'] as const;
export type NatChain = (typeof NAT_CHAINS)[number];

/** A regular chain that nobody jumps to: its one rule bears the table's comment and its outside. */
export const MARKER_CHAIN = 'about';

/** On rules for a source prefix: one of a single address would otherwise read like a translation one to one. */
export const SOURCE_COMMENT = 'many to one';

export interface ChainHook {
  readonly type: 'nat' | 'filter';
  readonly hook: NatChain;
  /** NF_IP_PRI_NAT_DST, NF_IP_PRI_NAT_SRC, NF_IP_PRI_FILTER. */
  readonly prio: number;
  readonly prioName: 'dstnat' | 'srcnat' | 'filter';
}

export function hookOf(chain: NatChain): ChainHook {
  switch (chain) {
    case 'prerouting':
      return { type: 'nat', hook: chain, prio: -100, prioName: 'dstnat' };
    case 'postrouting':
      return { type: 'nat', hook: chain, prio: 100, prioName: 'srcnat' };
    case 'input':
      return { type: 'filter', hook: chain, prio: 0, prioName: 'filter' };
  }
}
