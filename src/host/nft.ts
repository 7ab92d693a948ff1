import { Failure } from '../model/failure.ts';
import type { Operation } from '../model/operation.ts';
import { natScript } from '../render/nft.ts';
import { isObject } from './ip-json.ts';
import { refusedSaying } from './refusal.ts';
import { runHelper } from './run-helper.ts';

/** Rulesets with sets of addresses can be large. */
const LARGEST_RULESET = 256 * 1024 * 1024;

/**
 * The objects of `nft -j list ruleset`; null where nft is not installed or the kernel does not show them (without CAP_NET_ADMIN, or
 * without nf_tables). Throws `Failure` for an nft that answers nonsense, or not at all.
 */
export async function readRuleset(): Promise<readonly unknown[] | null> {
  const listing = await listRuleset();
  if (listing === null) return null;
  const objects = objectsOf(listing);
  if (objects === null)
    throw new Failure('refused', 'unreadable-ruleset', '`nft -j list ruleset` does not answer with an nftables ruleset');
  return objects;
}

async function listRuleset(): Promise<string | null> {
  try {
    const { exitCode, stdout } = await runHelper('nft', ['-j', 'list', 'ruleset'], { maxOutput: LARGEST_RULESET });
    return exitCode === 0 ? stdout : null;
  } catch (error) {
    if (error instanceof Failure && error.code === 'missing-program') return null;
    throw error;
  }
}

function objectsOf(listing: string): readonly unknown[] | null {
  // Old versions of nft list an empty ruleset as nothing.
  if (listing.trim() === '') return [];
  try {
    const document: unknown = JSON.parse(listing);
    const objects = isObject(document) ? document['nftables'] : null;
    return Array.isArray(objects) ? objects : null;
  } catch {
    return null;
  }
}

/** Replaces or deletes one table of parp's in one transaction. Throws `WriteRefused`; nothing is changed then. */
export async function writeNatTable(operation: Extract<Operation, { readonly kind: 'nat' }>): Promise<void> {
  const { exitCode, stderr } = await runHelper('nft', ['-f', '-'], { input: natScript(operation.subject, operation.to) });
  if (exitCode !== 0) throw refusedSaying(operation, complaint(stderr));
}

/** The first thing that nft complains of, without its place in the script. */
function complaint(stderr: string): string {
  const line = stderr.split('\n').find((text) => text.trim() !== '') ?? 'no reason given';
  return line.replace(/^\S+:\d+:\d+-\d+: /, '').replace(/^Error: /, '');
}
