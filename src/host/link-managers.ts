import { readdirSync, readFileSync } from 'node:fs';
import type { LinkManager, LinkManagers } from '../model/risks/risk-input.ts';
import type { Link } from '../model/state.ts';
import { isHostNetwork } from './host-network.ts';

/** Where each leaves what it knows of an interface, in a file named by the interface's index (sd-network(3), nm-device). */
const RECORDS: readonly (readonly [manager: LinkManager, folder: string, managed: RegExp])[] = [
  ['systemd-networkd', 'systemd/netif/links', /^ADMIN_STATE=configur(ed|ing)$/m],
  ['NetworkManager', 'NetworkManager/devices', /^managed=true$/m],
];

/**
 * Who else configures interfaces. null outside of the network that comes up at boot: the numbers of other namespaces mean other
 * interfaces.
 */
export function linkManagers(links: readonly Link[], run = '/run', isTheirs: boolean = isHostNetwork() === true): LinkManagers | null {
  if (!isTheirs) return null;
  const managers = new Map<Link['name'], LinkManager>();
  for (const [manager, folder, managed] of RECORDS) {
    const known = new Set(namesIn(`${run}/${folder}`));
    for (const { name, index } of links)
      if (known.has(`${index}`) && !managers.has(name) && managed.test(contentOf(`${run}/${folder}/${index}`))) managers.set(name, manager);
  }
  return managers;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
