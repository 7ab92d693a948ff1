import type { LinkName } from '../../net/link-name.ts';
import type { ConfKey } from '../../net/sysctl-path.ts';
import { isOn, ownSetting } from '../link-settings.ts';
import { linkNamed, type HostState } from '../state.ts';

/** Whether a switch makes an interface answer for others: it is on, the interface forwards, and it hears ARP at all (arp_rcv, arp_process). */
export function isAnswering(state: HostState, link: LinkName, key: Extract<ConfKey, 'proxy_arp' | 'proxy_arp_pvlan'>): boolean {
  return isHearing(state, link) && isOn(state, link, key) && ownSetting(state, link, 'forwarding') !== 0;
}

/** Whether an interface is up and takes ARP for itself, rather than for the bridge or bond that it is a port of. */
function isHearing(state: HostState, name: LinkName): boolean {
  const link = linkNamed(state, name);
  return (
    link !== undefined &&
    link.master === null &&
    link.flags.includes('UP') &&
    !link.flags.includes('NOARP') &&
    !link.flags.includes('LOOPBACK')
  );
}
