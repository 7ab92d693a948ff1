import { IP_FORWARD, sysctlParts, type SysctlPath } from '../net/sysctl-path.ts';
import { isForwardingEffect, isForwardingWrite } from './forwarding.ts';
import type { Operation } from './operation.ts';
import { enter } from './groups.ts';

/**
 * The phase of an operation when a profile is established; what is given back runs through the phases in reverse. Nothing is
 * promised on the wire before there is a path for it: proxy_delay comes before proxy_arp also because older kernels divide by it
 * while answers are queued.
 */
export function phaseOf(operation: Operation): number {
  switch (operation.kind) {
    case 'sysctl':
      return sysctlPhase(operation.subject);
    case 'address':
      return 4;
    case 'route':
      return (operation.to ?? operation.from)?.type === 'local' ? 8 : 5;
    case 'nat':
      return 6;
    case 'proxy':
      return 9;
  }
}

function sysctlPhase(path: SysctlPath): number {
  const { group, holder, key } = sysctlParts(path);
  if (group === 'neigh') return 1;
  if (path === IP_FORWARD) return 2;
  if (isForwardingEffect(path)) return 3;
  const phase = key === 'proxy_arp' || key === 'proxy_arp_pvlan' ? 10 : 7;
  // A write of conf/default reaches interfaces whose own switch nobody has set yet (devinet_copy_dflt_conf): theirs come behind it.
  return holder === 'default' ? phase - 0.5 : phase;
}

/** Operations that establish something, in the order of writing. Stable within a phase. */
export function orderForward(operations: readonly Operation[]): readonly Operation[] {
  const phases = operations.map(phaseOf);
  if (phases.every((phase, at) => at === 0 || phase >= (phases[at - 1] ?? 0))) return operations;
  const groups = new Map<number, Operation[]>();
  for (const [at, operation] of operations.entries()) enter(groups, phases[at] ?? 0, operation);
  return [...groups].sort(([a], [b]) => a - b).flatMap(([, equal]) => equal);
}

/**
 * The same operations with ip_forward before everything that its writing changes as a side effect, so that each of those gets its
 * own value afterwards. Reversing an order puts it behind them.
 */
export function forwardingFirst(operations: readonly Operation[]): Operation[] {
  const at = operations.findIndex(isForwardingWrite);
  const forwarding = operations[at];
  if (forwarding === undefined) return [...operations];
  const isEffect = (operation: Operation): boolean => operation.kind === 'sysctl' && isForwardingEffect(operation.subject);
  return [
    ...operations.slice(0, at).filter((operation) => !isEffect(operation)),
    forwarding,
    ...operations.filter(isEffect),
    ...operations.slice(at + 1).filter((operation) => !isEffect(operation)),
  ];
}
