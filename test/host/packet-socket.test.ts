import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Lab } from '../../src/lab/namespaces.ts';
import { capture } from '../support/capture.ts';
import { buildPair, MAC_A, MAC_B, WITHOUT_ROOT } from '../support/pair.ts';
import { scriptJson, scriptOf } from '../support/script.ts';

/** What the scripts begin with: the socket of host a, a way to run `ip`, and how to collect what arrives within a moment. */
const PRELUDE = `
  import { execFileSync } from 'node:child_process';
  import { setTimeout as sleep } from 'node:timers/promises';
  import { decodeArpFrame, encodeArpFrame } from './src/wire/arp.ts';
  import { announcementRequest, requestFrame } from './src/wire/arp-frames.ts';
  import { openPacketSocket } from './src/host/packet-socket.ts';
  const ip = (line) => execFileSync('ip', line.split(' '));
  const rowOf = (socket, slots) => {
    const row = socket.row(slots, 42);
    for (let i = 0; i < slots; i++) row.bytes.set(encodeArpFrame(announcementRequest(socket.mac(), \`10.0.\${9 + (i >> 8)}.\${i & 255}\`)), i * 42);
    return row;
  };
  const failure = (act) => { try { act(); return null; } catch ({ ending, code, message, remedy }) { return { ending, code, message, remedy }; } };
  const arrived = async (socket) => {
    const frames = [];
    const until = performance.now() + 300;
    do {
      await sleep(10);
      for (let one = socket.receive(); one; one = socket.receive()) frames.push({ at: one.at, ...decodeArpFrame(one.bytes).value });
    } while (performance.now() < until);
    return frames;
  };
  const print = (value) => console.log(JSON.stringify(value));
`;

describe.skipIf(WITHOUT_ROOT)('openPacketSocket() (needs root for network namespaces)', () => {
  let lab: Lab;
  beforeEach(async () => {
    lab = await buildPair();
  });
  afterEach(async () => lab.destroy());

  const onA = async (body: string): Promise<unknown> => scriptJson(lab, 'a', `${PRELUDE}\n${body}`);

  it('knows the interface, also after its MAC has changed', async () => {
    const answer = await onA(`
      const socket = openPacketSocket('eth0');
      const before = socket.mac();
      ip('link set eth0 address 02:00:00:00:00:99');
      print({ interface: socket.interface, index: socket.index > 1, before, after: socket.mac() });
    `);
    expect(answer).toEqual({ interface: 'eth0', index: true, before: MAC_A, after: '02:00:00:00:00:99' });
  });

  it('receives what the neighbour answers, with the time the kernel got it', async () => {
    const answer = await onA(`
      const socket = openPacketSocket('eth0');
      const before = Date.now();
      await socket.send(encodeArpFrame(requestFrame(socket.mac(), '10.0.0.1', '10.0.0.2')));
      const [frame, ...more] = await arrived(socket);
      print({ ...frame, at: frame.at >= before && frame.at <= Date.now(), more: more.length });
    `);
    const reply = { operation: 'reply', senderMac: MAC_B, senderIp: '10.0.0.2', targetMac: MAC_A, targetIp: '10.0.0.1' };
    expect(answer).toEqual({ ...reply, destination: MAC_A, source: MAC_B, at: true, more: 0 });
  });

  it("hears neither other interfaces, nor frames for others' MACs", async () => {
    const send = await scriptOf(`${PRELUDE}
      for (const name of ['eth1', 'eth0']) {
        const socket = openPacketSocket(name, { receives: false });
        const frame = announcementRequest(socket.mac(), '10.0.0.9');
        for (const destination of ['02:00:00:00:00:77', 'ff:ff:ff:ff:ff:ff', '${MAC_A}']) {
          await socket.send(encodeArpFrame({ ...frame, destination }));
        }
      }
    `);
    try {
      const answer = await onA(`
        import { spawnSync } from 'node:child_process';
        ip('link set eth0 promisc on');
        const socket = openPacketSocket('eth0');
        const environment = { ...process.env, ...${JSON.stringify(send.env)} };
        const inB = ['netns', 'exec', '${lab.name('b')}', ...${JSON.stringify(send.argv)}];
        const { status } = spawnSync('ip', inB, { env: environment, stdio: ['ignore', 'ignore', 'inherit'] });
        const frames = await arrived(socket);
        print({ status, destinations: frames.map(({ source, destination }) => [source, destination]) });
      `);
      const heard = [
        [MAC_B, 'ff:ff:ff:ff:ff:ff'],
        [MAC_B, MAC_A],
      ];
      expect(answer).toEqual({ status: 0, destinations: heard });
    } finally {
      send.remove();
    }
  });

  it('tells a link without carrier, and waits for one that comes', async () => {
    await lab.batch('b', ['link set eth0 down']);
    const answer = await onA(`
      const socket = openPacketSocket('eth0');
      const deadline = performance.now() + 5000;
      while (socket.running() && performance.now() < deadline) await sleep(10);
      const without = [socket.running(), await socket.untilRunning(50)];
      ip('-n ${lab.name('b')} link set eth0 up');
      print({ without, later: await socket.untilRunning(5000), now: socket.running() });
    `);
    expect(answer).toEqual({ without: [false, false], later: true, now: true });
  });

  it('sends with the errno of the kernel where it refuses', async () => {
    const answer = await onA(`
      const socket = openPacketSocket('eth0');
      const frame = encodeArpFrame(announcementRequest(socket.mac(), '10.0.0.9'));
      const up = await socket.send(frame);
      ip('link set eth0 down');
      const down = await socket.send(frame);
      ip('link delete eth0');
      print({ up, down, gone: await socket.send(frame), mac: socket.mac() });
    `);
    expect(answer).toEqual({ up: 42, down: -100, gone: -6, mac: null });
  });

  it('offers a row of frames in one call, any run of it', async () => {
    const wire = await capture(lab, 'b', 'eth0');
    const answer = await onA(`
      const socket = openPacketSocket('eth0', { receives: false });
      const row = rowOf(socket, 8);
      const answers = [row.offer(0, 8), row.offer(2, 3), row.offer(7, 1)];
      const whole = Array.from({ length: 8 }, (_, slot) => row.whole(slot));
      const beyond = [() => row.offer(6, 3), () => socket.row(1025, 42)].map((act) => {
        try { return act(); } catch ({ name }) { return name; }
      });
      print({ answers, whole, beyond });
    `);
    expect(answer).toEqual({ answers: [8, 3, 1], whole: Array.from({ length: 8 }, () => true), beyond: ['RangeError', 'RangeError'] });
    const frames = (await wire.frames()).filter(({ source }) => source === MAC_A);
    expect(frames.map(({ senderIp }) => Number(senderIp.split('.')[3]))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 2, 3, 4, 7]);
  });

  it('offers a row with the errno of the kernel for its first frame', async () => {
    const answer = await onA(`
      const row = rowOf(openPacketSocket('eth0', { receives: false }), 4);
      const up = row.offer(0, 4);
      ip('link set eth0 down');
      const down = row.offer(0, 4);
      ip('link delete eth0');
      print({ up, down, gone: row.offer(1, 2) });
    `);
    expect(answer).toEqual({ up: 4, down: -100, gone: -6 });
  });

  it('counts of a row that is too much at once those frames that the kernel took, and says next why it took no more', async ({ skip }) => {
    // What IPv6 says by itself when a link comes up would be counted, too.
    await lab.run('a', ['tee', '/proc/sys/net/ipv6/conf/eth0/disable_ipv6'], { input: '1' });
    // One frame in 42 ms: nothing of what is waiting leaves meanwhile, and the socket's buffer holds a few hundred.
    const slow = 'tc qdisc add dev eth0 root tbf rate 8kbit burst 100 limit 1mb';
    if ((await lab.run('a', slow.split(' '))).exitCode !== 0) return skip('the kernel has no token bucket filter (tc-tbf)');
    const answer = await onA(`
      const row = rowOf(openPacketSocket('eth0', { receives: false }), 1024);
      const taken = row.offer(0, 1024);
      const rest = row.offer(taken, 1024 - taken);
      const [, sent, queued] = /Sent \\d+ bytes (\\d+) pkt[^]*backlog \\S+ (\\d+)p/.exec(execFileSync('tc', ['-s', 'qdisc', 'show', 'dev', 'eth0'])) ?? [];
      print({ taken, rest, inQueue: Number(sent) + Number(queued) });
    `);
    const { taken, rest, inQueue } = answer as { taken: number; rest: number; inQueue: number };
    expect(taken).toBeGreaterThan(1);
    expect(taken).toBeLessThan(1024);
    expect(rest, 'EAGAIN').toBe(-11);
    expect(inQueue).toBe(taken);
  });

  it.each([
    { name: 'nix', code: 'no-such-interface', message: 'There is no interface "nix"', remedy: 'Name one of lo, eth0, eth1' },
    { name: 'lo', code: 'no-arp', message: 'Interface "lo" has no Ethernet address' },
    { name: 'eth1', code: 'no-arp', message: 'Interface "eth1" does no ARP (NOARP)' },
  ])('refuses $name with $code', async ({ name, ...failure }) => {
    await lab.batch('a', ['link set eth1 arp off']);
    expect(await onA(`print(failure(() => openPacketSocket('${name}')))`)).toMatchObject({ ending: 'refused', ...failure });
  });

  it('names the capability that is missing', async () => {
    const script = await scriptOf(`${PRELUDE} print(failure(() => openPacketSocket('eth0')))`);
    try {
      const without = ['setpriv', '--bounding-set=-net_raw', '--inh-caps=-net_raw'];
      const { stdout } = await lab.run('a', [...without, ...script.argv], { env: script.env });
      expect(JSON.parse(stdout)).toMatchObject({
        ending: 'refused',
        code: 'missing-capability',
        message: 'Raw ARP frames need CAP_NET_RAW',
        remedy: expect.any(String),
      });
    } finally {
      script.remove();
    }
  });
});
