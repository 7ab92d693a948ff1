import { EMPTY_LEDGER } from '../../src/model/ledger.ts';
import type { Plan } from '../../src/model/plan.ts';

/** A plan of nothing at all. */
export const EMPTY_PLAN: Plan = {
  profiles: [],
  removed: [],
  operations: [],
  links: {},
  announcements: [],
  claims: [],
  flush: [],
  risks: [],
  conflicts: [],
  left: [],
  answered: [],
  foretold: [],
  desired: [],
  ledger: EMPTY_LEDGER,
};
