import type { Conflict } from '../model/plan.ts';
import type { Settings } from '../model/settings.ts';
import type { HostState } from '../model/state.ts';
import { customSettings } from './custom-settings.ts';
import { natProxySettings } from './nat-proxy-settings.ts';
import { privateVlanSettings } from './private-vlan-settings.ts';
import type { Profile } from './profile.ts';
import { pseudoBridgeSettings } from './pseudo-bridge-settings.ts';

export interface Desired {
  readonly settings: Settings;
  /** Why the profile cannot be in force on this host, whatever is done: a missing interface, an own address that it would translate. */
  readonly conflicts: readonly Conflict[];
}

/** What a profile comes to on a host. `host` is the host without parp (`withoutParp`), so that the result does not depend on what is in
 * force; only gateways are looked for on the host as it is (`present`): they may lie on another profile's subnet. */
export function desire(profile: Profile, host: HostState, present: HostState = host): Desired {
  switch (profile.kind) {
    case 'pseudo-bridge':
      return pseudoBridgeSettings(profile, host);
    case 'private-vlan':
      return privateVlanSettings(profile, host);
    case 'nat-proxy':
      return natProxySettings(profile, host);
    case 'custom':
      return customSettings(profile, host, present);
  }
}
