// The story: a provider hands out 203.0.113.0/24 on one wire and asks by ARP for each address of it. Behind the router live hosts with
// private addresses. The client on the street asks for a public address; the router answers, because the address is a local route of its
// own (a proxy neighbour for an address of the outside's own subnet is never answered, KERNEL.md F106), and translates: one to one and
// prefix to prefix in both directions, many to one on the way out, one port on the way in. What nobody listed stays silent, the router's
// own services cannot be reached at a public address, and the firewall of the router's administrator is not touched.
import { beforeAll, describe, expect, it } from 'vitest';
import { differences, type Snapshot } from '../../src/lab/snapshot.ts';
import { CAN_BUILD, useNetwork } from '../support/namespaces.ts';

const EDGE = `version: 1
kind: nat-proxy
name: edge
outside: eth0
inside: eth1
nat:
  - { public: 203.0.113.10, private: 10.0.0.10 }
  - { public: 203.0.113.16/28, private: 10.0.1.16/28 }
  - { public: 203.0.113.9, source: 10.0.0.0/24 }
  - { public: 203.0.113.9, protocol: tcp, port: 443, to: "10.0.0.5:8443" }
`;

/** What the router's administrator has: parp must neither touch it nor be stopped by it. */
const FOREIGN = `table inet admin {
  set trusted { type ipv4_addr; elements = { 192.0.2.1, 192.0.2.7 } }
  chain input { type filter hook input priority filter; policy accept; ip saddr @trusted accept; }
  chain forward { type filter hook forward priority filter; policy accept; iifname "eth7" drop comment "not ours"; }
}
table ip nat {
  chain postrouting { type nat hook postrouting priority srcnat; policy accept; oifname "eth9" masquerade; }
}
`;

/** Listens on 0.0.0.0 and tells whoever connects its own name and the address that it sees. */
const SERVER = `const [name, ...ports] = process.argv.slice(1);
let open = ports.length;
for (const port of ports)
  require('node:net').createServer((socket) => socket.end(name + ' sees ' + socket.remoteAddress))
    .listen(Number(port), '0.0.0.0', () => { if (--open === 0) console.log('ready'); });`;

/** Connects and prints what the server says, an errno name, or \`silence\`. */
const CLIENT = `const [host, port] = process.argv.slice(1);
const tell = (words) => { process.stdout.write(words); process.exit(0); };
setTimeout(tell, 800, 'silence');
require('node:net').connect({ host, port: Number(port) })
  .on('data', (words) => tell(words.toString())).on('error', (error) => tell(error.code));`;

describe.skipIf(!CAN_BUILD)('parp apply of a nat-proxy', () => {
  const net = useNetwork({
    hosts: {
      client: { links: { eth0: { addresses: ['203.0.113.2/24'] } } },
      router: { links: { eth0: { addresses: ['203.0.113.1/24'] }, eth1: { addresses: ['10.0.0.1/24', '10.0.1.1/24'] } } },
      server: { links: { eth0: { addresses: ['10.0.0.10/24'] } }, routes: ['default via 10.0.0.1'] },
      web: { links: { eth0: { addresses: ['10.0.0.5/24'] } }, routes: ['default via 10.0.0.1'] },
      farm: { links: { eth0: { addresses: ['10.0.1.17/24', '10.0.1.30/24'] } }, routes: ['default via 10.0.1.1'] },
    },
    switches: { floor: {} },
    wires: [
      ['client:eth0', 'router:eth0'],
      ['router:eth1', 'floor:router'],
      ['server:eth0', 'floor:server'],
      ['web:eth0', 'floor:web'],
      ['farm:eth0', 'floor:farm'],
    ],
  });
  let before: Snapshot;
  let foreign: string;

  /** What a host hears at an address and port: who serves there, and as whom it sees the asker. */
  async function knock(host: string, address: string, port: number, from?: string): Promise<string> {
    const code = from === undefined ? CLIENT : CLIENT.replace('{ host,', `{ localAddress: '${from}', host,`);
    return (await net.run(host, [process.execPath, '-e', code, address, `${port}`])).stdout;
  }

  async function serve(host: string, ...ports: number[]): Promise<void> {
    const child = net.spawn(host, [process.execPath, '-e', SERVER, host, ...ports.map(String)]);
    await new Promise((resolve) => child.stdout.once('data', resolve));
  }

  /** The administrator's tables with their handles, as nft prints them. */
  async function foreignTables(): Promise<string> {
    const listings = [];
    for (const table of ['inet admin', 'ip nat'])
      listings.push((await net.run('router', ['nft', '-a', 'list', 'table', ...table.split(' ')])).stdout);
    return listings.join('');
  }

  beforeAll(async () => {
    const loaded = await net.run('router', ['nft', '-f', '-'], { input: FOREIGN });
    expect(loaded).toMatchObject({ exitCode: 0, stderr: '' });
    foreign = await foreignTables();
    expect(foreign).toContain('not ours');
    await Promise.all([serve('client', 80), serve('router', 22, 443), serve('server', 80), serve('web', 8443), serve('farm', 80)]);
    before = await net.snapshot('router');
    expect(await Promise.all([knock('client', '203.0.113.10', 80), knock('server', '203.0.113.2', 80)])).toEqual(['silence', 'silence']);
    const applied = await net.parp('router', ['apply', net.profile('edge.yaml', EDGE), '--no-wait']);
    expect(applied).toMatchObject({ exitCode: 0 });
  });

  it.each([
    { way: 'one to one, inwards', from: 'client', to: '203.0.113.10', port: 80, hears: 'server sees 203.0.113.2' },
    { way: 'one to one, outwards', from: 'server', to: '203.0.113.2', port: 80, hears: 'client sees 203.0.113.10' },
    { way: 'prefix to prefix, inwards', from: 'client', to: '203.0.113.17', port: 80, hears: 'farm sees 203.0.113.2' },
    { way: 'prefix to prefix, inwards, at its other end', from: 'client', to: '203.0.113.30', port: 80, hears: 'farm sees 203.0.113.2' },
    { way: 'prefix to prefix, outwards', from: 'farm', as: '10.0.1.17', to: '203.0.113.2', port: 80, hears: 'client sees 203.0.113.17' },
    { way: 'prefix to prefix, outwards', from: 'farm', as: '10.0.1.30', to: '203.0.113.2', port: 80, hears: 'client sees 203.0.113.30' },
    { way: 'many to one', from: 'web', to: '203.0.113.2', port: 80, hears: 'client sees 203.0.113.9' },
    { way: 'a forwarded port', from: 'client', to: '203.0.113.9', port: 443, hears: 'web sees 203.0.113.2' },
    { way: 'a port that is not forwarded', from: 'client', to: '203.0.113.9', port: 80, hears: 'silence' },
    { way: 'a closed port of the server, which says so itself', from: 'client', to: '203.0.113.10', port: 22, hears: 'ECONNREFUSED' },
  ])('$way: $from at $to:$port hears "$hears"', async ({ from, as, to, port, hears }) => {
    expect(await knock(from, to, port, as)).toBe(hears);
  });

  it('answers ARP for each public address with the MAC of the outside, and for none of their neighbours', async () => {
    const listed = ['203.0.113.9', '203.0.113.10', ...Array.from({ length: 16 }, (_, i) => `203.0.113.${16 + i}`)];
    const unlisted = ['203.0.113.8', '203.0.113.11', '203.0.113.15', '203.0.113.32', '203.0.113.254', '10.0.0.10', '8.8.8.8'];
    const questions = [...listed, ...unlisted].map((to) => ({ to, from: '203.0.113.2' }));
    const answers = await net.askArp('client', 'eth0', questions, { waitMs: 500 });
    const mac = net.macOf('router', 'eth0');
    expect(answers.map((answer) => `${answer.address} ${answer.mac}`).toSorted()).toEqual(listed.map((to) => `${to} ${mac}`).toSorted());
  });

  it('keeps its own service on 0.0.0.0 from every public address, whoever asks', async () => {
    expect(await Promise.all([knock('client', '203.0.113.1', 22), knock('web', '10.0.0.1', 22)]), 'at its own address').toEqual([
      'router sees 203.0.113.2',
      'router sees 10.0.0.5',
    ]);
    const asked = [
      knock('client', '203.0.113.9', 22),
      knock('web', '203.0.113.9', 22),
      knock('web', '203.0.113.10', 22),
      knock('web', '203.0.113.20', 22),
    ];
    expect(await Promise.all(asked)).toEqual(['silence', 'silence', 'silence', 'silence']);
  });

  it('leaves the ruleset of others unchanged byte by byte', async () => {
    expect(await foreignTables()).toBe(foreign);
    const tables = await net.run('router', ['nft', 'list', 'tables']);
    expect(tables.stdout).toBe('table inet admin\ntable ip nat\ntable ip parp_edge\n');
  });

  it('marks its routes with protocol 97, and names every public address in as few of them as hold exactly these', async () => {
    const routes = await net.ipJson('router', 'route', 'show', 'table', 'all', 'proto', '97');
    expect(routes.map(({ dst, dev, type }) => [type, dst, dev])).toEqual([
      ['local', '203.0.113.9', 'lo'],
      ['local', '203.0.113.10', 'lo'],
      ['local', '203.0.113.16/28', 'lo'],
    ]);
  });

  it('gives everything back, and the wire is silent again', async () => {
    expect(differences(before, await net.snapshot('router')).length, 'while it is in force').toBeGreaterThan(0);
    expect((await net.parp('router', ['remove', 'edge'])).exitCode).toBe(0);
    expect(differences(before, await net.snapshot('router'))).toEqual([]);
    expect(await foreignTables()).toBe(foreign);
    expect(await net.askArp('client', 'eth0', [{ to: '203.0.113.10', from: '203.0.113.2' }], { waitMs: 300 })).toEqual([]);
  });

  it("translates behind the router's own address without taking it over", async () => {
    const shared = `version: 1
kind: nat-proxy
name: shared
outside: eth0
inside: eth1
nat:
  - { public: 203.0.113.1, source: 10.0.0.0/24 }
  - { public: 203.0.113.1, protocol: tcp, port: 443, to: "10.0.0.5:8443" }
`;
    const applied = await net.parp('router', ['--json', 'apply', net.profile('shared.yaml', shared)]);
    expect(applied.exitCode).toBe(0);
    expect(applied.json).toMatchObject({ outcome: 'done', announcements: [], probes: [], announced: 0 });
    const heard = [knock('web', '203.0.113.2', 80), knock('client', '203.0.113.1', 443), knock('client', '203.0.113.1', 22)];
    expect(await Promise.all(heard)).toEqual(['client sees 203.0.113.1', 'web sees 203.0.113.2', 'router sees 203.0.113.2']);
    expect((await net.parp('router', ['remove', 'shared'])).exitCode).toBe(0);
    expect(differences(before, await net.snapshot('router'))).toEqual([]);
  });

  it('refuses to translate the own address as a whole, and changes nothing', async () => {
    const profile = net.profile('own.yaml', EDGE.replace('203.0.113.10,', '203.0.113.1,').replace('name: edge', 'name: own'));
    const refused = await net.parp('router', ['--json', 'apply', profile]);
    expect(refused.exitCode).toBe(4);
    expect(refused.json).toMatchObject({ error: { code: 'host-is-own-address' } });
    expect(differences(before, await net.snapshot('router'))).toEqual([]);
  });

  it('manage_nat: false answers and translates nothing, and says what that exposes', async () => {
    const profile = net.profile('bare.yaml', `${EDGE}manage_nat: false\n`.replace('name: edge', 'name: bare'));
    const applied = await net.parp('router', ['--json', 'apply', profile, '--no-announce']);
    expect(applied.exitCode).toBe(0);
    expect(applied.json).toMatchObject({ risks: [{ code: 'own-services-exposed', severity: 'warning' }] });
    expect(await knock('client', '203.0.113.9', 22), 'what the drop of the other tests keeps out').toBe('router sees 203.0.113.2');
    expect(await foreignTables()).toBe(foreign);
    const snapshot = await net.snapshot('router');
    expect(snapshot.nftables, 'nothing of nftables').toEqual(before.nftables);
    expect((await net.parp('router', ['remove', 'bare'])).exitCode).toBe(0);
    expect(differences(before, await net.snapshot('router'))).toEqual([]);
  });
});
