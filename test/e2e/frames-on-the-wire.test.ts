// The story: a router announces addresses and asks for others while tshark listens on the far end of the wire. What was sent is,
// field by field, what RFC 826 and RFC 5227 say, so that every kind of neighbour believes it: an announcement names the announced
// address as sender and as target, a probe claims nothing, and the kernel's counters agree with the wire.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileURLToPath } from 'node:url';
import type { Ended } from '../../src/lab/child-process.ts';
import { buildTopology, type Lab } from '../../src/lab/namespaces.ts';
import { capture, type SeenFrame } from '../support/capture.ts';

const PARP = fileURLToPath(new URL('../../bin/parp', import.meta.url));
const ROUTER = '02:00:00:00:00:0a';
const NEIGHBOUR = '02:00:00:00:00:0b';
const ALL = 'ff:ff:ff:ff:ff:ff';
const NOBODY = '00:00:00:00:00:00';

/** What every ARP frame over Ethernet and IPv4 has (RFC 826), and what a frame of the router's has. */
const FROM_ROUTER = {
  source: ROUTER,
  destination: ALL,
  etherType: '0x0806',
  hardwareType: 1,
  protocolType: '0x0800',
  hardwareLength: 6,
  protocolLength: 4,
  senderMac: ROUTER,
  length: 42,
};
const request = (address: string): object => ({
  ...FROM_ROUTER,
  operation: 1,
  senderIp: address,
  targetIp: address,
  targetMac: NOBODY,
});
/** KERNEL.md F57: only with the sender's MAC as target MAC does a reply move an entry at any age. */
const reply = (address: string): object => ({ ...FROM_ROUTER, operation: 2, senderIp: address, targetIp: address, targetMac: ROUTER });
const probe = (address: string): object => ({
  ...FROM_ROUTER,
  operation: 1,
  senderIp: '0.0.0.0',
  targetIp: address,
  targetMac: NOBODY,
});

describe.skipIf(process.getuid?.() !== 0)('Frames on the wire (needs root for network namespaces)', () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await buildTopology(
      {
        hosts: {
          router: { links: { eth0: { mac: ROUTER, addresses: ['192.168.0.1/24'] } } },
          neighbour: { links: { eth0: { mac: NEIGHBOUR, addresses: ['192.168.0.2/24'] } } },
        },
        wires: [['router:eth0', 'neighbour:eth0']],
      },
      { family: 'parp-test' },
    );
  });
  afterAll(async () => lab?.destroy());

  /** Runs parp on the router, and gives its end and what came out of the router meanwhile. */
  async function watch(argv: readonly string[]): Promise<{ ended: Ended; frames: SeenFrame[] }> {
    const capturing = await capture(lab, 'neighbour', 'eth0');
    const ended = await lab.run('router', [process.execPath, PARP, ...argv]);
    return { ended, frames: (await capturing.frames()).filter((frame) => frame.source === ROUTER) };
  }

  it.each([
    { form: 'request', round: (address: string) => [request(address)] },
    { form: 'reply', round: (address: string) => [reply(address)] },
    { form: 'both', round: (address: string) => [request(address), reply(address)] },
  ])('announce --form $form: each address once a round, in order', async ({ form, round }) => {
    const addresses = ['192.168.0.50', '192.168.0.52-192.168.0.53'];
    const { ended, frames } = await watch(['announce', '-i', 'eth0', ...addresses, '--form', form, '--rounds', '2', '--spacing', '300ms']);
    const once = ['192.168.0.50', '192.168.0.52', '192.168.0.53'].flatMap(round);
    expect(frames).toMatchObject([...once, ...once]);
    expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
    expect(ended.stdout).toBe(`eth0: ${frames.length} frames sent for 3 addresses in 2 rounds (${ROUTER})\n`);
    const gap = (frames[once.length]?.at ?? 0) - (frames[0]?.at ?? 0);
    expect(gap, 'seconds from round to round').toBeGreaterThanOrEqual(0.299);
  });

  it('announce --rate keeps to the rate', async () => {
    const { frames } = await watch(['announce', '-i', 'eth0', '10.0.0.0/26', '--rounds', '1', '--form', 'request', '--rate', '200']);
    expect(frames).toHaveLength(64);
    // 64 frames, the first at once; 20 ms can be made up for after a stall.
    expect(frames.at(-1)?.at).toBeGreaterThanOrEqual(63 / 200 - 0.021);
  });

  it('announce moves the entry of a neighbour that knows better, whatever its age', async () => {
    const entry = ['ip', 'neigh', 'replace', '192.168.0.60', 'lladdr', '02:00:00:00:00:66', 'dev', 'eth0', 'nud', 'reachable'];
    await lab.run('neighbour', entry);
    await lab.run('router', [process.execPath, PARP, 'announce', '-i', 'eth0', '192.168.0.60', '--rounds', '1']);
    const { stdout } = await lab.run('neighbour', ['ip', '-json', 'neigh', 'show', 'to', '192.168.0.60']);
    expect(JSON.parse(stdout)).toMatchObject([{ lladdr: ROUTER }]);
  });

  it('probe asks three times as RFC 5227 demands, and tells the owner from nobody', async () => {
    const { ended, frames } = await watch(['probe', '-i', 'eth0', '192.168.0.2', '192.168.0.9', '--json']);
    const once = [probe('192.168.0.2'), probe('192.168.0.9')];
    expect(frames).toMatchObject([...once, ...once, ...once]);
    expect(ended.exitCode).toBe(0);
    expect(JSON.parse(ended.stdout)).toEqual({
      schema: 'parp.probe/1',
      interface: 'eth0',
      from: '0.0.0.0',
      answers: [
        { address: '192.168.0.2', taken: true, answers: [{ mac: NEIGHBOUR, ms: expect.any(Number), kind: 'reply' }] },
        { address: '192.168.0.9', taken: false, answers: [] },
      ],
    });
  });

  it('probe --from asks as RFC 826 does, and only again who has not answered', async () => {
    const { ended, frames } = await watch(['probe', '-i', 'eth0', '192.168.0.2', '192.168.0.9', '--from', '192.168.0.1']);
    const asked = (target: string): object => ({ ...probe(target), senderIp: '192.168.0.1' });
    expect(frames.filter((frame) => frame.operation === 1 && frame.destination === ALL)).toMatchObject([
      asked('192.168.0.2'),
      asked('192.168.0.9'),
      asked('192.168.0.9'),
      asked('192.168.0.9'),
    ]);
    expect(ended.stdout).toMatch(
      /^192\.168\.0\.2 {2}taken {2}02:00:00:00:00:0b {2}\d+\.\d\d ms\n192\.168\.0\.9 {2}free {3}\(nobody answered within 3000 ms\)\n$/,
    );
  });

  it.each([
    { expectation: 'taken', address: '192.168.0.2', exitCode: 0 },
    { expectation: 'free', address: '192.168.0.2', exitCode: 1 },
    { expectation: 'taken', address: '192.168.0.9', exitCode: 1 },
    { expectation: 'free', address: '192.168.0.9', exitCode: 0 },
  ])('probe --expect $expectation of $address exits $exitCode', async ({ expectation, address, exitCode }) => {
    const ended = await lab.run('router', [process.execPath, PARP, 'probe', '-i', 'eth0', address, '--expect', expectation]);
    expect(ended.exitCode).toBe(exitCode);
  });

  it('announce interrupted by Ctrl-C says how far it came and exits 130', async () => {
    const capturing = await capture(lab, 'neighbour', 'eth0');
    const announcing = lab.spawn('router', [process.execPath, PARP, 'announce', '-i', 'eth0', '10.0.0.0/16', '--form', 'request']);
    // What it says before the first frame of an announcement that takes minutes.
    await new Promise<void>((resolve, reject) => {
      announcing.stderr.on('data', () => setTimeout(resolve, 300));
      announcing.end.then(({ stderr }) => reject(new Error(`parp ended: ${stderr}`)), reject);
    });
    announcing.kill('SIGINT');
    const ended = await announcing.end;
    const sent = (await capturing.frames()).filter(({ source }) => source === ROUTER).length;
    expect(ended.exitCode).toBe(130);
    expect(sent).toBeGreaterThan(0);
    expect(ended.stdout).toBe(
      `eth0: ${sent.toLocaleString('en-US')} of 196,608 frames sent for 65,536 addresses in 0 rounds (${ROUTER})\n`,
    );
  });

  it.each([
    { command: 'announce -i eth7 10.0.0.1', exitCode: 4, code: 'no-such-interface' },
    { command: 'announce -i lo 10.0.0.1', exitCode: 4, code: 'no-arp' },
    { command: 'announce -i eth0 10.0.0.1/24', exitCode: 3, code: 'usage' },
    { command: 'announce -i eth0 10.0.0.1 --rounds 0', exitCode: 3, code: 'usage' },
    { command: 'probe -i eth7 10.0.0.1', exitCode: 4, code: 'no-such-interface' },
    { command: 'probe -i eth0 10.0.0.0/16', exitCode: 3, code: 'usage' },
    { command: 'probe -i eth0 10.0.0.1 --from me', exitCode: 3, code: 'usage' },
  ])('$command: exits $exitCode with $code and sends nothing', async ({ command, exitCode, code }) => {
    const { ended, frames } = await watch([...command.split(' '), '--json']);
    expect(ended.exitCode).toBe(exitCode);
    expect(JSON.parse(ended.stdout)).toMatchObject({ error: { code } });
    expect(frames).toEqual([]);
  });
});
