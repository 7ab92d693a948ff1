import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../src/lab/child-process.ts';
import { limitList } from './limit-list.ts';
import type { Tools } from './measure.ts';
import { again, batchText, sampleOf, scriptText, switchesText, type Line } from './plan-lines.ts';

/** `cold`: everything is to be done; `again`: nothing is; `plan`: what would be done, read alone. */
export const TASKS = ['cold', 'again', 'plan'] as const;
export type Task = (typeof TASKS)[number];

export type ContestantName =
  | 'node -e 0'
  | 'parp --version'
  | 'parp'
  | 'one process a line'
  | 'ip -batch alone'
  | 'ip -batch, sysctl -p'
  | 'C (the limit)'
  | 'pyroute2'
  | 'Ansible'
  | 'arping in a loop';

export interface Contestant {
  readonly name: ContestantName;
  readonly jobs: Partial<Readonly<Record<Task, readonly string[]>>>;
  /** Which lines of the plan it carries out, and what the host is like then. */
  readonly lines: readonly Line[];
  readonly leaves: 'all' | 'ip-alone' | 'sample' | 'nothing';
  /** How many times as much as it does the whole is: above 1 for one that does a sample. */
  readonly scale: number;
  /** Of one that does a sample: the same with nothing at all to do, for what its start alone takes is not to be multiplied. */
  readonly idle?: readonly string[];
  /** It takes so long that more than that many runs are not waited for. */
  readonly mostRuns?: number;
}

/** What is installed of what is not parp's own to bring. */
export interface Installed {
  readonly tools: Tools | null;
  readonly sysctl: boolean;
  readonly pyroute2: boolean;
  readonly ansible: boolean;
  readonly arping: boolean;
}

const PYTHON = '/usr/bin/python3';
const ANSIBLE = '/usr/bin/ansible-playbook';
/** It refuses to start where the locale is not UTF-8. */
const UTF8 = ['/usr/bin/env', 'LC_ALL=C.UTF-8'];

export async function findInstalled(tools: Tools | null): Promise<Installed> {
  const works = async (...argv: string[]): Promise<boolean> => existsSync(argv[0] ?? '') && (await run(argv)).exitCode === 0;
  const pyroute2 = await works(PYTHON, '-c', 'import pyroute2');
  const arping = existsSync('/usr/bin/arping') && (await run(['/usr/bin/arping', '-V'])).stdout.includes('iputils');
  const sysctl = ['/usr/sbin/sysctl', '/sbin/sysctl'].some((path) => existsSync(path));
  return { tools, sysctl, pyroute2, ansible: existsSync(ANSIBLE) && (await works(...UTF8, ANSIBLE, '--version')), arping };
}

/** A line for each rival that cannot take part. */
export function absent({ tools, sysctl, pyroute2, ansible, arping }: Installed): string[] {
  return [
    ...(tools === null
      ? ['There is no C compiler: no processor time, no memory, no count of frames, and no limit to compare with (Debian: gcc libc6-dev)']
      : []),
    ...(sysctl ? [] : ['sysctl is not installed: nothing to compare with but the limit (Debian: procps)']),
    ...(arping ? [] : ['arping of iputils is not installed (Debian: iputils-arping)']),
    ...(pyroute2 ? [] : ['pyroute2 is not installed (Debian: python3-pyroute2)']),
    ...(ansible ? [] : ['Ansible is not installed (Debian: ansible-core)']),
  ];
}

/** How parp is told to leave the wire alone: nobody else here asks or tells it anything. */
export const APPLY_FLAGS = ['--no-probe', '--no-announce', '--no-wait'];

export const NODE = process.execPath;

/** What starts alone takes. */
export function starters(root: string): Contestant[] {
  return [nothing('node -e 0', [NODE, '-e', '0']), nothing('parp --version', [NODE, join(root, 'bin/parp'), '--version'])];
}

function nothing(name: ContestantName, argv: readonly string[]): Contestant {
  return { name, jobs: { cold: argv }, lines: [], leaves: 'nothing', scale: 1 };
}

export function parp(root: string, profile: string, lines: readonly Line[]): Contestant {
  const program = [NODE, join(root, 'bin/parp')];
  const apply = [...program, 'apply', profile, ...APPLY_FLAGS];
  return { name: 'parp', jobs: { plan: [...program, 'plan', profile], cold: apply, again: apply }, lines, leaves: 'all', scale: 1 };
}

/** Lines beyond which one process for each takes minutes, and for Ansible more than that. */
const MOST_PROCESSES = 1100;
const MOST_TASKS = 20;

/** What the rivals of one workload are made of. */
interface Ground {
  readonly root: string;
  readonly lines: readonly Line[];
  /** Writes a file that one of them reads; gives its path. */
  readonly write: (name: string, text: string) => string;
}

/** All that is installed, with the files that they read written into a folder. */
export function rivals(root: string, folder: string, lines: readonly Line[], installed: Installed, routesAlone: boolean): Contestant[] {
  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const ground: Ground = { root, lines, write };
  const { tools } = installed;
  return [
    ...(installed.sysctl ? [oneProcessALine(ground), batches(ground)] : []),
    ...(routesAlone ? [batchAlone(ground)] : []),
    ...(tools === null ? [] : [theLimit(ground, tools.limit)]),
    ...(installed.pyroute2 ? [pyroute2(ground)] : []),
    ...(installed.ansible ? [ansible(ground)] : []),
  ];
}

function oneProcessALine({ lines, write }: Ground): Contestant {
  const some = thinned(lines, MOST_PROCESSES);
  const job = (name: string, those: readonly Line[]): string[] => ['sh', write(name, scriptText(those))];
  return {
    name: 'one process a line',
    jobs: { cold: job('cold.sh', some.lines), again: job('again.sh', some.lines.map(again)) },
    idle: job('idle.sh', []),
    ...some,
  };
}

function batches({ lines, write }: Ground): Contestant {
  const switches = write('switches', switchesText(lines));
  const job = (name: string, those: readonly Line[]): string[] => [
    'sh',
    '-c',
    `ip -batch ${write(name, batchText(those))} && sysctl -q -p ${switches}`,
  ];
  const jobs = { cold: job('cold.batch', lines), again: job('again.batch', lines.map(again)) };
  return { name: 'ip -batch, sysctl -p', jobs, lines, leaves: 'all', scale: 1 };
}

function batchAlone({ lines, write }: Ground): Contestant {
  const job = (name: string, those: readonly Line[]): string[] => ['ip', '-batch', write(name, batchText(those))];
  const jobs = { cold: job('cold.alone', lines), again: job('again.alone', lines.map(again)) };
  return { name: 'ip -batch alone', jobs, lines, leaves: 'ip-alone', scale: 1 };
}

function theLimit({ lines, write }: Ground, program: string): Contestant {
  const list = write('list', limitList(lines));
  return {
    name: 'C (the limit)',
    jobs: { cold: [program, 'add', list], again: [program, 'replace', list] },
    lines,
    leaves: 'all',
    scale: 1,
  };
}

function pyroute2({ root, lines, write }: Ground): Contestant {
  const some = thinned(lines, MOST_PROCESSES);
  const list = write('sample', limitList(some.lines));
  const job = (verb: string, path: string): string[] => [PYTHON, join(root, 'bench/with-pyroute2.py'), verb, path];
  return { name: 'pyroute2', jobs: { cold: job('add', list), again: job('replace', list) }, idle: job('add', write('none', '')), ...some };
}

function ansible({ lines, write }: Ground): Contestant {
  const some = thinned(lines, MOST_TASKS);
  const job = (name: string, those: readonly Line[]): string[] => [
    ...UTF8,
    ANSIBLE,
    '--inventory',
    'localhost,',
    '--connection',
    'local',
    write(name, playbook(those)),
  ];
  return {
    name: 'Ansible',
    jobs: { cold: job('cold.yaml', some.lines), again: job('again.yaml', some.lines.map(again)) },
    idle: job('idle.yaml', []),
    mostRuns: 3,
    ...some,
  };
}

function thinned(lines: readonly Line[], most: number): Pick<Contestant, 'lines' | 'leaves' | 'scale'> {
  const sample = sampleOf(lines, most);
  return sample.length === lines.length
    ? { lines, leaves: 'all', scale: 1 }
    : { lines: sample, leaves: 'sample', scale: lines.length / sample.length };
}

function playbook(lines: readonly Line[]): string {
  return `- hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.command: "{{ item }}"
      loop: ${JSON.stringify(lines.map((line) => line.join(' ')))}
`;
}

/** Those of the announcing workload: an address range from `first` to `last`, of which arping does a few. */
export function announcers(
  root: string,
  folder: string,
  what: { readonly interface: string; readonly first: string; readonly last: string; readonly count: number },
  addresses: readonly string[],
  installed: Installed,
): Contestant[] {
  const range = `${what.first}-${what.last}`;
  const options = ['--rounds', '1', '--rate', 'unlimited'];
  const found = [nothing('parp', [NODE, join(root, 'bin/parp'), 'announce', '-i', what.interface, range, ...options])];
  if (installed.tools !== null)
    found.push(nothing('C (the limit)', [installed.tools.limit, 'announce', what.interface, what.first, String(what.count)]));
  if (installed.arping) {
    const script = join(folder, 'arping.sh');
    writeFileSync(script, addresses.map((address) => `arping -q -U -c 1 -I ${what.interface} -s ${address} ${address}\n`).join(''));
    found.push(nothing('arping in a loop', ['sh', script]));
  }
  return found;
}
