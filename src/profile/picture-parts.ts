import type { LinkName } from '../net/link-name.ts';
import type { InterfaceAddress, Prefix } from '../net/prefix.ts';
import { rangeSize, type Range } from '../net/range.ts';
import { groupBy } from '../model/groups.ts';
import type { Listing, Wire } from '../model/picture.ts';
import type { Settings } from '../model/settings.ts';
import type { HostState } from '../model/state.ts';
import { subnetsOf } from './found.ts';

/** What every kind draws from: what the profile comes to on a host, which may be an imagined one. */
export interface Scene {
  readonly settings: Settings;
  readonly host: HostState;
  /** The addresses that the router has on its interfaces already, and those that the profile assigns. */
  readonly own: ReadonlyMap<LinkName, readonly InterfaceAddress[]>;
}

export function sceneOf(settings: Settings, host: HostState): Scene {
  const assigned = settings.settings.flatMap((setting) => (setting.kind === 'address' ? [setting.subject] : []));
  const entries = groupBy([...host.addresses, ...assigned], (entry) => entry.interface);
  return { settings, host, own: new Map([...entries].map(([link, some]) => [link, [...new Set(some.map(({ address }) => address))]])) };
}

/** What a kind knows of a wire; the rest stands in the settings. */
export type Side = Pick<Wire, 'home' | 'hosts' | 'unlisted' | 'answers'>;

/** The wires of a profile by their interfaces, each worked out only when it is drawn: there can be thousands. */
export type Sides = ReadonlyMap<LinkName, () => Side>;

/** The networks that an interface's own addresses put on its wire. */
export function ownNetworks(link: LinkName, scene: Scene): Prefix[] {
  return subnetsOf(scene.own.get(link) ?? []);
}

/** The first of many; of one more than that, all. */
export function listing<T>(items: readonly T[], most: number, text: (item: T) => string, addresses: number | null): Listing {
  const shown = items.length <= most + 1 ? items : items.slice(0, most);
  return { shown: shown.map((item) => plain(text(item))), more: items.length - shown.length, addresses };
}

/** Wires that are drawn, entries of a home, entries of what is answered for, and of which segments each is told by itself. */
export const MOST = { wires: 16, hosts: 8, answers: 4, segments: 3 };

export function countOf(ranges: readonly Range[]): number {
  return ranges.reduce((sum, range) => sum + rangeSize(range), 0);
}

/** A prefix of one address without its length. */
export function prefixWords(prefix: Prefix): string {
  return prefix.replace(/\/32$/, '');
}

/** Names of live interfaces hold any byte: what is not printable ASCII is told by its number. */
export function plain(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}
