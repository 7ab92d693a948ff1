// The iproute2 engine alone, against real kernels: a host with two wires is set up with `ip` commands; the engine must see what they
// made, make what it is told, and name exactly what the kernel refuses. Then what only this engine can meet: a /proc/sys that cannot
// be written, and an `ip` or `nft` that dies or talks nonsense; and that the plan as a shell script does what the engine does.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { invert, type Operation } from '../../src/model/operation.ts';
import { shellOf } from '../../src/render/shell.ts';
import { inhabit, NO_NAMESPACES, type Inhabited } from '../support/backend-in-namespace.ts';
import { backendSuite } from '../support/backend-suite.ts';
import { instead, READ_ONLY } from '../support/backend-wrappers.ts';
import { EXAMPLE_TABLE } from '../support/example-table.ts';
import { address, ip, proxy, route, sysctl } from '../support/operations.ts';

backendSuite('iproute2');

describe.skipIf(NO_NAMESPACES)(`backend iproute2 beside${NO_NAMESPACES === null ? '' : ` (skipped: ${NO_NAMESPACES})`}`, () => {
  const inhabited: Inhabited[] = [];
  afterEach(async () => {
    for (const host of inhabited.splice(0)) await host.dispose();
  });

  async function hostOf(wrapper: readonly string[] = []): Promise<Inhabited> {
    const host = await inhabit('iproute2', wrapper);
    inhabited.push(host);
    return host;
  }

  it('write() names the file of a read-only /proc/sys, and still writes what needs no file', async () => {
    const { backend } = await hostOf(READ_ONLY);
    const delay = sysctl('net/ipv4/neigh/lo/proxy_delay', '800ms', '0ms');
    const bad = sysctl('net/ipv4/conf/lo/proxy_arp', '0', '1');
    await expect(backend.write([delay, bad])).rejects.toMatchObject({
      operation: bad,
      errno: 'EROFS',
      message: 'Write net/ipv4/conf/lo/proxy_arp = 1: Read-only file system (EROFS)',
    });
    expect((await backend.observe()).sysctls).toMatchObject({ [delay.subject as string]: '0ms', [bad.subject as string]: '0' });
  });

  it('write() refuses with the helper’s end where it was killed', async () => {
    const { backend } = await hostOf(instead('/usr/bin/ip', 'kill -9 $$'));
    const operations = [route('10.0.0.1/32', 'lo'), route('10.0.0.2/32', 'lo')];
    await expect(backend.write(operations)).rejects.toMatchObject({
      operation: operations[1],
      message: expect.stringMatching(/^Add route 10\.0\.0\.1\/32 dev lo and 1 more: `.*\/ip` was killed by SIGKILL$/) as string,
    });
  });

  it('observe() does without an nft that fails, and refuses one that talks nonsense', async () => {
    const failing = await hostOf(instead('/usr/sbin/nft', 'echo Operation not permitted >&2; exit 1'));
    expect(await failing.backend.observe()).toMatchObject({ nftables: null, nat: {} });
    const nonsense = await hostOf(instead('/usr/sbin/nft', 'echo {}'));
    await expect(nonsense.backend.observe()).rejects.toMatchObject({ code: 'unreadable-ruleset', ending: 'refused' });
  });

  it('observe() refuses an ip that knows no JSON', async () => {
    const { backend } = await hostOf(instead('/usr/bin/ip', 'echo BusyBox'));
    await expect(backend.observe()).rejects.toMatchObject({ code: 'unreadable-host', ending: 'refused' });
  });

  describe('shellOf()', () => {
    let [written, run]: Inhabited[] = [];
    beforeEach(async () => {
      [written, run] = [await hostOf(), await hostOf()];
      for (const host of [written, run]) {
        host.ip('link add eth0.100 address 02:00:00:00:00:01 type veth peer name p0 address 02:00:00:00:00:02');
        host.ip('link set eth0.100 up');
        host.ip('link set p0 up');
      }
    });

    it('leaves the host that write() leaves, there and back', async () => {
      const operations: Operation[] = [
        sysctl('net/ipv4/neigh/eth0.100/proxy_delay', '800ms', '0ms'),
        sysctl('net/ipv4/ip_forward', '0', '1'),
        sysctl('net/ipv4/conf/p0/forwarding', '0', '0'),
        address('192.168.0.1/24', 'eth0.100'),
        route('10.0.0.9/32', 'eth0.100', { source: ip('192.168.0.1') }),
        { kind: 'nat', subject: 'parp_edge', from: null, to: EXAMPLE_TABLE },
        route('203.0.113.10/32', 'lo', { type: 'local', scope: 'host' }, { table: 255 }),
        proxy('10.0.0.9', 'p0'),
        sysctl('net/ipv4/conf/eth0.100/proxy_arp', '0', '1'),
      ];
      for (const plan of [operations, operations.toReversed().map(invert)]) {
        await written?.backend.write(plan);
        run?.run(['sh', '-eu'], `${shellOf(plan).join('\n')}\n`);
        expect(await run?.backend.observe()).toEqual(await written?.backend.observe());
      }
      expect((await run?.backend.observe())?.nat).toEqual({});
    });
  });
});
