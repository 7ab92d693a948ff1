import { WriteRefused } from '../engine/backend.ts';
import type { Operation } from '../model/operation.ts';

/** What the errno names of sysctl files mean in words, as strerror(3) says them. */
const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'Permission denied',
  EINVAL: 'Invalid argument',
  ENODEV: 'No such device',
  ENOENT: 'No such file or directory',
  EPERM: 'Operation not permitted',
  EROFS: 'Read-only file system',
};

/**
 * Which errno a helper's words stand for. iproute2 and nft hand on the kernel's answer as strerror(3) or as its extended
 * acknowledgement alone; the name is for the reader's eye and the engine's choice between giving up and taking up, never the only
 * ground of a write.
 */
const ERRNO_OF: readonly (readonly [words: string, errno: string])[] = [
  ['File exists', 'EEXIST'],
  ['Address already assigned', 'EEXIST'],
  ['Cannot find device', 'ENODEV'],
  ['No such device', 'ENODEV'],
  ['Device not found', 'ENODEV'],
  ['Network is down', 'ENETDOWN'],
  ['evice for nexthop is not up', 'ENETDOWN'],
  ['exthop device is not up', 'ENETDOWN'],
  ['Network is unreachable', 'ENETUNREACH'],
  ['Nexthop has invalid gateway', 'ENETUNREACH'],
  ['No such process', 'ESRCH'],
  ['Address not found', 'EADDRNOTAVAIL'],
  ['Cannot assign requested address', 'EADDRNOTAVAIL'],
  ['No buffer space available', 'ENOBUFS'],
  ['Operation not supported', 'EOPNOTSUPP'],
  ['Invalid prefsrc address', 'EINVAL'],
  ...Object.entries(WORDS).map(([errno, words]) => [words, errno] as const),
];

export function errnoOfWords(words: string): string | undefined {
  return ERRNO_OF.find(([known]) => words.includes(known))?.[1];
}

/** A sysctl that was not written: the errno alone is known. */
export function refusedWith(operation: Operation, errno: string): WriteRefused {
  const words = WORDS[errno];
  return new WriteRefused(operation, `${attempt(operation)}: ${words === undefined ? errno : `${words} (${errno})`}`, errno);
}

/** An operation that a helper did not carry out, with what the helper said. */
export function refusedSaying(operation: Operation, words: string): WriteRefused {
  const errno = errnoOfWords(words);
  return new WriteRefused(operation, `${attempt(operation)}: ${words}${errno === undefined ? '' : ` (${errno})`}`, errno);
}

/** What was tried, on what: `Add route 10.0.0.5/32 dev eth1`. */
export function attempt(operation: Operation): string {
  const verb = operation.to === null ? 'Delete' : operation.from === null ? 'Add' : 'Change';
  switch (operation.kind) {
    case 'sysctl':
      return `Write ${operation.subject} = ${operation.to ?? ''}`;
    case 'address':
      return `${verb} address ${operation.subject.address} dev ${operation.subject.interface}`;
    case 'route': {
      const { type, interface: link, via } = operation.to ?? operation.from ?? { type: 'unicast' };
      const words = [type === 'unicast' ? '' : `${type} `, operation.subject.to, via === undefined ? '' : ` via ${via}`];
      return `${verb} route ${words.join('')}${link === undefined ? '' : ` dev ${link}`}`;
    }
    case 'proxy':
      return `${verb} proxy neighbour ${operation.subject.address} dev ${operation.subject.interface}`;
    case 'nat':
      return `${verb} nftables table ip ${operation.subject}`;
  }
}
