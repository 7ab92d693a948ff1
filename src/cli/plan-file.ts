import { createHash } from 'node:crypto';
import { readFileSafely } from '../host/read-file-safely.ts';
import { Failure } from '../model/failure.ts';
import { isSameChange, type Plan } from '../model/plan.ts';
import type { Profile } from '../profile/profile.ts';
import { planDocument } from '../render/plan-json.ts';
import { writePrivately } from './write-privately.ts';

interface PlanFile {
  readonly profiles: readonly Profile[];
  readonly operations: Plan['operations'];
  /** Which interfaces the plan was read for; absent in plans of older versions. */
  readonly links?: Plan['links'];
}

/** Writes the plan as its JSON document, with the profiles whole, so that it can be applied without them. */
export function savePlan(path: string, profiles: readonly Profile[], plan: Plan): void {
  const apply: PlanFile = { profiles, operations: plan.operations, links: plan.links };
  const content = { schema: 'parp.plan/1', ...planDocument(plan), apply: { ...apply, digest: digestOf(apply) } };
  writePrivately(path, `${JSON.stringify(content)}\n`);
}

/** The largest plan that is read, in bytes. */
const LARGEST_PLAN = 256 * 2 ** 20;

/** Reads what `plan --out` wrote, as carefully as a profile. Throws `Failure` 'invalid' for anything else, 'refused' for what others can write. */
export function loadPlan(path: string): PlanFile {
  const { bytes } = readFileSafely(path, { what: 'plan', largest: LARGEST_PLAN });
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (error) {
    throw new Failure('invalid', 'plan-file', `Read the plan ${path}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
  const isPlan = typeof value === 'object' && value !== null && 'schema' in value && value.schema === 'parp.plan/1' && 'apply' in value;
  const apply = isPlan ? (value as { apply: Partial<PlanFile & { digest: string }> }).apply : undefined;
  if (!Array.isArray(apply?.profiles) || !Array.isArray(apply.operations) || apply.digest !== digestOf(apply as PlanFile)) {
    throw new Failure('invalid', 'plan-file', `${path} is not a plan that \`parp plan --out\` wrote`);
  }
  return { profiles: apply.profiles, operations: apply.operations, ...(apply.links === undefined ? {} : { links: apply.links }) };
}

/** Tells a plan that was cut short or edited from the one that was written: its profiles are not checked once more. */
function digestOf({ profiles, operations, links }: PlanFile): string {
  return createHash('sha256')
    .update(JSON.stringify([profiles, operations, ...(links === undefined ? [] : [links])]))
    .digest('hex');
}

/** Throws `Failure` 'refused' where the host has moved on since the plan was made. */
export function refuseStale(file: PlanFile, plan: Plan): void {
  if (isSameChange({ operations: file.operations, links: file.links ?? plan.links }, plan)) return;
  throw new Failure('refused', 'stale-plan', 'The plan is stale: the host has changed since it was made', {
    remedy: 'Make a new one and read it: parp plan FILE --out PLAN.json',
  });
}
