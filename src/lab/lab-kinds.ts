import { custom } from './custom.ts';
import type { LabKind } from './lab-kind.ts';
import { natProxy } from './nat-proxy.ts';
import { privateVlan } from './private-vlan.ts';
import { pseudoBridge } from './pseudo-bridge.ts';

/** Every network that `parp lab` can build; the first is the one without a name given. */
export const LAB_KINDS: readonly [LabKind, ...LabKind[]] = [pseudoBridge, privateVlan, natProxy, custom];
