import type { ArpMutant } from './arp-mutants/arp-mutant.ts';
import { PROCESS } from './arp-mutants/answering.ts';
import { DELIVERY } from './arp-mutants/delivery.ts';
import { LOCAL } from './arp-mutants/own-addresses.ts';
import { ROUTING } from './arp-mutants/routing.ts';
import { RULES } from './arp-mutants/rules.ts';
import { SOURCE } from './arp-mutants/sender.ts';

/** Every rule of the model, broken once. */
export const ARP_MUTANTS: readonly ArpMutant[] = [...PROCESS, ...ROUTING, ...RULES, ...SOURCE, ...LOCAL, ...DELIVERY];
