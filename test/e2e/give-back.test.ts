// The story: an administrator tries a profile and changes his mind. For every profile in profiles/, and two that use what those leave out,
// a router is built with the interfaces that it names; parp puts it in force and takes it out again. The kernel then is, table by table and
// file by file, what it was: addresses, routes of all tables, rules, proxies, permanent neighbours, the nft ruleset and every readable file
// under /proc/sys/net/ipv4 (but those that `VOLATILE` names). That is right on a fresh router, and on one that has been lived in: forwarding
// on already, though not everywhere, the wanted addresses and proxies there by other hands, a firewall, a rule, routes of its own.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { differences, VOLATILE } from '../../src/lab/snapshot.ts';
import type { Topology } from '../../src/lab/topology.ts';
import { sysctlParts } from '../../src/net/sysctl-path.ts';
import { parseProfiles } from '../../src/profile/parse.ts';
import type { Profile } from '../../src/profile/profile.ts';
import { buildNetwork, CAN_BUILD, type Network } from '../support/namespaces.ts';

const FOLDER = fileURLToPath(new URL('../../profiles', import.meta.url));

const LISTED = `version: 1
kind: pseudo-bridge
name: listed
answer: listed
forwarding: interfaces
proxy_delay: 50ms
segments:
  - interface: eth0
    addresses: [192.168.0.1/24, 192.168.0.254/24]
    hosts: [192.168.0.2, 192.168.0.4/30]
  - interface: eth0.10
    hosts: [192.168.0.64-192.168.0.90]
  - interface: eth2
    addresses: [192.168.7.1/25]
    hosts: [192.168.0.128/27]
`;

const PIECES = `version: 1
kind: custom
name: pieces
forwarding: global
redirects: false
sysctl:
  net/ipv4/ip_nonlocal_bind: 1
  net/ipv4/conf/all/arp_announce: 2
  net/ipv4/conf/default/proxy_arp_pvlan: 1
  net/ipv4/conf/eth0.10/arp_ignore: 1
  net/ipv4/conf/eth1/forwarding: 0
  net/ipv4/neigh/eth1/proxy_delay: 100ms
  net/ipv4/neigh/eth1/proxy_qlen: 128
  net/ipv4/neigh/eth0.10/locktime: 0ms
addresses:
  - { address: 10.0.0.1/24, interface: eth0.10 }
  - { address: 10.0.0.2/24, interface: eth0.10 }
  - { address: 10.0.1.1/24, interface: eth1 }
routes:
  - { to: 10.0.9.0/24, via: 10.0.0.9 }
  - { to: 10.0.8.0/24, interface: eth1, metric: 50, source: 10.0.0.2 }
  - { to: 10.0.8.0/24, type: blackhole, metric: 60 }
  - { to: 10.0.7.0/24, type: prohibit }
  - { to: 10.0.6.6/32, type: local, interface: lo }
  - { to: default, via: 10.0.1.9, table: 77 }
  - { to: 172.16.0.0/12, via: 192.0.2.1, interface: eth1, onlink: true }
proxies:
  - { address: 10.0.0.64/28, interface: eth1 }
  - { address: 10.0.1.7, interface: eth0.10 }
announce_addresses:
  - { address: 10.0.0.64/28, interface: eth1 }
`;

/** Every file of the profile's folder by name, the profile itself first. */
type Files = ReadonlyMap<string, string>;

const examples = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'));
const CASES: readonly { readonly name: string; readonly files: Files }[] = [
  ...examples.map((name) => ({ name, files: filesBeside(name) })),
  { name: 'listed.yaml', files: new Map([['listed.yaml', LISTED]]) },
  { name: 'pieces.yaml', files: new Map([['pieces.yaml', PIECES]]) },
];

function filesBeside(profile: string): Files {
  const names = [profile, ...readdirSync(FOLDER).filter((name) => !name.endsWith('.yaml'))];
  return new Map(names.map((name) => [name, readFileSync(join(FOLDER, name), 'utf8')]));
}

/** A router with the interfaces that the profiles of a file name, each wired to a host of its own. */
function topologyFor(name: string, files: Files): Topology {
  const hosts = (path: string) => ({ ok: true, bytes: Buffer.from(files.get(basename(path)) ?? ''), file: path }) as const;
  const { profiles, diagnostics } = parseProfiles({ file: name, bytes: Buffer.from(files.get(name) ?? '') }, hosts);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  // One that no profile names, so that it shows what ip_forward does to the others.
  const links = [...new Set(['bystander', ...profiles.flatMap(linksOf)])].filter((link) => link !== 'lo');
  return {
    hosts: {
      router: { links: Object.fromEntries(links.map((link) => [link, {}])) },
      wire: { links: {} },
    },
    wires: links.map((link, i) => [`router:${link}`, `wire:w${i}`] as const),
  };
}

function linksOf(profile: Profile): readonly string[] {
  switch (profile.kind) {
    case 'pseudo-bridge':
      return profile.segments.map((segment) => segment.interface);
    case 'private-vlan':
      return profile.interfaces.flatMap((entry) =>
        typeof entry === 'string' ? [entry] : ['1', '2'].map((digit) => entry.glob.replaceAll(/[*?]/g, digit)),
      );
    case 'nat-proxy':
      return [profile.outside, profile.inside];
    case 'custom': {
      const holders = profile.sysctl.map(({ path }) => sysctlParts(path)).filter(({ group }) => group !== 'global');
      const pieces = [...profile.addresses, ...profile.routes, ...profile.proxies, ...profile.announceAddresses];
      return [...holders.map(({ holder }) => holder), ...pieces.flatMap((piece) => piece.interface ?? [])].filter(
        (link) => link !== 'all' && link !== 'default',
      );
    }
  }
}

interface Change {
  readonly kind: string;
  readonly subject: { readonly address: string; readonly interface: string };
}

/** What the profile would change; what of it is an address or a proxy neighbour can be there before. */
async function changesOf(net: Network, file: string): Promise<readonly Change[]> {
  const { exitCode, stdout, stderr } = await net.parp('router', ['--json', 'plan', file]);
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  const plan: { operations: readonly Change[] } = JSON.parse(stdout);
  return plan.operations;
}

/** A router that others have used for years, and that has much of what the profile wants. */
async function liveIn(net: Network, file: string): Promise<void> {
  const changes = await changesOf(net, file);
  const links = Object.keys(net.lab.topology.hosts['router']?.links ?? {});
  const first = links.find((link) => link !== 'bystander') ?? 'bystander';
  const sysctls = [
    ['ip_forward', '1'],
    ['conf/all/accept_redirects', '1'],
    ['conf/all/send_redirects', '0'],
    ['conf/bystander/forwarding', '0'],
    [`conf/${first}/forwarding`, '0'],
    [`conf/${first}/rp_filter`, '2'],
    [`neigh/${first}/proxy_delay`, '250'],
    ['conf/default/forwarding', '0'],
  ] as const;
  for (const [path, value] of sysctls) await net.setSysctl('router', `net/ipv4/${path}`, value);
  const addresses = changes
    .filter(({ kind }) => kind === 'address')
    .map(({ subject }) => `address add ${subject.address} dev ${subject.interface}`);
  const proxies = changes
    .filter(({ kind }) => kind === 'proxy')
    .slice(0, 2)
    .map(({ subject }, i) => `neigh add proxy ${subject.address} dev ${subject.interface}${i === 0 ? '' : ' protocol static'}`);
  await net.ip(
    'router',
    ...addresses,
    ...proxies,
    'address add 198.51.100.1/24 dev bystander',
    'address add 198.51.100.2/24 dev bystander',
    'route add 198.18.0.0/15 via 198.51.100.9 proto static',
    'route add blackhole 198.18.0.0/16 metric 9 table 99',
    'rule add from 198.51.100.0/24 lookup 99 priority 900',
    'neigh add 198.51.100.77 lladdr 02:00:00:00:77:77 dev bystander nud permanent',
    'neigh add proxy 198.51.100.78 dev bystander',
  );
  const input = 'table inet admin { chain forward { type filter hook forward priority 0; policy accept; oifname "bystander" drop; }; }\n';
  expect((await net.run('router', ['nft', '-f', '-'], { input })).exitCode).toBe(0);
}

describe.skipIf(!CAN_BUILD)('parp remove gives back', () => {
  it('tries every profile of profiles/, and counts out no file of /proc/sys/net/ipv4 without a name', () => {
    expect(examples.length).toBeGreaterThan(0);
    expect(VOLATILE).toEqual([]);
  });

  describe.each(CASES)('what $name changed', ({ name, files }) => {
    it.each([
      { router: 'a fresh router', before: null, options: ['--no-wait'] },
      { router: 'a router that was lived in', before: liveIn, options: ['--no-probe', '--no-announce'] },
    ])('on $router', async ({ before: prepare, options }) => {
      const net = await buildNetwork(topologyFor(name, files));
      onTestFinished(async () => net.lab.destroy());
      const [file = ''] = [...files].map(([path, text]) => net.profile(path, text));
      await prepare?.(net, file);
      const before = await net.snapshot('router');

      const applied = await net.parp('router', ['apply', file, ...options]);
      expect(applied, applied.stderr).toMatchObject({ exitCode: 0 });
      const during = differences(before, await net.snapshot('router'));
      expect(during).not.toEqual([]);
      expect((await net.parp('router', ['--json', 'apply', file, ...options])).json).toMatchObject({ outcome: 'nothing-to-do' });
      expect((await net.parp('router', ['status', '--detailed-exitcode'])).exitCode).toBe(0);

      const removed = await net.parp('router', ['--json', 'remove', '--all']);
      expect(removed, removed.stderr).toMatchObject({ exitCode: 0 });
      expect(removed.json).toMatchObject({ outcome: 'done', left: [] });
      expect(differences(before, await net.snapshot('router'))).toEqual([]);
      expect((await net.parp('router', ['--json', 'status'])).json).toMatchObject({ profiles: [], unfinished: null });
    });
  });
});
