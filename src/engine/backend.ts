import type { LinkIdentities } from '../model/link-identity.ts';
import type { Operation } from '../model/operation.ts';
import type { HostState, Neighbour } from '../model/state.ts';

/** One way to read and change the kernel. Every backend leaves the same host behind for the same operations. */
export interface Backend {
  readonly name: 'netlink' | 'iproute2';
  observe(): Promise<HostState>;
  /**
   * Carries the operations out in their order, each at most once, and stops at the first that the system refuses.
   * Throws `WriteRefused`; what was done before it stays done. `links` says which interfaces the names mean: no other one is written
   * to, whoever bears the name by then.
   */
  write(operations: readonly Operation[], progress?: (done: number) => void, links?: LinkIdentities): Promise<void>;
  /** Drops dynamic neighbour entries; those gone already are done. Returns how many were dropped. */
  flush(neighbours: readonly Pick<Neighbour, 'address' | 'interface'>[]): Promise<number>;
}

/** A backend of this machine. */
export interface HostBackend extends Backend {
  /** Asks, without writing, whether the system will take the operations at all. Throws `Failure` with the first thing that stands against it. */
  requireWritable(operations: readonly Operation[]): void;
}

/** The system's answer to one operation: what was tried, on what, and what it said. */
export class WriteRefused extends Error {
  readonly operation: Operation;
  /** An errno name such as EEXIST where it is known. */
  readonly errno: string | undefined;

  constructor(operation: Operation, message: string, errno?: string) {
    super(message);
    this.name = 'WriteRefused';
    this.operation = operation;
    this.errno = errno;
  }
}
