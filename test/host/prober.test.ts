import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildTopology, type Lab } from '../../src/lab/namespaces.ts';
import { capture } from '../support/capture.ts';
import { buildPair, MAC_A, MAC_B, WITHOUT_ROOT } from '../support/pair.ts';
import { scriptJson, scriptOf } from '../support/script.ts';

/** What the scripts begin with: how host a probes, and how another host says something meanwhile. */
const PRELUDE = `
  import { execFileSync } from 'node:child_process';
  import { setTimeout as sleep } from 'node:timers/promises';
  import { probe } from './src/host/prober.ts';
  const ip = (line) => execFileSync('ip', line.split(' '));
  const print = (value) => console.log(JSON.stringify(value));
  const failure = async (promise) => promise.then(() => null, ({ name, ending, code, message }) => ({ name, ending, code, message }));
`;

const time = expect.any(Number);

describe.skipIf(WITHOUT_ROOT)('probe() among three hosts (needs root for network namespaces)', () => {
  // Host b owns 10.0.0.2; c owns 10.0.0.3, and 10.0.0.9 together with b; a proxy owns nothing but answers for 10.1.0.0/16.
  let lab: Lab;
  beforeAll(async () => {
    const host = (mac: string, ...addresses: string[]) => ({ links: { eth0: { mac, addresses } } });
    lab = await buildTopology(
      {
        hosts: {
          a: host(MAC_A, '10.0.0.1/24'),
          b: host(MAC_B, '10.0.0.2/24', '10.0.0.9/32'),
          c: host('02:00:00:00:00:0c', '10.0.0.3/24', '10.0.0.9/32'),
          proxy: { links: { eth0: { mac: '02:00:00:00:00:0d', addresses: ['10.0.0.4/24'] }, eth1: {} } },
          beyond: { links: { eth0: {} } },
        },
        switches: { wall: {} },
        wires: [
          ['a:eth0', 'wall:port-a'],
          ['b:eth0', 'wall:port-b'],
          ['c:eth0', 'wall:port-c'],
          ['proxy:eth0', 'wall:port-proxy'],
          ['proxy:eth1', 'beyond:eth0'],
        ],
      },
      { family: 'parp-test' },
    );
    await lab.batch('proxy', ['route add 10.1.0.0/16 dev eth1']);
    await lab.run('proxy', ['tee', '/proc/sys/net/ipv4/conf/eth0/proxy_arp', '/proc/sys/net/ipv4/conf/eth0/forwarding'], { input: '1\n' });
  });
  afterAll(async () => lab?.destroy());

  const onA = async (body: string): Promise<unknown> => scriptJson(lab, 'a', `${PRELUDE}\n${body}`);
  const asked = async (options: object): Promise<unknown> =>
    onA(`print(await probe(${JSON.stringify({ interface: 'eth0', ...options })}))`);

  it('tells who owns each address, every claimant once, and nothing of free ones', async () => {
    const answers = await asked({ addresses: ['10.0.0.2', '10.0.0.5', '10.0.0.9', '10.0.0.3'] });
    const [first, ...rest] = answers as object[];
    expect(first).toEqual({ address: '10.0.0.2', mac: MAC_B, milliseconds: time, kind: 'reply' });
    const byMac = (a: object, b: object): number => JSON.stringify(a).localeCompare(JSON.stringify(b));
    expect(rest.slice(0, 2).sort(byMac)).toMatchObject([
      { address: '10.0.0.9', mac: MAC_B, kind: 'reply' },
      { address: '10.0.0.9', mac: '02:00:00:00:00:0c', kind: 'reply' },
    ]);
    expect(rest.slice(2)).toMatchObject([{ address: '10.0.0.3', mac: '02:00:00:00:00:0c' }]);
  });

  it('measures milliseconds from the probe to the answer', async () => {
    const [answer] = (await asked({ addresses: ['10.0.0.2'] })) as { milliseconds: number }[];
    expect(answer?.milliseconds).toBeGreaterThan(0);
    expect(answer?.milliseconds).toBeLessThan(1000);
  });

  it("takes this host's other MACs for no answer", async () => {
    const answers = await onA(`print(await probe({ interface: 'eth0', addresses: ['10.0.0.9'], ownMacs: new Set(['${MAC_B}']) }))`);
    expect(answers).toMatchObject([{ mac: '02:00:00:00:00:0c' }]);
  });

  it('sees a proxy only with a sender of its own', async () => {
    const manner = { addresses: ['10.1.2.3'], mode: 'patient', intervalMs: 1000, listenMs: 1000 };
    expect(await asked(manner)).toEqual([]);
    expect(await asked({ ...manner, sender: '10.0.0.1' })).toMatchObject([{ mac: '02:00:00:00:00:0d', kind: 'reply' }]);
  });

  it('asks for thousands of addresses side by side and misses no answer, with CAP_NET_RAW alone', async () => {
    await lab.batch('c', ['route add local 10.0.16.0/20 dev lo']);
    const script = await scriptOf(`${PRELUDE}
      const addresses = Array.from({ length: 4096 }, (_, i) => '10.0.' + (16 + (i >> 8)) + '.' + (i & 255));
      const answers = await probe({ interface: 'eth0', addresses, count: 1, listenMs: 500 });
      print([answers.length, new Set(answers.map(({ address }) => address)).size]);
    `);
    try {
      // Without CAP_NET_ADMIN the socket's buffer has the system's limits, and in any case so many answers do not fit.
      const unprivileged = ['setpriv', '--bounding-set=-net_admin', '--inh-caps=-net_admin'];
      const { stdout } = await lab.run('a', [...unprivileged, ...script.argv], { env: script.env });
      expect(JSON.parse(stdout)).toEqual([4096, 4096]);
    } finally {
      script.remove();
    }
  });

  it.each([
    { kind: 'probe-conflict', frame: `probeFrame(socket.mac(), '10.0.0.50')` },
    { kind: 'announcement', frame: `announcementRequest(socket.mac(), '10.0.0.50')` },
    { kind: 'announcement', frame: `announcementReply(socket.mac(), '10.0.0.50')` },
    { kind: 'request', frame: `requestFrame(socket.mac(), '10.0.0.50', '10.0.0.77')` },
    { kind: null, frame: `requestFrame(socket.mac(), '10.0.0.51', '10.0.0.50')` },
    { kind: null, frame: `{ ...requestFrame(socket.mac(), '10.0.0.50', '10.0.0.77'), operation: 'rarp-request' }` },
  ])('takes $frame of another host for $kind', async ({ kind, frame }) => {
    const says = await scriptOf(`
      import { encodeArpFrame } from './src/wire/arp.ts';
      import { announcementReply, announcementRequest, probeFrame, requestFrame } from './src/wire/arp-frames.ts';
      import { openPacketSocket } from './src/host/packet-socket.ts';
      const socket = openPacketSocket('eth0');
      setInterval(() => socket.send(encodeArpFrame(${frame})), 20);
    `);
    const child = lab.spawn('b', says.argv, { env: says.env });
    try {
      const answers = await asked({ addresses: ['10.0.0.50'], listenMs: 1000 });
      expect(answers).toEqual(kind === null ? [] : [{ address: '10.0.0.50', mac: MAC_B, milliseconds: time, kind }]);
    } finally {
      child.kill('SIGKILL');
      await child.end;
      says.remove();
    }
  });

  it('reports of each claimant what it said first', async () => {
    const says = await scriptOf(`
      import { setTimeout as sleep } from 'node:timers/promises';
      import { encodeArpFrame } from './src/wire/arp.ts';
      import { announcementRequest, probeFrame } from './src/wire/arp-frames.ts';
      import { openPacketSocket } from './src/host/packet-socket.ts';
      const socket = openPacketSocket('eth0');
      console.log('listening');
      while (socket.receive() === undefined) await sleep(5);
      await socket.send(encodeArpFrame(probeFrame(socket.mac(), '10.0.0.50')));
      await socket.send(encodeArpFrame(announcementRequest(socket.mac(), '10.0.0.50')));
    `);
    const child = lab.spawn('b', says.argv, { env: says.env });
    try {
      await new Promise((resolve) => child.stdout.once('data', resolve));
      const answers = await asked({ addresses: ['10.0.0.50'], listenMs: 1000 });
      expect(answers).toEqual([{ address: '10.0.0.50', mac: MAC_B, milliseconds: time, kind: 'probe-conflict' }]);
    } finally {
      child.kill('SIGKILL');
      await child.end;
      says.remove();
    }
  });
});

describe.skipIf(WITHOUT_ROOT)('probe() between two hosts (needs root for network namespaces)', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await buildPair();
  });
  afterAll(async () => lab?.destroy());
  const onA = async (body: string): Promise<unknown> => scriptJson(lab, 'a', `${PRELUDE}\n${body}`);

  it('with the times of RFC 5227 asks three times, seconds apart, and no more who has answered', async () => {
    const wire = await capture(lab, 'b', 'eth0');
    const answers = await onA(`print(await probe({ interface: 'eth0', addresses: ['10.0.0.2', '10.0.0.9'], mode: 'rfc5227' }))`);
    expect(answers).toMatchObject([{ address: '10.0.0.2', mac: MAC_B }]);
    const probes = (await wire.frames()).filter(({ source, senderIp }) => source === MAC_A && senderIp === '0.0.0.0');
    expect(probes.map(({ targetIp }) => targetIp)).toEqual(['10.0.0.2', '10.0.0.9', '10.0.0.9', '10.0.0.9']);
    const times = probes.filter(({ targetIp }) => targetIp === '10.0.0.9').map(({ at }) => at);
    // PROBE_MIN; the upper bound is the scheduler's.
    const gaps = times.slice(1).map((at, i) => at - (times[i] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(0.999);
  });

  it('ends at the signal', async () => {
    const answer = await onA(`
      const promise = probe({ interface: 'eth0', addresses: ['10.0.0.9'], mode: 'rfc5227', signal: AbortSignal.timeout(50) });
      print((await failure(promise)).name);
    `);
    expect(answer).toBe('AbortError');
  });

  it('says nothing about an address where nobody can answer', async () => {
    const answers = await onA(`
      const ask = async () => failure(probe({ interface: 'eth1', addresses: ['10.0.0.9'], count: 3, intervalMs: 300 }));
      const before = await ask();
      const during = ask();
      await sleep(100);
      ip('-n ${lab.name('b')} link set eth1 down');
      const cut = await during;
      const after = await ask();
      ip('link set eth1 down');
      print({ before, cut, after, down: await ask() });
    `);
    const noCarrier = { ending: 'refused', code: 'no-carrier' };
    expect(answers).toMatchObject({ before: null, cut: noCarrier, after: noCarrier, down: noCarrier });
  });

  it.each(['nix', 'lo'])('refuses the interface %s', async (name) => {
    expect(await onA(`print(await failure(probe({ interface: '${name}', addresses: ['10.0.0.9'] })))`)).toMatchObject({
      ending: 'refused',
    });
  });
});
