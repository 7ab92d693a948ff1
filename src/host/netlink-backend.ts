import { setImmediate as breathe } from 'node:timers/promises';
import { WriteRefused, type HostBackend } from '../engine/backend.ts';
import { failpoint } from '../engine/failpoint.ts';
import { Failure } from '../model/failure.ts';
import type { LinkIdentities } from '../model/link-identity.ts';
import { invert, isHold, type Operation } from '../model/operation.ts';
import { ipv4ToNumber } from '../net/ipv4.ts';
import type { LinkName } from '../net/link-name.ts';
import { sysctlParts } from '../net/sysctl-path.ts';
import { isNeighTime } from '../render/argv.ts';
import { inverseStep, netlinkSysctl, stepsOf, writeStep, type IndexOf, type NetlinkOperation, type Step } from '../render/rtnetlink.ts';
import type { Answer } from '../wire/netlink/answer.ts';
import { MessageWriter } from '../wire/netlink/message.ts';
import { deleteNeighbour, NUD_NOARP, NUD_PERMANENT } from '../wire/netlink/neighbour.ts';
import { isReadOnly, requireFiles } from './capabilities.ts';
import { findProgram } from './find-program.ts';
import { errnoName, errnoText, interfaceIndex } from './libc.ts';
import { countMeant, refusedMissing, refusedMoved } from './links-meant.ts';
import { AnswersLost, NETLINK_ROUTE, NetlinkSocket } from './netlink-socket.ts';
import { observeHost, readNeighbours } from './netlink-observe.ts';
import { writeNatTable } from './nft.ts';
import { attempt } from './refusal.ts';
import { isIdle, writeSysctlFile } from './write-operation.ts';

/** The backend that reads and writes by netlink: lists, and packs of messages with one acknowledgement each. */
export function createNetlinkBackend(socket = new NetlinkSocket(NETLINK_ROUTE)): HostBackend {
  return {
    name: 'netlink',
    observe: async () => observeHost(socket),
    requireWritable: (operations) => {
      if (operations.some((operation) => operation.kind === 'nat' && !isHold(operation))) findProgram('nft');
      requireFiles(operations, (path) => netlinkSysctl(path) !== null);
    },
    write: async (operations, progress, links) => writeOperations(socket, operations, progress, links),
    flush: async (neighbours) => flushNeighbours(socket, neighbours),
  };
}

/** How many operations one pack holds: between two of them the progress is told, and a signal is heard. */
const PACK = 1000;

async function writeOperations(
  socket: NetlinkSocket,
  operations: readonly Operation[],
  progress: (done: number) => void = () => {},
  links: LinkIdentities = {},
): Promise<void> {
  const indexOf = indexIn(links);
  let done = 0;
  while (done < operations.length) {
    const group = groupFrom(operations, done);
    await writeGroup(socket, group, links, indexOf);
    done += group.length;
    failpoint('operation.written');
    // Signals are heard between two packs.
    await breathe();
    progress(done);
  }
}

/** Which operations can be written together: within a pack the kernel goes on behind what it refuses. */
function groupKey(operation: Operation): string {
  if (isIdle(operation)) return 'idle';
  if (operation.kind === 'sysctl') return sysctlParts(operation.subject).key;
  if (standsAlone(operation)) return `${operation.kind} alone`;
  return operation.kind === 'route' ? `route ${(operation.to ?? operation.from)?.type}` : operation.kind;
}

/** What cannot be taken back at once: tables, and deletions of addresses, with which go routes and secondary addresses of others. */
function standsAlone(operation: Operation): boolean {
  return operation.kind === 'nat' || (operation.kind === 'address' && operation.from !== null);
}

function groupFrom(operations: readonly Operation[], from: number): readonly Operation[] {
  const first = operations[from];
  if (first === undefined) return [];
  const key = groupKey(first);
  let to = from + 1;
  for (; to < operations.length && to < from + PACK; to++) {
    const operation = operations[to];
    if (operation === undefined || groupKey(operation) !== key || standsAlone(operation)) break;
  }
  return operations.slice(from, to);
}

async function writeGroup(socket: NetlinkSocket, group: readonly Operation[], links: LinkIdentities, indexOf: IndexOf): Promise<void> {
  const [first] = group;
  if (first === undefined || isIdle(first)) return;
  if (first.kind === 'nat') {
    countMeant([first], links);
    await writeNatTable(first);
  } else if (isFile(first)) for (const operation of group.filter(isFile)) writeFile(socket, operation, links, indexOf);
  else writePack(socket, group as readonly NetlinkOperation[], links, indexOf);
}

/**
 * Whether it is written into its file. That is faster than RTM_SETLINK, which tells of the whole link each time, and does what that leaves out: it
 * switches off what cannot be forwarded (dev_disable_lro), drops cached routes, and tells those who listen to RTNLGRP_IPV4_NETCONF. The
 * times of the neighbour table are no whole milliseconds there.
 */
function isFile(operation: Operation): operation is SysctlOperation {
  return operation.kind === 'sysctl' && !isNeighTime(operation.subject);
}

type SysctlOperation = Extract<Operation, { kind: 'sysctl' }>;

/** RTM_SETLINK serves where /proc/sys is read-only (KERNEL.md F78), as far as it goes. */
function writeFile(socket: NetlinkSocket, operation: SysctlOperation, links: LinkIdentities, indexOf: IndexOf): void {
  try {
    writeSysctlFile(operation, links);
  } catch (error) {
    if (!(error instanceof WriteRefused) || !isReadOnly(error.errno) || netlinkSysctl(operation.subject) === null) throw error;
    writePack(socket, [operation], links, indexOf);
  }
}

/** One message of a pack. */
interface Part {
  readonly sequence: number;
  readonly operation: NetlinkOperation;
  readonly step: Step;
}

/**
 * Writes a pack. Where the kernel refuses one of its messages, what went through behind that one is taken back at once, so that the operations are
 * carried out up to the refused one and no further. Throws `WriteRefused`.
 */
function writePack(socket: NetlinkSocket, operations: readonly NetlinkOperation[], links: LinkIdentities, indexOf: IndexOf): void {
  const parts = operations.flatMap((operation) => stepsOf(operation).map((step) => ({ sequence: socket.next(), operation, step })));
  const refusals = answersTo(socket, parts, indexOf, operations);
  const [refusal] = refusals;
  const at = parts.findIndex(({ sequence }) => sequence === refusal?.sequence);
  const refused = parts[at];
  if (refusal === undefined || refused === undefined) return;
  const failed = new Set(refusals.map(({ sequence }) => sequence));
  const from = parts.findIndex(({ operation }) => operation === refused.operation);
  const excess = parts.slice(from).filter(({ sequence }) => !failed.has(sequence));
  const inverses = excess
    .toReversed()
    .map(({ operation, step }) => ({ sequence: socket.next(), operation: invert(operation), step: inverseStep(step) }))
    // A sysctl of which no value is known from before.
    .filter(({ operation }) => stepsOf(operation).length > 0);
  const [stuck] = answersTo(socket, inverses, indexOf, operations);
  if (stuck !== undefined) {
    // Its own undoing is not whole: everything up to the end of the pack may be there. Without an errno, as EEXIST would say that the last is not parp's.
    const last = operations.at(-1) ?? refused.operation;
    throw new WriteRefused(last, `${refusedBy(refused.operation, refusal, links).message}; and behind it: ${wordsOf(stuck)}`);
  }
  throw refusedBy(refused.operation, refusal, links);
}

/** Sends messages of the operations in one pack; gives the refusals. */
function answersTo(
  socket: NetlinkSocket,
  parts: readonly Part[],
  indexOf: IndexOf,
  operations: readonly NetlinkOperation[],
): readonly Answer[] {
  const [first, last] = [parts[0], parts.at(-1)];
  if (first === undefined || last === undefined) return [];
  const writer = new MessageWriter(parts.length * 80);
  for (const { sequence, operation, step } of parts) writeStep(writer, sequence, step, operation, indexOf);
  try {
    return socket.carryOut(writer, last.sequence);
  } catch (error) {
    if (!(error instanceof AnswersLost)) throw error;
    // How far the kernel came is not known. The last of the pack stands for it, so that nothing of it is done twice.
    throw new WriteRefused(
      operations.at(-1) ?? last.operation,
      `${attempt(first.operation)} and up to ${parts.length - 1} more: ${error.message}`,
      'ENOBUFS',
    );
  }
}

/** What the kernel may say where a link is gone: so RTM_SETNEIGHTBL (ENOENT), so a route with a gateway behind it (ENETUNREACH). */
const SAID_OF_GONE: ReadonlySet<string> = new Set(['ENODEV', 'ENOENT', 'ENETUNREACH']);

function refusedBy(operation: Operation, answer: Answer, links: LinkIdentities): WriteRefused {
  const errno = errnoName(answer.errno);
  // Another link may bear the name already.
  const gone = SAID_OF_GONE.has(errno) ? (refusedMissing(operation) ?? refusedMoved(operation, links)) : undefined;
  return gone ?? new WriteRefused(operation, `${attempt(operation)}: ${wordsOf(answer)}`, errno);
}

/** `Nexthop has invalid gateway (ENETUNREACH)`, without the kernel's preface and full stop. */
function wordsOf({ errno, words }: Answer): string {
  if (words === undefined) return errnoText(errno);
  return `${words.replace(/^ipv4: /, '').replace(/\.$/, '')} (${errnoName(errno)})`;
}

/** No link has this number: the kernel then says by itself that there is none. */
const NO_LINK = 0x7fffffff;

/** The numbers of links: of those that were known when it was planned, and of others by their names of now. */
function indexIn(links: LinkIdentities): IndexOf {
  const found = new Map<LinkName, number>();
  return (name) => {
    const known = links[name]?.index ?? found.get(name);
    if (known !== undefined) return known;
    const index = interfaceIndex(name);
    found.set(name, index > 0 ? index : NO_LINK);
    return index > 0 ? index : NO_LINK;
  };
}

async function flushNeighbours(socket: NetlinkSocket, neighbours: Parameters<HostBackend['flush']>[0]): Promise<number> {
  if (neighbours.length === 0) return 0;
  const indexOf = indexIn({});
  const wanted = new Set(neighbours.map(({ address, interface: link }) => `${indexOf(link)} ${ipv4ToNumber(address)}`));
  const entries = readNeighbours(socket).filter(
    ({ index, address, state }) => wanted.has(`${index} ${address}`) && state !== NUD_NOARP && state !== NUD_PERMANENT,
  );
  let dropped = 0;
  for (let from = 0; from < entries.length; from += PACK) {
    const pack = entries.slice(from, from + PACK);
    const writer = new MessageWriter();
    let last = 0;
    for (const { index, address } of pack) deleteNeighbour(writer, (last = socket.next()), index, address);
    const refusals = socket.carryOut(writer, last);
    const other = refusals.find(({ errno }) => !GONE.has(errnoName(errno)));
    if (other !== undefined) throw new Failure('failed', 'flush-refused', `Drop neighbour entries: ${wordsOf(other)}`);
    dropped += pack.length - refusals.length;
    await breathe();
  }
  return dropped;
}

/** What an entry that went by itself, or with its link, is answered with. */
const GONE: ReadonlySet<string> = new Set(['ENOENT', 'ENODEV']);
