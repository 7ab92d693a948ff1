import { confPath, IP_FORWARD, type SysctlPath } from '../net/sysctl-path.ts';
import { onceForEach } from './once-for-each.ts';
import type { Operation } from './operation.ts';
import type { HostState } from './state.ts';

/** A sysctl that the kernel rewrites when ip_forward changes, and what it becomes. */
export interface ForwardingEffect {
  readonly path: SysctlPath;
  readonly value: string;
}

const [ALL_FORWARDING, ALL_REDIRECTS] = [confPath('all', 'forwarding'), confPath('all', 'accept_redirects')];

/** Whether a change of ip_forward rewrites this sysctl. conf/all/forwarding is ip_forward itself under another name. */
export function isForwardingEffect(path: SysctlPath): boolean {
  return path === ALL_REDIRECTS || (path.endsWith('/forwarding') && path !== ALL_FORWARDING);
}

const effectPaths = onceForEach((sysctls: HostState['sysctls']) => (Object.keys(sysctls) as SysctlPath[]).filter(isForwardingEffect));

/**
 * What writing a new value to net.ipv4.ip_forward changes besides itself (inet_forward_change): forwarding of every device and of
 * conf/default, and conf/all/accept_redirects, which becomes the opposite. Writing the present value changes nothing.
 */
export function forwardingEffects({ sysctls }: HostState, value: string): ForwardingEffect[] {
  return effectPaths(sysctls).map((path) => ({ path, value: effectOn(path, value) }));
}

/** What writing `value` to ip_forward makes of one of the sysctls that it rewrites. */
export function effectOn(path: SysctlPath, value: string): string {
  if (path !== ALL_REDIRECTS) return value;
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
  return path === ALL_FORWARDING ? IP_FORWARD : path;
}
