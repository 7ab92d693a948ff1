import { WriteRefused, type HostBackend } from '../engine/backend.ts';
import { failpoint } from '../engine/failpoint.ts';
import { Failure } from '../model/failure.ts';
import type { LinkIdentities } from '../model/link-identity.ts';
import { invert, type Operation } from '../model/operation.ts';
import type { Neighbour } from '../model/state.ts';
import { argvOf, isNeighTime } from '../render/argv.ts';
import { requirePrograms, requireWritable } from './capabilities.ts';
import { runIpCommands, runIpCommandsAnyway, type IpCommand } from './ip-batch.ts';
import { parseIpJson } from './ip-json.ts';
import { observeHost } from './iproute2-observe.ts';
import { readNeighbours } from './iproute2-state.ts';
import { byNumber, countMeant, numbersOf } from './links-meant.ts';
import { writeNatTable } from './nft.ts';
import { attempt, refusedSaying } from './refusal.ts';
import { runHelper } from './run-helper.ts';
import { isIdle, writeSysctlFile } from './write-operation.ts';

/** The backend that reads with `ip -json` and `nft -j` and writes with `ip -batch`, `nft -f` and the files of /proc/sys. */
export function createIproute2Backend(): HostBackend {
  return {
    name: 'iproute2',
    observe: observeHost,
    requireWritable,
    write: writeOperations,
    flush: flushNeighbours,
  };
}

/** How many operations one `ip` is given: between two of them the progress is told, and a signal is heard. */
const BATCH = 500;

async function writeOperations(
  operations: readonly Operation[],
  progress: (done: number) => void = () => {},
  links: LinkIdentities = {},
): Promise<void> {
  requirePrograms(operations);
  let done = 0;
  while (done < operations.length) {
    const first = operations[done];
    if (first === undefined) return;
    if (isIdle(first)) {
      done++;
    } else if (first.kind === 'nat') {
      countMeant([first], links);
      await writeNatTable(first);
      done++;
    } else if (isFile(first)) {
      writeSysctlFile(first, links);
      done++;
    } else {
      const group = ipGroup(operations, done);
      const meant = group.slice(0, countMeant(group, links));
      await writeWithIp(meant, links);
      done += meant.length;
    }
    failpoint('operation.written');
    progress(done);
  }
}

function isFile(operation: Operation): operation is Extract<Operation, { kind: 'sysctl' }> {
  return operation.kind === 'sysctl' && !isNeighTime(operation.subject);
}

/** The operations from here on that one `ip` can carry out. */
function ipGroup(operations: readonly Operation[], from: number): readonly Operation[] {
  let to = from;
  for (; to < operations.length && to < from + BATCH; to++) {
    const operation = operations[to];
    if (operation === undefined || operation.kind === 'nat' || isFile(operation)) break;
  }
  return operations.slice(from, to);
}

async function writeWithIp(group: readonly Operation[], links: LinkIdentities): Promise<void> {
  const numbers = numbersOf(group, links);
  const commands = group.flatMap((operation) =>
    argvOf(operation).map(([, ...args], step) => ({ operation, args: byNumber(args, numbers), step })),
  );
  const [first, last] = [group[0], group.at(-1)];
  if (commands.length === 0 || first === undefined || last === undefined) return;
  const stop = await runIpCommands(commands.map(({ args }) => args)).catch((error: unknown) => {
    if (error instanceof Failure) return { at: null, words: error.message };
    throw error;
  });
  if (stop === null) return;
  const stopped = stop.at === null ? undefined : commands[stop.at];
  if (stopped === undefined) {
    // How far a helper came that was killed is not known. The last of the group stands for it, so that nothing of it is done twice.
    const others = group.length > 1 ? ` and ${group.length - 1} more` : '';
    throw new WriteRefused(last, `${attempt(first)}${others}: ${stop.words}`);
  }
  if (stopped.step > 0) await restore(stopped.operation, numbers);
  throw refusedSaying(stopped.operation, stop.words);
}

/** Adds what was deleted on the way to a change that was then refused, as far as the system lets it. */
async function restore(operation: Operation, numbers: ReadonlyMap<string, string>): Promise<void> {
  const addition = argvOf(invert(operation)).at(-1);
  if (addition !== undefined) await runIpCommands([byNumber(addition.slice(1), numbers)]);
}

async function flushNeighbours(neighbours: readonly Pick<Neighbour, 'address' | 'interface'>[]): Promise<number> {
  if (neighbours.length === 0) return 0;
  const { stdout } = await runHelper('ip', ['-4', '-json', 'neigh', 'show', 'nud', 'all'], { maxOutput: 256 * 1024 * 1024 });
  const wanted = new Set(neighbours.map(keyOf));
  const dynamic = readNeighbours(parseIpJson(stdout)[0] ?? []).filter(
    (neighbour) => wanted.has(keyOf(neighbour)) && neighbour.state !== 'PERMANENT' && neighbour.state !== 'NOARP',
  );
  const commands: IpCommand[] = dynamic.map(({ address, interface: link }) => ['neigh', 'del', address, 'dev', link]);
  const refused = await runIpCommandsAnyway(commands);
  const other = refused.find(({ errno }) => errno !== 'ENOENT' && errno !== 'ENODEV');
  if (other !== undefined) throw new Failure('failed', 'flush-refused', `Drop neighbour entries: ${other.words}`);
  return commands.length - refused.length;
}

function keyOf({ address, interface: link }: Pick<Neighbour, 'address' | 'interface'>): string {
  return `${address} ${link}`;
}
