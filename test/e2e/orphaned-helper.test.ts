// The story: parp is killed while nft is still at work. The helper, in a process group of its own, does not die with it and writes its table
// a second later. Whoever took the transaction back before that would find the table afterwards, and nobody would know whose it is. So the
// helper holds the lock open as well: until it has ended, the next parp is told that somebody is writing here (7); then everything is taken back.
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { differences } from '../../src/lab/snapshot.ts';
import { CAN_BUILD, PARP, useNetwork } from '../support/namespaces.ts';

const EDGE = `
version: 1
kind: nat-proxy
name: edge
outside: eth0
inside: eth1
probe: false
nat: [{ public: 203.0.113.10, private: 10.0.0.10 }]
`;
const NFT = ['/usr/sbin/nft', '/sbin/nft', '/usr/bin/nft'].find((path) => existsSync(path)) ?? '/usr/sbin/nft';

describe.skipIf(!CAN_BUILD)('a helper that outlives parp', () => {
  const net = useNetwork({
    hosts: { router: { links: { eth0: {}, eth1: {} } }, wire: { links: {} } },
    wires: [
      ['router:eth0', 'wire:w0'],
      ['router:eth1', 'wire:w1'],
    ],
  });

  it('keeps the next one from taking back what is still being written', async () => {
    const before = await net.snapshot('router');
    const { folder } = net.lab;
    const [started, enough] = [`${folder}/started`, `${folder}/enough`];
    const slow = `${folder}/nft`;
    writeFileSync(
      slow,
      `#!/bin/sh\ncase "$*" in *-f*) touch ${started}; until test -e ${enough}; do sleep 0.05; done;; esac\nexec ${folder}/nft.real "$@"\n`,
    );
    chmodSync(slow, 0o755);
    const swap = `cp ${NFT} ${folder}/nft.real && mount --bind ${slow} ${NFT} && exec "$@"`;
    const profile = net.profile('edge.yaml', EDGE);
    const parp = net.spawn('router', ['unshare', '--mount', 'sh', '-c', swap, 'sh', ...PARP, 'apply', profile]);
    parp.end.catch(() => undefined);
    while (!existsSync(started)) await pause(10);
    parp.kill('SIGKILL');

    expect((await net.parp('router', ['recover'])).exitCode).toBe(7);
    writeFileSync(enough, '');
    let recovered = await net.parp('router', ['recover']);
    while (recovered.exitCode === 7) {
      await pause(100);
      recovered = await net.parp('router', ['recover']);
    }
    expect(recovered).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Took back "apply edge"') });
    expect(differences(before, await net.snapshot('router'))).toEqual([]);
  });
});
