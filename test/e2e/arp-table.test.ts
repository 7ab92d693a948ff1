// An administrator looks at a router's ARP table: a neighbour that answered, one entered by hand, one that never answered, a proxy
// neighbour. `flush` may drop what the kernel learned, never what was entered; `capture` writes everything down for another host's plan.
import { readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { loadCapture } from '../../src/model/capture.ts';
import { CAN_BUILD, useNetwork } from '../support/namespaces.ts';

describe.skipIf(!CAN_BUILD)('the ARP table of a router', () => {
  const net = useNetwork({
    hosts: {
      router: { links: { eth0: { addresses: ['192.168.0.1/24'] }, eth1: {} } },
      host: { links: { eth0: { addresses: ['192.168.0.2/24'] } } },
      other: { links: { eth0: {} } },
    },
    wires: [
      ['router:eth0', 'host:eth0'],
      ['router:eth1', 'other:eth0'],
    ],
  });
  const mac = (): string => net.macOf('host', 'eth0');

  beforeEach(async () => {
    await net.forget('router');
    await net.ip(
      'router',
      'neigh replace 192.168.0.7 lladdr 02:00:00:00:00:07 dev eth0',
      'neigh replace proxy 10.0.0.1 dev eth1 protocol 97',
      `neigh replace 192.168.0.2 lladdr ${mac()} dev eth0 nud stale`,
    );
    await net.ping('router', '192.168.0.99');
  });

  it('is shown by `neighbours` with what never answered, and the proxies', async () => {
    const { exitCode, stdout } = await net.parp('router', ['neighbours']);
    const rows = stdout
      .trim()
      .split('\n')
      .map((line) => line.split(/ {2,}/));
    expect(exitCode).toBe(0);
    expect(rows[0]).toEqual(['ADDRESS', 'INTERFACE', 'MAC', 'STATE']);
    expect(rows).toEqual(
      expect.arrayContaining([
        ['192.168.0.2', 'eth0', mac(), 'stale'],
        ['192.168.0.7', 'eth0', '02:00:00:00:00:07', 'permanent'],
        ['192.168.0.99', 'eth0', '-', expect.stringMatching(/^(incomplete|failed)$/)],
        ['10.0.0.1', 'eth1', '-', 'proxy (protocol 97)'],
      ]),
    );
    expect((await net.parp('router', ['neighbours', '--interface', 'eth1', '--json'])).json).toEqual({
      schema: 'parp.neighbours/1',
      neighbours: [],
      proxies: [{ address: '10.0.0.1', interface: 'eth1', protocol: 97 }],
    });
  });

  it('loses by `flush` the dynamic entries of the addresses named, then all of them', async () => {
    const one = await net.parp('router', ['flush', '--interface', 'eth0', '192.168.0.2-192.168.0.9', '--json']);
    expect({ exitCode: one.exitCode, json: one.json }).toEqual({
      exitCode: 0,
      json: { schema: 'parp.flush/1', interface: 'eth0', dropped: 1, kept: 1 },
    });
    expect(await net.mac('router', '192.168.0.2')).toBeNull();
    const all = await net.parp('router', ['flush', '--interface', 'eth0']);
    expect({ exitCode: all.exitCode, stdout: all.stdout }).toEqual({ exitCode: 0, stdout: 'Dropped 1 entry on eth0\n' });
    expect(await net.mac('router', '192.168.0.7')).toBe('02:00:00:00:00:07');
    expect(await net.ipJson('router', 'neigh', 'show', 'proxy')).toHaveLength(1);
  });

  it.each([['neighbours'], ['flush']])('is of no interface that is missing: `%s` names those that there are', async (command) => {
    const { exitCode, json } = await net.parp('router', [command, '--interface', 'eth9', '--json']);
    expect(exitCode).toBe(4);
    expect(json).toMatchObject({
      error: {
        code: 'no-such-interface',
        message: 'There is no interface "eth9"',
        remedy: expect.stringMatching(/^Name one of lo, eth[01], eth[01]$/) as string,
      },
    });
  });

  it('is flushed by nobody without CAP_NET_ADMIN', async () => {
    const argv = [
      'setpriv',
      '--bounding-set',
      '-net_admin',
      '--inh-caps',
      '-net_admin',
      process.execPath,
      'bin/parp',
      'flush',
      '--interface',
      'eth0',
    ];
    const { exitCode, stderr } = await net.run('router', argv, { cwd: join(import.meta.dirname, '../..') });
    expect(exitCode).toBe(4);
    expect(stderr).toContain('This needs CAP_NET_ADMIN (to drop neighbour entries)');
  });

  it('is part of what `capture` writes, for its owner alone, and through no symbolic link', async () => {
    const file = net.profile('state.json', '');
    const fresh = `${file}.new`;
    expect((await net.parp('router', ['capture', '--out', fresh])).exitCode).toBe(0);
    expect(statSync(fresh).mode & 0o777).toBe(0o600);
    const state = loadCapture(readFileSync(fresh, 'utf8'));
    expect(state.neighbours).toContainEqual({ address: '192.168.0.7', interface: 'eth0', mac: '02:00:00:00:00:07', state: 'PERMANENT' });
    const { json } = await net.parp('router', ['capture', '--json']);
    expect(json).toMatchObject({ schema: 'parp.capture/1', links: state.links, routes: state.routes, sysctls: state.sysctls });
    expect(JSON.parse((await net.parp('router', ['capture'])).stdout)).toMatchObject({ schema: 'parp.capture/1', links: state.links });

    writeFileSync(file, 'mine');
    symlinkSync(file, `${file}.link`);
    const { exitCode } = await net.parp('router', ['capture', '--out', `${file}.link`]);
    expect({ exitCode, left: readFileSync(file, 'utf8') }).toEqual({ exitCode: 1, left: 'mine' });
  });
});
