import type { Network } from './namespaces.ts';
import { custom } from './refused-writes.ts';

/** Switches whose operations come first, in the middle and last in a plan, and a failpoint before each. */
export const KEYS = [
  { place: 'first', path: 'net/ipv4/neigh/eth1/proxy_qlen', at: 'journal.opened' },
  { place: 'middle', path: 'net/ipv4/conf/eth1/arp_ignore', at: 'journal.opened' },
  { place: 'last', path: 'net/ipv4/conf/eth1/proxy_arp', at: 'operation.written#2' },
] as const;

/** A profile that sets each of them to 1. */
export const WITH_KEYS = custom(
  `sysctl: {${KEYS.map(({ path }) => ` ${path}: 1`).join(',')} }\nroutes: [{ to: 10.8.8.8/32, interface: eth1 }]`,
);

/** Lines of sh that take a file out of a folder below /proc/sys: the folder is built anew from its other files. */
export function withoutFile(net: Network, path: string): string {
  const folder = path.slice(0, path.lastIndexOf('/'));
  const real = `${net.lab.folder}/masked`;
  return [
    `mkdir -p ${real}`,
    `mount --bind /proc/sys/${folder} ${real}`,
    `mount -t tmpfs none /proc/sys/${folder}`,
    `for file in ${real}/*; do at=/proc/sys/${folder}/\${file##*/}`,
    `[ /proc/sys/${path} = $at ] || { if [ -d $file ]; then mkdir $at; else : > $at; fi; mount --bind $file $at; }; done`,
  ].join('\n');
}
