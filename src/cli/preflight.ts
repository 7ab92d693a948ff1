import type { HostBackend } from '../engine/backend.ts';
import { missingCapabilities } from '../host/capabilities.ts';
import type { Plan } from '../model/plan.ts';
import { requireRuleset } from '../model/ruleset.ts';
import type { HostState } from '../model/state.ts';
import { changesOf } from '../render/plan-json.ts';
import type { Terminal } from './terminal.ts';

/** What of the wire an apply may use. */
export interface Wire {
  readonly probe: boolean;
  readonly announce: boolean;
}

/**
 * Checks whatever can be checked before the first write; throws `Failure` 'refused'. Without CAP_NET_RAW addresses cannot be asked for,
 * which only --no-probe accepts, and are not announced, which is said.
 */
export function preflight(plan: Plan, state: HostState, backend: HostBackend, wanted: Wire, terminal: Terminal): Wire {
  backend.requireWritable(changesOf(plan));
  requireRuleset(plan.operations, state);
  const probe = wanted.probe && plan.claims.length > 0;
  const announce = wanted.announce && plan.announcements.length > 0;
  if (!probe && !announce) return { probe, announce };
  const missing = missingCapabilities([{ name: 'CAP_NET_RAW', need: 'ask and announce with raw ARP frames' }]);
  if (missing === null) return { probe, announce };
  if (probe) throw missing;
  terminal.note(`Warning: ${missing.message}; nothing is announced`);
  return { probe, announce: false };
}
