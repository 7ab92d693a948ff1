// The story: something stands in the way. What can be known beforehand is refused before the first write, and so is what others do between the
// plan and the write, while the wire is being asked (4). What only the kernel and its helpers know ends with everything taken back (5). However it
// ends, the router is what it was before, no transaction is left, and what others did meanwhile stands, whether they took an interface away,
// laid a route of their own, or broke a helper. Where even the way back is barred, that is said (6), and the next run goes on.
import { chmodSync, existsSync, readdirSync, realpathSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { programPath } from '../../src/lab/child-process.ts';
import { buildNetwork, CAN_BUILD, PARP, useNetwork, type Network } from '../support/namespaces.ts';
import { asking, changed, nothingIsLeft, QUIET, startParp, THREE_WIRES } from '../support/stopping.ts';
import { officeOf } from '../support/plain-profiles.ts';

const OFFICE = officeOf('192.168.0.2', '192.168.0.66, 192.168.0.128/27');
const EDGE = `version: 1
kind: nat-proxy
name: edge
outside: eth0
inside: eth1
nat: [{ public: 203.0.113.9, source: 10.0.0.0/24 }]
`;
const custom = (lines: string): string => `version: 1\nkind: custom\nname: pieces\nforwarding: global\n${lines}\n`;

function journals(net: Network): string[] {
  if (!existsSync(net.lab.stateDir)) return [];
  return readdirSync(net.lab.stateDir, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('/journal'));
}

describe.skipIf(!CAN_BUILD)('what stands in the way of a plan', () => {
  const net = useNetwork(THREE_WIRES);

  it.each([
    {
      what: 'a foreign route of the same prefix',
      before: ['route add 192.168.0.66 dev eth2'],
      after: ['route del 192.168.0.66'],
      profile: OFFICE,
      code: 'foreign-route',
    },
    {
      what: 'the very route, but made by others',
      before: ['route add 10.9.0.0/16 dev eth1 proto static'],
      after: ['route del 10.9.0.0/16 proto static'],
      profile: custom('routes: [{ to: 10.9.0.0/16, interface: eth1 }]'),
      code: 'foreign-route',
    },
    {
      what: 'a gateway on no wire',
      before: [],
      after: [],
      profile: custom('routes: [{ to: 10.9.0.0/16, via: 10.1.1.1 }]'),
      code: 'gateway-unreachable',
    },
    {
      what: 'a gateway on another wire',
      before: ['address add 10.1.1.2/24 dev eth2'],
      after: ['address del 10.1.1.2/24 dev eth2'],
      profile: custom('routes: [{ to: 10.9.0.0/16, via: 10.1.1.1, interface: eth0 }]'),
      code: 'gateway-unreachable',
    },
    { what: 'an interface that does not exist', before: [], after: [], profile: OFFICE.replace('eth1', 'eth9'), code: 'no-such-interface' },
    { what: 'an interface that is down', before: ['link set eth1 down'], after: ['link set eth1 up'], profile: OFFICE, code: 'link-down' },
  ])('$what: 4 before the first write', async ({ before: lines, after, profile, code }) => {
    const bare = await net.snapshot('router');
    await net.ip('router', ...lines);
    const before = await net.snapshot('router');
    const refused = await net.parp('router', ['--json', 'apply', net.profile('x.yaml', profile), ...QUIET, '--force']);
    expect(refused.exitCode).toBe(4);
    expect(refused.json).toMatchObject({ error: { code } });
    expect(await changed(net, before)).toEqual([]);
    expect(journals(net), 'a journal is written before anything else').toEqual([]);
    await net.ip('router', ...after);
    expect(await changed(net, bare)).toEqual([]);
  });

  it('an nftables table that bears the name of the profile: 4, and the table stands', async () => {
    await net.run('router', ['nft', 'add table ip parp_edge { chain mine { type filter hook input priority 5; }; }']);
    const before = await net.snapshot('router');
    const refused = await net.parp('router', ['--json', 'apply', net.profile('edge.yaml', EDGE), ...QUIET]);
    expect(refused.exitCode).toBe(4);
    expect(refused.json).toMatchObject({ error: { code: 'foreign-table' } });
    expect(await changed(net, before)).toEqual([]);
    await net.run('router', ['nft', 'delete table ip parp_edge']);
  });
});

describe.skipIf(!CAN_BUILD)('what only the kernel and its helpers know', () => {
  const net = useNetwork(THREE_WIRES);

  it('a source that is no address of the host: 5, and what was written before it is taken back', async () => {
    const before = await net.snapshot('router');
    const pieces = [
      'sysctl: { net/ipv4/conf/eth1/arp_ignore: 1, net/ipv4/neigh/eth1/proxy_delay: 40ms }',
      'addresses: [{ address: 192.168.0.1/24, interface: eth0 }]',
      'routes: [{ to: 10.8.8.8/32, interface: eth1 }, { to: 10.9.9.9/32, interface: eth1, source: 10.99.99.99 }]',
      'proxies: [{ address: 10.9.9.9, interface: eth0 }]',
    ];
    const refused = await net.parp('router', ['--json', 'apply', net.profile('pieces.yaml', custom(pieces.join('\n'))), '--no-probe']);
    expect(refused.exitCode).toBe(5);
    const error = 'Add route 10.9.9.9/32 dev eth1: Invalid prefsrc address (EINVAL)';
    expect(refused.json).toMatchObject({ outcome: 'rolled-back', error, announced: 0, left: [], refused: [] });
    expect(await changed(net, before)).toEqual([]);
    expect(journals(net)).toHaveLength(1);
    await nothingIsLeft(net);
  });

  /** The command line of parp where nft lists as ever, and does what the shell lines say instead of writing. */
  function withNft(lines: string): string[] {
    const nft = realpathSync(programPath('nft'));
    const [real, broken] = [`${net.lab.folder}/nft.real`, `${net.lab.folder}/broken`];
    const words = lines.replaceAll('REAL', real).replaceAll('BROKEN', broken);
    const script = `#!/bin/sh\n[ -e ${broken} ] && exec echo garbage\ncase "$*" in *list*) exec ${real} "$@";; esac\n${words}\n`;
    const wrapper = net.profile('nft.wrapper', script);
    chmodSync(wrapper, 0o755);
    net.profile('nft.real', '');
    // Only in a mount namespace of its own, which ends with parp.
    const mounts = `mount --bind ${nft} ${real} && mount --bind ${wrapper} ${nft} && exec "$@"`;
    return ['unshare', '--mount', 'sh', '-c', mounts, 'sh', ...PARP];
  }

  const apply = ['--json', 'apply', ...QUIET];

  it('nft, wrapped, does its work: what the next ones are compared to', async () => {
    const before = await net.snapshot('router');
    const applied = await net.run('router', [...withNft('exec REAL "$@"'), ...apply, net.profile('edge.yaml', EDGE)]);
    expect(applied, applied.stderr).toMatchObject({ exitCode: 0 });
    expect((await net.parp('router', ['remove', 'edge'])).exitCode).toBe(0);
    expect(await changed(net, before)).toEqual([]);
  });

  it.each([
    {
      what: 'nft refuses',
      does: 'echo "Error: Could not process rule: Not supported" >&2; exit 1',
      says: 'Could not process rule: Not supported',
    },
    { what: 'nft is killed', does: 'kill -KILL $$', says: 'was killed by SIGKILL' },
    { what: 'nft says that it is done, and is not', does: 'exit 0', says: 'The kernel does not show what was written: nat parp_edge' },
    {
      what: 'a foreign route appears meanwhile',
      does: 'ip route add local 203.0.113.9 dev lo proto static 2>&-; exec REAL "$@"',
      says: 'Add route local 203.0.113.9/32 dev lo: File exists (EEXIST)',
      after: 'route del local 203.0.113.9 dev lo proto static',
    },
  ])('$what: 5, and everything before it is taken back', async ({ does, says, after }) => {
    const before = await net.snapshot('router');
    const end = await net.run('router', [...withNft(does), ...apply, net.profile('edge.yaml', EDGE)]);
    expect(end, end.stderr).toMatchObject({ exitCode: 5 });
    expect(JSON.parse(end.stdout)).toMatchObject({ outcome: 'rolled-back', error: expect.stringContaining(says), refused: [] });
    // Throws where what others did does not stand.
    if (after !== undefined) await net.ip('router', after);
    expect(await changed(net, before)).toEqual([]);
    await nothingIsLeft(net);
  });

  it('nft refuses, and from then on cannot even list: 6, which says how to go on, and recover does', async () => {
    const before = await net.snapshot('router');
    const edge = net.profile('edge.yaml', EDGE);
    // Netlink would see by itself that there is no table.
    const end = await net.run('router', [...withNft('touch BROKEN; exit 1'), '--engine', 'iproute2', ...apply, edge]);
    expect(end, end.stderr).toMatchObject({ exitCode: 6 });
    expect(JSON.parse(end.stdout)).toMatchObject({
      error: { code: 'undo-cut-off', remedy: 'Put that right, then go on with: parp recover' },
    });
    expect((await net.parp('router', ['--json', 'status'])).json).toMatchObject({ unfinished: { command: 'apply edge' } });
    expect((await net.parp('router', ['--json', 'recover'])).json).toMatchObject({ recovered: 'apply edge' });
    expect(await changed(net, before)).toEqual([]);
    await nothingIsLeft(net);
  });
});

describe.skipIf(!CAN_BUILD)('what happens while the wire is asked', () => {
  const ROUTED = custom(
    `addresses: [{ address: 192.168.5.1/24, interface: eth1 }]\nroutes: [{ to: 10.9.0.0/16, via: 192.168.0.9, interface: eth0 }]`,
  );

  it.each([
    { what: 'a foreign route appears', profile: OFFICE, lines: ['route add 192.168.0.66 dev eth2 proto static'] },
    { what: 'an interface vanishes', profile: OFFICE, lines: ['link del eth1'] },
    { what: 'the interface that is asked on vanishes', profile: OFFICE, lines: ['link del eth0'] },
    {
      what: 'an interface gets another name',
      profile: OFFICE,
      lines: ['link set eth1 down', 'link set eth1 name eth7', 'link set eth7 up'],
    },
    { what: 'an interface goes down', profile: OFFICE, lines: ['link set eth1 down'] },
    { what: 'a switch is set by another hand', profile: OFFICE, lines: [], sysctl: 'net/ipv4/conf/eth1/send_redirects' },
    { what: 'the network of a gateway goes', profile: ROUTED, lines: ['address del 192.168.0.8/24 dev eth0'] },
  ])('$what: 4, and the router is what that left', async ({ profile, lines, sysctl }) => {
    const net = await buildNetwork(THREE_WIRES);
    onTestFinished(async () => net.lab.destroy());
    await net.ip('router', 'address add 192.168.0.8/24 dev eth0');
    const before = await net.snapshot('router');
    const child = startParp(net, 'apply', net.profile('x.yaml', profile), '--no-announce');
    await asking(child);
    child.kill('SIGSTOP');
    expect(await changed(net, before), 'nothing is written yet').toEqual([]);
    await net.ip('router', ...lines);
    if (sysctl !== undefined) await net.setSysctl('router', sysctl, '0');
    const moved = await net.snapshot('router');
    child.kill('SIGCONT');
    const end = await child.end;
    expect(end, end.stderr).toMatchObject({ exitCode: 4 });
    expect(await changed(net, moved)).toEqual([]);
    expect(journals(net)).toEqual([]);
    await nothingIsLeft(net);
  });
});
