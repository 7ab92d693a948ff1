import { WriteRefused } from '../engine/backend.ts';
import { namesIn, type LinkIdentities } from '../model/link-identity.ts';
import type { Operation } from '../model/operation.ts';
import { interfaceIndex } from './libc.ts';
import { attempt } from './refusal.ts';

/** The names in the operations that mean another interface by now than they are known for. */
export function movedNames(operations: readonly Operation[], links: LinkIdentities): ReadonlySet<string> {
  const names = [...namesIn(operations)];
  return new Set(
    names.filter((name) => {
      const known = links[name];
      return known !== undefined && interfaceIndex(name) !== known.index;
    }),
  );
}

/** How many of the operations, from the first, name the interfaces alone that they mean. Throws `WriteRefused` where the first does not. */
export function countMeant(operations: readonly Operation[], links: LinkIdentities): number {
  const moved = movedNames(operations, links);
  if (moved.size === 0) return operations.length;
  const count = operations.findIndex((operation) => [...namesIn([operation])].some((name) => moved.has(name)));
  const refusal = count > 0 || operations[0] === undefined ? undefined : refusedMoved(operations[0], links);
  if (refusal !== undefined) throw refusal;
  return count;
}

/** The refusal of an operation that names an interface which is not the one that it means; undefined where all are. */
export function refusedMoved(operation: Operation, links: LinkIdentities): WriteRefused | undefined {
  const names = [...movedNames([operation], links)].map((name) => JSON.stringify(name));
  if (names.length === 0) return undefined;
  return new WriteRefused(
    operation,
    `${attempt(operation)}: ${names.join(' and ')} is another interface meanwhile, or gone (ENODEV)`,
    'ENODEV',
  );
}

/** The refusal of an operation that names an interface which is not there, in the words of `ip`; undefined where all are. */
export function refusedMissing(operation: Operation): WriteRefused | undefined {
  const missing = [...namesIn([operation])].find((name) => name !== 'all' && name !== 'default' && interfaceIndex(name) < 0);
  if (missing === undefined) return undefined;
  return new WriteRefused(operation, `${attempt(operation)}: Cannot find device ${JSON.stringify(missing)} (ENODEV)`, 'ENODEV');
}

/**
 * The word by which `ip` finds each known interface whatever it is called meanwhile: it takes `if101` for number 101, where no interface bears
 * that name (ll_name_to_index).
 */
export function numbersOf(operations: readonly Operation[], links: LinkIdentities): ReadonlyMap<string, string> {
  const numbers = [...namesIn(operations)].flatMap((name) => {
    const known = links[name];
    return known === undefined ? [] : [[name, `if${known.index}`] as const];
  });
  return new Map(numbers.filter(([, number]) => interfaceIndex(number) < 0));
}

/** The words of an `ip` command with those in place of the names of interfaces. */
export function byNumber(words: readonly string[], numbers: ReadonlyMap<string, string>): string[] {
  return words.map((word, at) => (words[at - 1] === 'dev' && words[at - 2] !== 'dev' ? (numbers.get(word) ?? word) : word));
}
