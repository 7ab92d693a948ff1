// The promise: of a hundred thousand announcements, as fast as the kernel takes them, each that is counted as sent is one that the
// interface has seen, and a queue that is too slow for them costs patience instead of frames.
import { describe, expect, it } from 'vitest';
import { ipJson } from '../../src/lab/observation.ts';
import { useAnnouncingPair } from '../support/announcing-pair.ts';
import { capture } from '../support/capture.ts';
import { MAC_A, WITHOUT_ROOT } from '../support/pair.ts';

interface LinkCounters {
  readonly stats64: { readonly rx: { readonly packets: number }; readonly tx: { readonly packets: number } };
}

describe.skipIf(WITHOUT_ROOT)('announce() in bulk (needs root for network namespaces)', () => {
  const { lab, onA } = useAnnouncingPair(`const once = { rounds: 1, spacingMs: 0, form: 'request', rate: null };`);
  /** Lets eth0 of host a send no faster than a token bucket filter; false where the kernel has none. */
  const slowDown = async (filter: string): Promise<boolean> => {
    const { exitCode } = await lab().run('a', `tc qdisc add dev eth0 root tbf ${filter}`.split(' '));
    return exitCode === 0;
  };
  const packets = async (host: string, way: 'rx' | 'tx'): Promise<number> => {
    const [link] = (await ipJson(lab(), host, ['-s', 'link', 'show', 'dev', 'eth1'])) as unknown as LinkCounters[];
    return link?.stats64[way].packets ?? NaN;
  };

  it('counts 100,000 frames as the interfaces at both ends of the wire do', async () => {
    // Nobody else shall say anything on this wire.
    for (const host of ['a', 'b']) await lab().run(host, ['tee', '/proc/sys/net/ipv6/conf/eth1/disable_ipv6'], { input: '1' });
    const before = [await packets('a', 'tx'), await packets('b', 'rx')];
    const outcome = await onA(`
      let batches = 0;
      const addresses = ['10.64.0.0/16', '10.65.0.0/17', '10.66.0.0/22', '10.67.0.0/23', '10.68.0.0/25', '10.69.0.0/27'];
      print({ ...(await announce([{ interface: 'eth1', addresses }], once, { beforeBatch: () => batches++ })), batches });
    `);
    const { interfaces, batches } = outcome as { interfaces: { sent: number; failed: number }[]; batches: number };
    const sent = interfaces[0]?.sent ?? NaN;
    expect(interfaces).toMatchObject([{ frames: 100_000, failed: 0, errors: {} }]);
    expect(sent).toBe(100_000);
    expect([(await packets('a', 'tx')) - (before[0] ?? NaN), (await packets('b', 'rx')) - (before[1] ?? NaN)]).toEqual([sent, sent]);
    expect(batches).toBeLessThan(sent / 64);
  });

  it('waits for a full queue, and sends each frame once and in order', async ({ skip }) => {
    if (!(await slowDown('rate 8mbit burst 2kb limit 4kb'))) return skip('the kernel has no token bucket filter (tc-tbf)');
    const wire = await capture(lab(), 'b', 'eth0');
    const outcome = await onA(`print(await announce([{ interface: 'eth0', addresses: ['10.9.0.0/21'] }], once))`);
    expect(outcome).toMatchObject({ complete: true, interfaces: [{ sent: 2048, failed: 0, errors: {} }] });
    const claims = (await wire.frames()).filter(({ source }) => source === MAC_A).map(({ senderIp }) => senderIp);
    expect(claims).toEqual(Array.from({ length: 2048 }, (_, i) => `10.9.${i >> 8}.${i & 255}`));
  });

  it('tells of the frames for which a queue had no room, and of those alone', async ({ skip }) => {
    // Three frames a second, and room for three: most find none in the 63 ms that a frame is offered for.
    if (!(await slowDown('rate 1kbit burst 64 limit 150'))) return skip('the kernel has no token bucket filter (tc-tbf)');
    const wire = await capture(lab(), 'b', 'eth0');
    const outcome = await onA(`print(await announce([{ interface: 'eth0', addresses: ['10.9.0.0/28'] }], once))`);
    const { interfaces } = outcome as { interfaces: { sent: number; failed: number }[] };
    const { sent, failed } = interfaces[0] ?? { sent: NaN, failed: NaN };
    expect(interfaces).toMatchObject([{ frames: 16, errors: { ENOBUFS: failed } }]);
    expect(sent + failed).toBe(16);
    expect(failed).toBeGreaterThan(0);
    // What is in the queue still leaves it.
    await new Promise((resolve) => setTimeout(resolve, 2000));
    expect((await wire.frames()).filter(({ source }) => source === MAC_A)).toHaveLength(sent);
  });
});
