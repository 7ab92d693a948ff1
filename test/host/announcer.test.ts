import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Lab } from '../../src/lab/namespaces.ts';
import { capture } from '../support/capture.ts';
import { buildPair, MAC_A, WITHOUT_ROOT } from '../support/pair.ts';
import { scriptJson } from '../support/script.ts';

/** What the scripts begin with; each announces on host a and prints the outcome. */
const PRELUDE = `
  import { execFileSync } from 'node:child_process';
  import { announce } from './src/host/announcer.ts';
  const ip = (line) => execFileSync('ip', line.split(' '));
  const quick = { rounds: 2, spacingMs: 100, form: 'request', rate: null };
  const print = (value) => console.log(JSON.stringify(value));
`;

describe.skipIf(WITHOUT_ROOT)('announce() (needs root for network namespaces)', () => {
  let lab: Lab;
  beforeEach(async () => {
    lab = await buildPair();
  });
  afterEach(async () => lab.destroy());

  const onA = async (body: string): Promise<unknown> => scriptJson(lab, 'a', `${PRELUDE}\n${body}`);

  it('counts what the kernel took, interface by interface, and that is what arrives', async () => {
    const wires = [await capture(lab, 'b', 'eth0'), await capture(lab, 'b', 'eth1')];
    const outcome = await onA(`
      const jobs = [
        { interface: 'eth0', addresses: ['10.0.0.0/25', '10.0.0.200'] },
        { interface: 'eth1', addresses: ['10.0.0.201'] },
        { interface: 'eth0', addresses: ['10.0.0.202'] },
      ];
      const progress = [];
      const outcome = await announce(jobs, { ...quick, form: 'both' }, { progress: (...numbers) => progress.push(numbers) });
      print({ ...outcome, last: progress.at(-1) });
    `);
    const all = { failed: 0, errors: {}, rounds: 2, problem: null };
    expect(outcome).toEqual({
      interfaces: [
        { interface: 'eth0', mac: MAC_A, addresses: 130, frames: 520, sent: 520, ...all },
        { interface: 'eth1', mac: '02:00:00:00:01:02', addresses: 1, frames: 4, sent: 4, ...all },
      ],
      interrupted: false,
      complete: true,
      last: [524, 524],
    });
    const [eth0 = [], eth1 = []] = await Promise.all(wires.map(async (wire) => wire.frames()));
    expect(eth0.filter(({ source }) => source === MAC_A)).toHaveLength(520);
    expect(eth1.map(({ senderIp }) => senderIp)).toEqual(Array.from({ length: 4 }, () => '10.0.0.201'));
  });

  it('goes on where a link is down for a while, and tells which frames were lost why', async () => {
    const outcome = await onA(`
      const jobs = ['eth0', 'eth1'].map((name) => ({ interface: name, addresses: ['10.0.0.0/25'] }));
      const changes = [[120, 'link set eth0 up'], [60, 'link set eth0 down']];
      const progress = (done) => { while (done >= changes.at(-1)?.[0]) ip(changes.pop()[1]); };
      print(await announce(jobs, { ...quick, rounds: 1, rate: 500 }, { progress }));
    `);
    expect(outcome).toMatchObject({ complete: false, interrupted: false });
    const { interfaces } = outcome as { interfaces: { sent: number; failed: number; errors: Record<string, number> }[] };
    const [eth0, eth1] = interfaces;
    expect(eth1).toMatchObject({ sent: 128, failed: 0, errors: {} });
    expect(eth0).toMatchObject({ frames: 128, rounds: 1, errors: { ENETDOWN: expect.any(Number) } });
    expect((eth0?.sent ?? 0) + (eth0?.failed ?? 0)).toBe(128);
    expect(Object.values(eth0?.errors ?? {}).reduce((sum, times) => sum + times, 0)).toBe(eth0?.failed);
    expect(eth0?.sent).toBeGreaterThan(0);
  });

  it('counts no frame that goes nowhere for want of carrier, though the kernel takes it', async () => {
    await lab.batch('b', ['link set eth0 down']);
    const outcome = await onA(`
      const address = { addresses: ['10.0.0.9'] };
      print(await announce([{ interface: 'eth0', ...address }, { interface: 'eth1', ...address }], quick));
    `);
    expect(outcome).toMatchObject({
      interfaces: [
        { interface: 'eth0', sent: 0, failed: 2, errors: { 'no-carrier': 2 } },
        { interface: 'eth1', sent: 2, failed: 0 },
      ],
      complete: false,
    });
  });

  it('waits for a link that just came up', async () => {
    await lab.batch('b', ['link set eth0 down']);
    const outcome = await onA(`
      setTimeout(() => ip('-n ${lab.name('b')} link set eth0 up'), 50);
      print(await announce([{ interface: 'eth0', addresses: ['10.0.0.9'] }], { ...quick, rounds: 1 }));
    `);
    expect(outcome).toMatchObject({ interfaces: [{ sent: 1, failed: 0 }], complete: true });
  });

  it('announces the MAC that the interface has in each round', async () => {
    const wire = await capture(lab, 'b', 'eth0');
    const outcome = await onA(`
      setTimeout(() => ip('link set eth0 address 02:00:00:00:00:99'), 300);
      print(await announce([{ interface: 'eth0', addresses: ['10.0.0.9'] }], { ...quick, spacingMs: 1500 }));
    `);
    expect(outcome).toMatchObject({ interfaces: [{ mac: '02:00:00:00:00:99', sent: 2 }], complete: true });
    const claims = (await wire.frames()).filter(({ senderIp }) => senderIp === '10.0.0.9');
    expect(claims.map(({ source, senderMac }) => [source, senderMac])).toEqual([
      [MAC_A, MAC_A],
      ['02:00:00:00:00:99', '02:00:00:00:00:99'],
    ]);
  });

  it('gives the rest up when the interface is gone', async () => {
    const outcome = await onA(`
      let deleted = false;
      const progress = (done) => { if (done >= 10 && !deleted) { deleted = true; ip('link delete eth0'); } };
      print(await announce([{ interface: 'eth0', addresses: ['10.0.0.0/24'] }], { ...quick, rate: 1000 }, { progress }));
    `);
    expect(outcome).toMatchObject({ complete: false, interfaces: [{ rounds: 0, frames: 512, errors: { ENXIO: expect.any(Number) } }] });
    const { interfaces } = outcome as { interfaces: { sent: number; failed: number }[] };
    expect((interfaces[0]?.sent ?? 0) + (interfaces[0]?.failed ?? 0)).toBe(512);
  });

  it('ends at the signal, between two frames, with honest counters', async () => {
    const outcome = await onA(`
      const controller = new AbortController();
      const progress = (done) => { if (done >= 20) controller.abort(); };
      print(await announce([{ interface: 'eth0', addresses: ['10.0.0.0/16'] }], { ...quick, rate: 1000 }, { progress, signal: controller.signal }));
    `);
    expect(outcome).toMatchObject({ interrupted: true, complete: false, interfaces: [{ failed: 0, frames: 131_072, rounds: 0 }] });
    const { interfaces } = outcome as { interfaces: { sent: number }[] };
    expect(interfaces[0]?.sent).toBeGreaterThanOrEqual(20);
    expect(interfaces[0]?.sent).toBeLessThan(1000);
  });

  it('can begin at a later round, as another process left it', async () => {
    const outcome = await onA(`
      print(await announce([{ interface: 'eth0', addresses: ['10.0.0.9'] }], { ...quick, rounds: 3 }, { startAtRound: 2 }));
    `);
    expect(outcome).toMatchObject({ complete: true, interfaces: [{ frames: 2, sent: 2, rounds: 2 }] });
  });

  it('announces elsewhere where one interface cannot be used', async () => {
    await lab.batch('a', ['link set eth1 arp off']);
    const outcome = await onA(`
      const jobs = ['nix', 'lo', 'eth1', 'eth0'].map((name) => ({ interface: name, addresses: ['10.0.0.9'] }));
      const { interfaces, complete } = await announce(jobs, quick);
      print({ complete, interfaces: interfaces.map(({ problem, ...rest }) => ({ ...rest, problem: problem?.code ?? null })) });
    `);
    const unusable = { mac: null, addresses: 1, frames: 2, sent: 0, failed: 2, rounds: 0 };
    expect(outcome).toEqual({
      complete: false,
      interfaces: [
        { ...unusable, interface: 'nix', errors: { 'no-such-interface': 2 }, problem: 'no-such-interface' },
        { ...unusable, interface: 'lo', errors: { 'no-arp': 2 }, problem: 'no-arp' },
        { ...unusable, interface: 'eth1', errors: { 'no-arp': 2 }, problem: 'no-arp' },
        { interface: 'eth0', mac: MAC_A, addresses: 1, frames: 2, sent: 2, failed: 0, errors: {}, rounds: 2, problem: null },
      ],
    });
  });
});
