import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { effectiveCapabilities, missingCapabilities, probeWritable } from '../../src/host/capabilities.ts';
import { kernelLinkName } from '../../src/net/link-name.ts';
import { confPath } from '../../src/net/sysctl-path.ts';
import { NO_NAMESPACES } from '../support/backend-in-namespace.ts';
import { scriptOf } from '../support/script.ts';

const status = (mask: string): string => `Name:\tnode\nCapInh:\tffffffffffffffff\nCapEff:\t${mask}\nCapBnd:\t000001ffffffffff\n`;

describe('effectiveCapabilities()', () => {
  it.each([
    ['0000000000000000', []],
    ['0000000000001000', ['CAP_NET_ADMIN']],
    ['0000000000002000', ['CAP_NET_RAW']],
    ['000001ffffffffff', ['CAP_NET_ADMIN', 'CAP_NET_RAW']],
    ['fffffffffffff000', ['CAP_NET_ADMIN', 'CAP_NET_RAW']],
  ])('reads %s', (mask, names) => {
    expect([...effectiveCapabilities(status(mask))]).toEqual(names);
  });

  it('takes a status without the line for none', () => {
    expect([...effectiveCapabilities('')]).toEqual([]);
  });
});

describe('missingCapabilities()', () => {
  const needs = [
    { name: 'CAP_NET_ADMIN', need: 'change routes' },
    { name: 'CAP_NET_RAW', need: 'announce' },
  ] as const;

  it('names what is lacking, and for what', () => {
    expect(missingCapabilities(needs, new Set(['CAP_NET_ADMIN']))).toMatchObject({
      ending: 'refused',
      code: 'missing-capability',
      message: 'This needs CAP_NET_RAW (to announce)',
    });
    expect(missingCapabilities(needs, new Set())?.message).toBe(
      'This needs CAP_NET_ADMIN (to change routes) and CAP_NET_RAW (to announce)',
    );
  });

  it('is null where nothing lacks', () => {
    expect(missingCapabilities(needs, new Set(['CAP_NET_ADMIN', 'CAP_NET_RAW']))).toBeNull();
  });
});

describe('probeWritable()', () => {
  it('refuses a file that this kernel has not', () => {
    expect(() => probeWritable(confPath(kernelLinkName('nix'), 'proxy_arp'))).toThrow(
      expect.objectContaining({ ending: 'refused', code: 'missing-sysctl' }),
    );
  });
});

/** Where a set of mounts and capabilities is needed that only another process can have. */
async function answerOf(wrapper: readonly string[], operations: string): Promise<unknown> {
  const script = await scriptOf(`
    import { requireWritable } from './src/host/capabilities.ts';
    try {
      requireWritable(${operations});
      console.log(JSON.stringify('writable'));
    } catch ({ ending, code, message }) {
      console.log(JSON.stringify({ ending, code, message }));
    }`);
  try {
    const [program = '', ...args] = [...wrapper, ...script.argv];
    return JSON.parse(execFileSync(program, args, { encoding: 'utf8', env: { ...process.env, ...script.env } }));
  } finally {
    script.remove();
  }
}

describe.skipIf(NO_NAMESPACES)(`requireWritable()${NO_NAMESPACES === null ? '' : ` (skipped: ${NO_NAMESPACES})`}`, () => {
  const mounted = (command: string): string[] => ['unshare', '-n', '-m', 'sh', '-c', `${command} && exec "$@"`, 'sh'];
  const readOnly = mounted('mount --bind /proc/sys /proc/sys && mount -o remount,ro,bind /proc/sys');
  const proxyArp = `{ kind: 'sysctl', subject: 'net/ipv4/conf/lo/proxy_arp', from: '0', to: '1' }`;
  const delay = `{ kind: 'sysctl', subject: 'net/ipv4/neigh/lo/proxy_delay', from: '800ms', to: '0ms' }`;
  const table = `{ kind: 'nat', subject: 'parp_x', from: null, to: {} }`;

  it.each([
    ['a writable file', mounted('true'), `[${delay}, ${proxyArp}, ${table}]`, 'writable'],
    [
      'a read-only /proc/sys',
      readOnly,
      `[${delay}, ${proxyArp}]`,
      { ending: 'refused', code: 'read-only-sysctl', message: expect.stringContaining('(EROFS)') as string },
    ],
    ['a read-only /proc/sys that nothing needs', readOnly, `[${delay}]`, 'writable'],
    [
      'a namespace that it may not change',
      ['sh', '-c', 'chmod 755 "${2%/*}" && exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"', 'sh'],
      `[${proxyArp}]`,
      { ending: 'refused', code: 'missing-capability', message: expect.stringContaining('CAP_NET_ADMIN') as string },
    ],
    [
      'a program that is not there',
      mounted('mount -t tmpfs none /usr/sbin'),
      `[${proxyArp}, ${table}]`,
      { ending: 'refused', code: 'missing-program', message: '`nft` is not installed' },
    ],
  ])('finds out %s', async (_what, wrapper, operations, expected) => {
    expect(await answerOf(wrapper, operations)).toEqual(expected);
  });
});
