import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/*
 * What a disk can hold after a crash, as far as POSIX and fsync(2) promise: what was written to a file and not synced may be there, in part, as zeros,
 * or not at all; what was done in a folder and not synced may have happened or not, each by itself, whatever came after it. A rename happens or
 * does not, it never does half. A synced file can lack its name, as long as its folder was not synced.
 */

/** The system calls to record with `strace -ff -y -xx`. */
export const RECORDED =
  'openat,open,creat,write,writev,pwrite64,pwritev,fsync,fdatasync,rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,rmdir,mkdir,mkdirat,ftruncate,truncate,fallocate,close,dup,dup2,dup3';

/** One thing that a program did to the files below a folder. */
export type FileOperation =
  | { readonly kind: 'mkdir' | 'unlink'; readonly path: string }
  | { readonly kind: 'rename' | 'link'; readonly path: string; readonly to: string }
  | { readonly kind: 'open'; readonly path: string; readonly fd: number; readonly creates: boolean; readonly truncates: boolean }
  | { readonly kind: 'write'; readonly fd: number; readonly at: number; readonly bytes: Buffer }
  | { readonly kind: 'sync' | 'close'; readonly fd: number };

/** The operations below `root` that a trace of `strace -ff` tells of, one file of it. Throws for a call that the model does not know. */
export function operationsIn(trace: string, root: string): FileOperation[] {
  const open = new Set<number>();
  return trace.split('\n').flatMap((line): FileOperation[] => {
    const match = /^(\w+)\((.*)\)\s+= (-?\d+)/.exec(line);
    if (match === null || Number(match[3]) < 0) return [];
    const [, name = '', text = '', answer] = match;
    const args = argumentsIn(text);
    const [first = '', second = ''] = args.filter((one) => one.startsWith('"')).map((one) => unquoted(one).toString('utf8'));
    const fd = Number(args[0]?.split('<')[0]);
    const inside = (path: string): boolean => path.startsWith(`${root}/`) || path === root;
    switch (name) {
      case 'mkdir':
        return inside(first) ? [{ kind: 'mkdir', path: first }] : [];
      case 'unlink':
        return inside(first) ? [{ kind: 'unlink', path: first }] : [];
      case 'rename':
      case 'link':
        return inside(first) ? [{ kind: name, path: first, to: second }] : [];
      case 'openat':
        if (!inside(first)) return [];
        open.add(Number(answer));
        return [{ kind: 'open', path: first, fd: Number(answer), creates: text.includes('O_CREAT'), truncates: text.includes('O_TRUNC') }];
      case 'close':
      case 'fsync':
      case 'fdatasync':
        if (!open.has(fd)) return [];
        if (name === 'close') open.delete(fd);
        return [{ kind: name === 'close' ? 'close' : 'sync', fd }];
      case 'pwrite64':
        return open.has(fd) ? [{ kind: 'write', fd, at: Number(args[3]), bytes: unquoted(args[1] ?? '').subarray(0, Number(answer)) }] : [];
      default:
        if (open.has(fd) || inside(first)) throw new Error(`The model does not know ${name}: ${line.slice(0, 200)}`);
        return [];
    }
  });
}

/** Arguments at the commas outside of quotes and <paths>; with -xx neither holds a comma. */
function argumentsIn(text: string): string[] {
  return text.split(', ');
}

function unquoted(text: string): Buffer {
  return Buffer.from(text.replaceAll(/"|\.\.\.|\\x/g, ''), 'hex');
}

interface Write {
  readonly at: number;
  readonly bytes: Buffer;
}
/** A name that means something else from now on; null where it means nothing any more. */
type Naming = readonly (readonly [name: string, inode: number | null])[];

interface Inode {
  readonly kind: 'file' | 'folder';
  /** What the disk has for certain. */
  content: Buffer;
  names: Map<string, number>;
  /** What it may have. */
  writes: Write[];
  namings: Naming[];
}

/** A tree of files as it is after a crash: bytes by path, null for a folder; sorted by path. */
export type Tree = ReadonlyMap<string, Buffer | null>;

/** A disk on which operations are done one after the other, and that can crash at any time. */
export class Disk {
  readonly #root: string;
  readonly #inodes: Inode[] = [];
  /** What every path means to a program that runs on. */
  readonly #now = new Map<string, number>();
  readonly #open = new Map<number, number>();

  /** Begins with what is really in `root`, all of it synced. */
  constructor(root: string) {
    this.#root = root;
    this.#load(root);
  }

  #load(path: string): number {
    const isFolder = statSync(path).isDirectory();
    const inode = this.#make(path, isFolder ? 'folder' : 'file');
    const node = this.#inode(inode);
    if (!isFolder) node.content = readFileSync(path);
    for (const name of isFolder ? readdirSync(path) : []) node.names.set(name, this.#load(join(path, name)));
    return inode;
  }

  #make(path: string, kind: Inode['kind']): number {
    const inode = this.#inodes.push({ kind, content: Buffer.alloc(0), names: new Map(), writes: [], namings: [] }) - 1;
    this.#now.set(path, inode);
    return inode;
  }

  #inode(number: number | undefined): Inode {
    const inode = number === undefined ? undefined : this.#inodes[number];
    if (inode === undefined) throw new Error('The trace names a file that is not there');
    return inode;
  }

  #name(path: string, inode: number | null): Naming[number] {
    if (inode === null) this.#now.delete(path);
    else this.#now.set(path, inode);
    return [basename(path), inode];
  }

  #folderOf(path: string): Inode {
    return this.#inode(this.#now.get(dirname(path)));
  }

  apply(operation: FileOperation): void {
    switch (operation.kind) {
      case 'mkdir':
        this.#folderOf(operation.path).namings.push([this.#name(operation.path, this.#make(operation.path, 'folder'))]);
        break;
      case 'unlink':
        this.#folderOf(operation.path).namings.push([this.#name(operation.path, null)]);
        break;
      case 'link':
      case 'rename': {
        const { path, to, kind } = operation;
        if (dirname(path) !== dirname(to)) throw new Error('The model knows no renaming from one folder to another');
        const inode = this.#now.get(path) ?? null;
        // Two names of one file are left as they are (rename(2)).
        if (kind === 'rename' && this.#now.get(to) === inode) break;
        const gone = kind === 'rename' ? [this.#name(path, null)] : [];
        this.#folderOf(path).namings.push([...gone, this.#name(to, inode)]);
        break;
      }
      case 'open': {
        const { path, fd, creates, truncates } = operation;
        if (truncates) throw new Error('The model knows no truncating');
        const known = this.#now.get(path);
        if (known === undefined && creates) this.#folderOf(path).namings.push([this.#name(path, this.#make(path, 'file'))]);
        this.#open.set(fd, this.#now.get(path) ?? -1);
        break;
      }
      case 'close':
        this.#open.delete(operation.fd);
        break;
      case 'write':
        this.#inode(this.#open.get(operation.fd)).writes.push(operation);
        break;
      case 'sync':
        settle(this.#inode(this.#open.get(operation.fd)));
    }
  }

  /** Every tree that the disk can hold if it crashes now, each once. */
  *crashes(): Generator<Tree> {
    const seen = new Set<string>();
    for (const names of choices(this.#inodes.map(possibleNames))) {
      const found = new Map<string, number>();
      this.#walk(this.#root, 0, names, found);
      const files = [...found].filter(([, inode]) => this.#inode(inode).kind === 'file');
      const inodes = [...new Set(files.map(([, inode]) => inode))];
      for (const contents of choices(inodes.map((inode) => possibleContents(this.#inode(inode))))) {
        const tree = new Map([...found].map(([path, inode]) => [path, contents[inodes.indexOf(inode)] ?? null]));
        const key = [...tree].map(([path, bytes]) => `${path} ${bytes?.toString('latin1') ?? '/'}`).join('\0');
        if (seen.has(key)) continue;
        seen.add(key);
        yield tree;
      }
    }
  }

  #walk(path: string, inode: number, names: readonly ReadonlyMap<string, number>[], found: Map<string, number>): void {
    found.set(path, inode);
    for (const [name, child] of [...(names[inode] ?? [])].toSorted(([one], [other]) => (one < other ? -1 : 1)))
      this.#walk(join(path, name), child, names, found);
  }
}

function settle(inode: Inode): void {
  inode.content = written(inode.content, inode.writes);
  inode.names = named(inode.names, inode.namings);
  inode.writes = [];
  inode.namings = [];
}

function written(content: Buffer, writes: readonly Write[]): Buffer {
  return writes.reduce((before, { at, bytes }) => {
    const after = Buffer.alloc(Math.max(before.length, at + bytes.length));
    before.copy(after);
    bytes.copy(after, at);
    return after;
  }, content);
}

function named(names: ReadonlyMap<string, number>, namings: readonly Naming[]): Map<string, number> {
  const after = new Map(names);
  for (const [name, inode] of namings.flat()) {
    if (inode === null) after.delete(name);
    else after.set(name, inode);
  }
  return after;
}

/** The names of a folder, with any of what was not synced left out. */
function possibleNames({ names, namings }: Inode): ReadonlyMap<string, number>[] {
  return subsets(namings).map((some) => named(names, some));
}

/** The bytes of a file, with any of what was not synced left out, cut off, or as zeros. */
function possibleContents({ content, writes }: Inode): Buffer[] {
  if (writes.length === 0) return [content];
  return choices(writes.map(tornWrites)).map((some) => written(content, some.flat()));
}

function tornWrites({ at, bytes }: Write): Write[][] {
  const lengths = [1, 8, bytes.indexOf('\n'), bytes.indexOf('\n') + 1, bytes.length >> 1, 512, 4096, bytes.length - 2, bytes.length - 1];
  const cut = lengths.filter((length) => length > 0 && length < bytes.length);
  return [
    [{ at, bytes }],
    [],
    [{ at, bytes: Buffer.alloc(bytes.length) }],
    ...cut.map((length) => [{ at, bytes: bytes.subarray(0, length) }]),
    ...cut.map((length) => [{ at, bytes: Buffer.concat([bytes.subarray(0, length), Buffer.alloc(bytes.length - length)]) }]),
    ...cut.map((length) => [{ at, bytes: Buffer.concat([Buffer.alloc(length), bytes.subarray(length)]) }]),
  ];
}

function subsets<T>(list: readonly T[]): T[][] {
  return list.reduce<T[][]>((all, one) => all.concat(all.map((some) => [...some, one])), [[]]);
}

/** One of each. */
function choices<T>(lists: readonly (readonly T[])[]): T[][] {
  return lists.reduce<T[][]>((all, list) => all.flatMap((some) => list.map((one) => [...some, one])), [[]]);
}

/** Lays a tree down: what was below `from` goes below `to`. */
export function lay(tree: Tree, from: string, to: string): void {
  for (const [path, bytes] of tree) {
    const place = join(to, path.slice(from.length));
    if (bytes === null) mkdirSync(place, { recursive: true, mode: 0o700 });
    else writeFileSync(place, bytes, { mode: 0o600 });
  }
}
