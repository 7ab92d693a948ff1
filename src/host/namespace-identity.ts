import { readFileSync, statSync } from 'node:fs';
import { netnsCookie } from './libc.ts';

/** What tells this network namespace, of this boot, from every other. */
export interface NamespaceIdentity {
  /** Names the state folder; a later namespace can get the same one (KERNEL.md F110). */
  readonly inode: string;
  /** SO_NETNS_COOKIE: unique for one boot; `0` where the kernel has none. */
  readonly cookie: string;
  readonly bootId: string;
}

/** The namespace of the calling thread; inode and cookie are decimal text of 64-bit numbers. */
export function namespaceIdentity(): NamespaceIdentity {
  return {
    inode: statSync('/proc/thread-self/ns/net', { bigint: true }).ino.toString(),
    cookie: netnsCookie(),
    bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
  };
}
