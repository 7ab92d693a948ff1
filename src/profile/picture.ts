import type { LinkName } from '../net/link-name.ts';
import { sysctlParts } from '../net/sysctl-path.ts';
import { enter } from '../model/groups.ts';
import type { Picture } from '../model/picture.ts';
import type { Settings } from '../model/settings.ts';
import { linkNamed, type HostState } from '../model/state.ts';
import { customNotes, customWires } from './picture-custom.ts';
import { natMappings, natNotes, natWires } from './picture-nat-proxy.ts';
import { MOST, plain, sceneOf, type Scene, type Sides } from './picture-parts.ts';
import { vlanNotes, vlanWires } from './picture-private-vlan.ts';
import { bridgeNotes, bridgeWires } from './picture-pseudo-bridge.ts';
import type { Profile } from './profile.ts';

/** A profile as a picture. `settings` is what it comes to on `host` (`desire`). */
export function pictureOf(profile: Profile, settings: Settings, host: HostState): Picture {
  const scene = sceneOf(settings, host);
  const sides = [...sidesOf(profile, scene)];
  const switches = switchesOf(settings);
  return {
    profile: profile.name,
    kind: profile.kind,
    description: profile.description ?? null,
    wires: sides.slice(0, MOST.wires).map(([link, side]) => ({
      ...side(),
      interface: plain(link),
      mac: linkNamed(host, link)?.mac ?? null,
      addresses: scene.own.get(link) ?? [],
      switches: (switches.get(link) ?? []).map(plain),
    })),
    undrawn: Math.max(0, sides.length - MOST.wires),
    switches: switches.get(null) ?? [],
    mappings: profile.kind === 'nat-proxy' && profile.manageNat ? natMappings(profile) : [],
    notes: notesOf(profile, scene),
  };
}

function sidesOf(profile: Profile, scene: Scene): Sides {
  switch (profile.kind) {
    case 'pseudo-bridge':
      return bridgeWires(profile, scene);
    case 'private-vlan':
      return vlanWires(scene);
    case 'nat-proxy':
      return natWires(profile, scene);
    case 'custom':
      return customWires(profile, scene);
  }
}

function notesOf(profile: Profile, scene: Scene): readonly string[] {
  switch (profile.kind) {
    case 'pseudo-bridge':
      return bridgeNotes(profile);
    case 'private-vlan':
      return vlanNotes();
    case 'nat-proxy':
      return natNotes(profile, scene);
    case 'custom':
      return customNotes(profile, scene);
  }
}

/** `key=value` of each interface, and by null those of the router as a whole. */
function switchesOf({ settings }: Settings): ReadonlyMap<LinkName | null, string[]> {
  const switches = new Map<LinkName | null, string[]>();
  for (const { kind, subject, value } of settings) {
    if (kind !== 'sysctl') continue;
    const { group, holder, key } = sysctlParts(subject);
    const whole = group === 'global' || holder === 'all' || holder === 'default';
    const of = whole ? null : (holder as LinkName);
    const text = group !== 'global' && whole ? `${holder}/${key}=${value}` : `${key}=${value}`;
    enter(switches, of, text);
  }
  return switches;
}
