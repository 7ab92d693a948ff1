import { Failure } from './failure.ts';
import type { Operation } from './operation.ts';
import type { HostState } from './state.ts';

/**
 * Whether tables are at stake that nobody can see: where the ruleset could not be read, a table that is not there and one that is look
 * the same, and giving it back would be forgotten rather than done.
 */
export function unseenTables(operations: readonly Operation[], state: HostState): string[] {
  if (state.nftables !== null) return [];
  return operations.flatMap((operation) => (operation.kind === 'nat' ? [operation.subject] : []));
}

/** Throws `Failure` 'refused' where operations concern tables that nobody can see. */
export function requireRuleset(operations: readonly Operation[], state: HostState): void {
  const [table] = unseenTables(operations, state);
  if (table !== undefined) throw new Failure('refused', 'unreadable-ruleset', unreadable(table), { remedy: 'apt install nftables' });
}

/** Why a table cannot be dealt with. */
export function unreadable(table: string): string {
  return `The nftables ruleset cannot be read, so that nobody knows what of table ip ${table} is there`;
}
