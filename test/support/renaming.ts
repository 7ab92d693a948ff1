import type { Network } from './namespaces.ts';

/** Lines of sh that give an interface another name; it may be up. */
export const renaming = (from: string, to: string): string => `ip link set ${from} name ${to}`;

/** Lines of sh after which two interfaces bear each other's name. */
export const swapping = (one: string, other: string): string =>
  [renaming(one, 'swap9'), renaming(other, one), renaming('swap9', other)].join('; ');

/** Runs lines of sh on the router; throws where one fails. */
export async function onRouter(net: Network, lines: string): Promise<void> {
  const { exitCode, stderr } = await net.run('router', ['sh', '-ec', lines]);
  if (exitCode !== 0) throw new Error(`${lines}: ${stderr}`);
}
