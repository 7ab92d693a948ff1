import type { LinkName } from '../../net/link-name.ts';
import { sysctlParts } from '../../net/sysctl-path.ts';
import { isHold, type Operation } from '../operation.ts';
import type { Risk } from '../risk.ts';
import { named, riskOf, type ProfileInput } from './risk-input.ts';

/** Interfaces of the change that somebody else configures, who may take back what parp sets without a word. */
export function foreignManager(input: ProfileInput): readonly Risk[] {
  const { managers, concern, operations } = input;
  if (managers === null || managers.size === 0) return [];
  const touched = touchedAmong(new Set([...concern.links].filter((link) => managers.has(link))), operations);
  return REMEDIES.flatMap(([manager, remedy]) => {
    const links = [...touched].filter((link) => managers.get(link) === manager);
    if (links.length === 0) return [];
    const message = `${manager} configures ${named(links)} and can delete addresses and routes, or set switches anew, whenever it does so again; ${remedy}`;
    return [riskOf(input, 'foreign-manager', 'warning', message)];
  });
}

function touchedAmong(links: ReadonlySet<LinkName>, operations: readonly Operation[]): ReadonlySet<LinkName> {
  const touched = new Set<LinkName>();
  for (const operation of operations) {
    if (touched.size === links.size) break;
    const link = linkOf(operation);
    if (link !== undefined && links.has(link) && !isHold(operation)) touched.add(link);
  }
  return touched;
}

const REMEDIES = [
  ['systemd-networkd', 'set ManageForeignRoutes=no in networkd.conf, and the addresses and IPv4ProxyARP= in its own .network files'],
  ['NetworkManager', 'take them from it with: nmcli device set INTERFACE managed no'],
] as const;

function linkOf(operation: Operation): LinkName | undefined {
  switch (operation.kind) {
    case 'sysctl':
      return sysctlParts(operation.subject).holder as LinkName;
    case 'address':
    case 'proxy':
      return operation.subject.interface;
    case 'route':
      return (operation.to ?? operation.from)?.interface;
    case 'nat':
      return undefined;
  }
}
