import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { endianness, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { operatorPeers } from '../../src/host/operator-peers.ts';
import { ip } from '../support/operations.ts';

const SESSION = '10.0.0.9 50022 10.0.0.1 22';
const SAME = { peer: '10.0.0.9', local: '10.0.0.1', port: 22 };

interface Process {
  readonly parent?: number;
  readonly comm?: string;
  readonly environment?: string;
  readonly namespace?: string;
  /** Inodes of its sockets. */
  readonly sockets?: readonly number[];
}

let proc = '';
beforeEach(() => {
  proc = mkdtempSync(join(tmpdir(), 'parp-proc-'));
  mkdirSync(join(proc, 'thread-self/net'), { recursive: true });
  mkdirSync(join(proc, 'thread-self/ns'));
  symlinkSync('net:[1]', join(proc, 'thread-self/ns/net'));
});
afterEach(() => {
  rmSync(proc, { recursive: true, force: true });
});

function run(processes: Readonly<Record<number, Process>>): void {
  for (const [pid, { parent = 1, comm = 'bash', environment, namespace = 'net:[1]', sockets = [] }] of Object.entries(processes)) {
    const folder = join(proc, pid);
    mkdirSync(join(folder, 'fd'), { recursive: true });
    mkdirSync(join(folder, 'ns'));
    symlinkSync(namespace, join(folder, 'ns/net'));
    writeFileSync(join(folder, 'comm'), `${comm}\n`);
    writeFileSync(join(folder, 'stat'), `${pid} (${comm}) S ${parent} 1 1 0 -1 4194560`);
    if (environment !== undefined) writeFileSync(join(folder, 'environ'), environment);
    for (const [at, inode] of sockets.entries()) symlinkSync(`socket:[${inode}]`, join(folder, `fd/${at}`));
    symlinkSync('/dev/null', join(folder, 'fd/99'));
  }
}

const peers = (protect: readonly string[] = []): object[] => operatorPeers(protect.map(ip), { proc, pid: 30 });
const variable = (value: string): string => `PATH=/bin\0SSH_CONNECTION=${value}\0TERM=xterm\0`;

describe('operatorPeers() by SSH_CONNECTION', () => {
  it('reads that of the process itself', () => {
    run({ 30: { environment: variable(SESSION) } });
    expect(peers()).toEqual([{ ...SAME, why: 'SSH_CONNECTION of process 30' }]);
  });

  it('reads that of an ancestor, as sudo drops the variable', () => {
    run({ 30: { parent: 20, environment: 'A=b\0' }, 20: { parent: 10, comm: 'sudo' }, 10: { environment: variable(SESSION) } });
    expect(peers()).toEqual([{ ...SAME, why: 'SSH_CONNECTION of process 10' }]);
  });

  it('finds the parent whatever a process calls itself', () => {
    run({ 30: { parent: 20, comm: 'a) S 77 (b' }, 20: { environment: variable(SESSION) } });
    expect(peers()).toHaveLength(1);
  });

  it('counts a session once, with the oldest process that has it', () => {
    run({ 30: { parent: 20, environment: variable(SESSION) }, 20: { parent: 10, environment: variable(SESSION) } });
    expect(peers()).toEqual([{ ...SAME, why: 'SSH_CONNECTION of process 20' }]);
  });

  it('reads a session within a session', () => {
    run({ 30: { parent: 20, environment: variable('10.0.0.8 1 10.0.0.1 22') }, 20: { environment: variable(SESSION) } });
    expect(peers()).toHaveLength(2);
  });

  it('leaves out a session of another network namespace', () => {
    run({ 30: { parent: 20, environment: variable(SESSION) }, 20: { environment: variable(SESSION), namespace: 'net:[2]' } });
    expect(peers()).toEqual([]);
  });

  it('ends where ancestors go round in a ring', () => {
    run({ 30: { parent: 20 }, 20: { parent: 30 } });
    expect(peers()).toEqual([]);
  });

  it.each([
    'fe80::1%eth0 50022 fe80::2 22',
    '2001:db8::9 50022 2001:db8::1 22',
    '10.0.0.9 50022 10.0.0.1',
    '10.0.0.9 50022 10.0.0.1 22 33',
    '10.0.0.9 50022 10.0.0.1 99999',
    '10.0.0.9 50022 10.0.0.1 -1',
    '10.0.0.999 50022 10.0.0.1 22',
    '010.0.0.9 50022 10.0.0.1 22',
    '10.0.0.9\n50022 10.0.0.1 22',
    '10.0.0.9 50022 10.0.0.1 22\n',
    ' 10.0.0.9 50022 10.0.0.1 22',
    '',
    '\u001b[31m',
    '1'.repeat(10_000),
  ])('takes nothing from %j', (value) => {
    run({ 30: { environment: variable(value) } });
    expect(peers()).toEqual([]);
  });

  it('takes nothing from variables that are only named alike', () => {
    run({ 30: { environment: `XSSH_CONNECTION=${SESSION}\0SSH_CONNECTION2=${SESSION}\0A=\nSSH_CONNECTION=${SESSION}\0` } });
    expect(peers()).toEqual([]);
  });
});

/** An address as /proc/net/tcp has it. */
function hex(address: string, port: number): string {
  const bytes = address.split('.').map((octet) => Number(octet).toString(16).toUpperCase().padStart(2, '0'));
  return `${(endianness() === 'LE' ? bytes.toReversed() : bytes).join('')}:${port.toString(16).toUpperCase().padStart(4, '0')}`;
}

const MAPPED = endianness() === 'LE' ? '0000000000000000FFFF0000' : '00000000000000000000FFFF';
const row = (local: string, remote: string, state: string, inode: number): string =>
  `   1: ${local} ${remote} ${state} 00000000:00000000 02:000A7B1C 00000000     0        0 ${inode} 2 0000000000000000 20 4 30 10 -1`;

function sockets(family: 'tcp' | 'tcp6', rows: readonly string[]): void {
  writeFileSync(join(proc, 'thread-self/net', family), ['  sl  local_address rem_address   st …', ...rows, ''].join('\n'));
}

describe('operatorPeers() by connections of SSH servers', () => {
  const here = hex('10.0.0.1', 22);
  const there = hex('10.0.0.9', 50022);

  it.each(['sshd', 'sshd-session', 'dropbear'])('takes an established one of %s', (comm) => {
    run({ 7: { comm, sockets: [500, 501] } });
    sockets('tcp', [row(hex('0.0.0.0', 22), hex('0.0.0.0', 0), '0A', 500), row(here, there, '01', 501)]);
    expect(peers()).toEqual([{ ...SAME, why: `a connection of ${comm}` }]);
  });

  it('takes an IPv4 one over IPv6’s socket, and no other of that', () => {
    run({ 7: { comm: 'sshd', sockets: [501, 502] } });
    const global = `B80D0120000000000000000001000000`;
    sockets('tcp6', [row(MAPPED + here, MAPPED + there, '01', 501), row(`${global}:0016`, `${global}:C366`, '01', 502)]);
    expect(peers()).toEqual([{ ...SAME, why: 'a connection of sshd' }]);
  });

  it.each<readonly [claim: string, process: Process, line: string]>([
    ['of another program', { comm: 'nginx', sockets: [501] }, row(here, there, '01', 501)],
    ['of another socket', { comm: 'sshd', sockets: [777] }, row(here, there, '01', 501)],
    ['that is over', { comm: 'sshd', sockets: [501] }, row(here, there, '06', 501)],
    ['that is no line of the kernel’s', { comm: 'sshd', sockets: [501] }, '1: 0100000A:0016 zz 01'],
  ])('takes none %s', (_claim, process, line) => {
    run({ 7: process });
    sockets('tcp', [line]);
    expect(peers()).toEqual([]);
  });

  it('counts a session once, however it is known', () => {
    run({ 7: { comm: 'sshd', sockets: [501] }, 8: { comm: 'sshd', sockets: [501] }, 30: { parent: 8, environment: variable(SESSION) } });
    sockets('tcp', [row(here, there, '01', 501), row(here, hex('10.0.0.9', 50023), '01', 501)]);
    expect(peers()).toEqual([{ ...SAME, why: 'SSH_CONNECTION of process 30' }]);
  });
});

describe('operatorPeers() by name', () => {
  it('adds who is to be protected', () => {
    expect(peers(['10.0.0.7', '10.0.0.7'])).toEqual([{ peer: '10.0.0.7', local: null, why: '--protect' }]);
  });

  it('finds nobody where nothing can be read', () => {
    expect(operatorPeers([], { proc: join(proc, 'absent'), pid: 30 })).toEqual([]);
  });

  it('reads the system itself', () => {
    expect(operatorPeers([ip('192.0.2.1')]).at(-1)).toEqual({ peer: '192.0.2.1', local: null, why: '--protect' });
  });
});
