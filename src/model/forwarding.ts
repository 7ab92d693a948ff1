import { confPath, IP_FORWARD, sysctlParts, type SysctlPath } from '../net/sysctl-path.ts';
import type { Operation } from './operation.ts';
import type { HostState } from './state.ts';

/** A sysctl that the kernel rewrites when ip_forward changes, and what it becomes. */
export interface ForwardingEffect {
  readonly path: SysctlPath;
  readonly value: string;
}

/** Whether a change of ip_forward rewrites this sysctl. conf/all/forwarding is ip_forward itself under another name. */
export function isForwardingEffect(path: SysctlPath): boolean {
  const { group, holder, key } = sysctlParts(path);
  if (group !== 'conf') return false;
  return holder === 'all' ? key === 'accept_redirects' : key === 'forwarding';
}

/**
 * What writing a new value to net.ipv4.ip_forward changes besides itself (inet_forward_change): forwarding of every device and of
 * conf/default, and conf/all/accept_redirects, which becomes the opposite. Writing the present value changes nothing.
 */
export function forwardingEffects(state: HostState, value: string): ForwardingEffect[] {
  const effects: ForwardingEffect[] = [];
  for (const path of Object.keys(state.sysctls) as SysctlPath[]) {
    if (isForwardingEffect(path)) effects.push({ path, value: effectOn(path, value) });
  }
  return effects;
}

/** What writing `value` to ip_forward makes of one of the sysctls that it rewrites. */
export function effectOn(path: SysctlPath, value: string): string {
  if (sysctlParts(path).holder !== 'all') return value;
  return value === '0' ? '1' : '0';
}

type SysctlOperation = Extract<Operation, { kind: 'sysctl' }>;

export function isForwardingWrite(operation: Operation): operation is SysctlOperation {
  return operation.kind === 'sysctl' && operation.subject === IP_FORWARD;
}

/** The write of ip_forward among operations, if there is one. */
export function forwardingWrite(operations: readonly Operation[]): SysctlOperation | undefined {
  return operations.find(isForwardingWrite);
}

/** The subject whose writing has these effects. */
export const FORWARDING_KEY: string = IP_FORWARD;

/** conf/all/forwarding as what it is: ip_forward. */
export function canonicalSysctl(path: SysctlPath): SysctlPath {
  return path === confPath('all', 'forwarding') ? IP_FORWARD : path;
}
