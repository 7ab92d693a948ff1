import { mutant, type ArpMutant } from './arp-mutant.ts';

/** What rules of policy routing do. */
export const RULES: readonly ArpMutant[] = [
  mutant('F23', '"not" means nothing', 'fib-rules', "return 'not' in rule ? !selected : selected;", 'return selected;'),
  mutant(
    'F23',
    'rules do not see the sender',
    'fib-rules',
    "if (!holds(rule, 'src', flow.from) || !holds(rule, 'dst', flow.to)) return false;",
    "if (!holds(rule, 'dst', flow.to)) return false;",
  ),
  mutant(
    'F23',
    'rules do not see the target',
    'fib-rules',
    "if (!holds(rule, 'src', flow.from) || !holds(rule, 'dst', flow.to)) return false;",
    "if (!holds(rule, 'src', flow.from)) return false;",
  ),
  mutant(
    'F23',
    'rules do not see the interface',
    'fib-rules',
    "if (!isInterface(rule, 'iif', flow.iif) || !isInterface(rule, 'oif', flow.oif)) return false;",
    "if (!isInterface(rule, 'oif', flow.oif)) return false;",
  ),
  mutant(
    'F23',
    'rules with oif match',
    'fib-rules',
    "if (!isInterface(rule, 'iif', flow.iif) || !isInterface(rule, 'oif', flow.oif)) return false;",
    "if (!isInterface(rule, 'iif', flow.iif)) return false;",
  ),
  mutant(
    'F23',
    'rules for a mark match',
    'fib-rules',
    "(((numberIn(rule, 'fwmark') ?? 0) & (numberIn(rule, 'fwmask') ?? 0xffffffff)) !== 0) return false;",
    "(numberIn(rule, 'fwmark') === -1) return false;",
  ),
  mutant(
    'F23',
    'rules for a tos or a protocol match',
    'fib-rules',
    'if (NONZERO.some((key) => key in rule && numberIn(rule, key) !== 0)) return false;',
    '',
  ),
  mutant('F23', 'suppress_prefixlength suppresses nothing', 'fib-rules', 'if (length <= most) return true;', ''),
  mutant('F23', 'goto goes nowhere', 'fib-lookup', 'if (target > at) at = target - 1;', ''),
  mutant(
    'F23',
    'rules refuse nothing',
    'fib-lookup',
    "if (action.kind === 'refuse') return { found: 'refusal', by: action.by, route: null, rule };",
    "if (action.kind === 'refuse') continue;",
  ),
];
