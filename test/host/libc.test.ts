import { spawnSync } from 'node:child_process';
import { mkdtempSync, openSync, closeSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as libc from '../../src/host/libc.ts';
import { scriptOf } from '../support/script.ts';

const AF_UNIX = 1;
const SOCK_DGRAM_NONBLOCK = 2 | 0o4000;
const SOL_SOCKET = 1;

describe('system calls', () => {
  let fd: number;
  beforeAll(() => {
    fd = libc.check(libc.socket(AF_UNIX, SOCK_DGRAM_NONBLOCK, 0), 'Open a socket');
  });
  afterAll(() => {
    libc.close(fd);
  });

  it('send() and receive() carry bytes, from a socket to itself', () => {
    // An abstract name: struct sockaddr_un that begins with a zero byte.
    const name = Uint8Array.from([AF_UNIX, 0, 0, ...Buffer.from(`parp-test-${process.pid}`)]);
    expect(libc.bind(fd, name)).toBe(0);
    const bound = new Uint8Array(110);
    expect(libc.getsockname(fd, bound)).toBe(name.length);
    expect(bound.subarray(0, name.length)).toEqual(name);

    const buffer = new Uint8Array(8);
    expect(libc.errnoName(-libc.receive(fd, buffer))).toBe('EAGAIN');
    expect(libc.poll(fd, libc.POLLIN, 0)).toBe(0);
    expect(libc.send(fd, Uint8Array.of(1, 2, 3), 0, name)).toBe(3);
    expect(libc.poll(fd, libc.POLLIN, 1000)).toBe(libc.POLLIN);
    const from = new Uint8Array(110);
    expect(libc.receive(fd, buffer.subarray(2), 0, from)).toBe(3);
    expect([...buffer]).toEqual([0, 0, 1, 2, 3, 0, 0, 0]);
    expect(from.subarray(0, name.length)).toEqual(name);
  });

  it('setIntOption() sets what getsockopt() reads', () => {
    const SO_PRIORITY = 12;
    expect(libc.setIntOption(fd, SOL_SOCKET, SO_PRIORITY, 5)).toBe(0);
    const value = new Uint8Array(4);
    expect(libc.getsockopt(fd, SOL_SOCKET, SO_PRIORITY, value)).toBe(4);
    expect([...value]).toEqual([5, 0, 0, 0]);
  });

  it.each([
    ['socket()', () => libc.socket(9999, 1, 0), 'EAFNOSUPPORT'],
    ['bind()', () => libc.bind(-1, new Uint8Array(16)), 'EBADF'],
    ['getsockname()', () => libc.getsockname(-1, new Uint8Array(16)), 'EBADF'],
    ['setsockopt()', () => libc.setsockopt(-1, 1, 12, new Uint8Array(4)), 'EBADF'],
    ['getsockopt()', () => libc.getsockopt(-1, 1, 12, new Uint8Array(4)), 'EBADF'],
    ['send()', () => libc.send(-1, new Uint8Array(1)), 'EBADF'],
    ['receive()', () => libc.receive(-1, new Uint8Array(1)), 'EBADF'],
    ['ioctl()', () => libc.ioctl(-1, 0x8913, new Uint8Array(40)), 'EBADF'],
    ['close()', () => libc.close(-1), 'EBADF'],
    ['interfaceIndex() of no name', () => libc.interfaceIndex(''), 'ENODEV'],
    ['interfaceIndex() of an unknown name', () => libc.interfaceIndex('parp-no-such'), 'ENODEV'],
    ['interfaceIndex() of a name that is too long', () => libc.interfaceIndex('lo-and-fifteen-b'), 'ENODEV'],
    ['interfaceIndex() of a name with a zero byte', () => libc.interfaceIndex('lo\0'), 'ENODEV'],
  ])('%s answers with the negative errno', (_name, call, errno) => {
    expect(libc.errnoName(-call())).toBe(errno);
  });
});

describe('check()', () => {
  it('says what was tried and what the system answered', () => {
    expect(() => libc.check(-100, 'Send on eth0')).toThrow(new libc.SystemError('Send on eth0', 100));
    expect(new libc.SystemError('Send on eth0', 100)).toMatchObject({
      message: 'Send on eth0: Network is down (ENETDOWN)',
      code: 'ENETDOWN',
    });
  });

  it('gives a result back', () => expect(libc.check(42, 'Send on eth0')).toBe(42));
});

describe('flock()', () => {
  const folder = mkdtempSync(join(tmpdir(), 'parp-flock-'));
  const path = join(folder, 'lock');
  const open: number[] = [];
  const openAgain = (): number => {
    open.push(openSync(path, 'r+'));
    return open.at(-1) ?? -1;
  };
  beforeAll(() => writeFileSync(path, ''));
  afterAll(() => {
    for (const fd of open) closeSync(fd);
    rmSync(folder, { recursive: true });
  });

  it('lets one exclusive or many shared holders in', () => {
    const [a, b] = [openAgain(), openAgain()];
    expect(libc.flock(a, 'exclusive', true)).toBe(true);
    expect(libc.flock(b, 'exclusive', true)).toBe(false);
    expect(libc.flock(b, 'shared', true)).toBe(false);
    libc.flock(a, 'unlock', true);
    expect(libc.flock(b, 'shared', true)).toBe(true);
    expect(libc.flock(a, 'shared', true)).toBe(true);
    expect(libc.flock(a, 'exclusive', true)).toBe(false);
  });

  it('throws where there is no file', () => expect(() => libc.flock(-1, 'shared', true)).toThrow(/^Lock .*\(EBADF\)$/));
});

describe('clocks', () => {
  it('tickMilliseconds() is one of the lengths that kernels are built with', () => {
    expect([1, 10 / 3, 4, 10].map((tick) => tick.toFixed(3))).toContain(libc.tickMilliseconds().toFixed(3));
  });

  it('realtimeMilliseconds() is the wall clock', () => {
    const before = Date.now();
    const now = libc.realtimeMilliseconds();
    expect(now).toBeGreaterThanOrEqual(before);
    expect(Math.floor(now)).toBeLessThanOrEqual(Date.now());
  });
});

describe('interfaceNames()', () => {
  it('holds the loopback, whose index is 1', () => {
    expect(libc.interfaceNames()).toContain('lo');
    expect(libc.interfaceIndex('lo')).toBe(1);
  });
});

describe('the module', () => {
  it('loads the FFI with the first call, not before', async () => {
    const script = await scriptOf(`
      import { tickMilliseconds } from './src/host/libc.ts';
      const loaded = () => process.report.getReport().sharedObjects.some((path) => path.includes('koffi'));
      const before = loaded();
      tickMilliseconds();
      console.log(JSON.stringify([before, loaded()]));
    `);
    try {
      const [program = '', ...args] = script.argv;
      const { stdout } = spawnSync(program, args, { encoding: 'utf8', env: script.env });
      expect(JSON.parse(stdout)).toEqual([false, true]);
    } finally {
      script.remove();
    }
  });
});
