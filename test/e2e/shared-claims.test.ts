// The story: several hands are on one router. Two profiles want the same switch; the administrator has switches of his own; somebody
// changes one behind parp's back; an apply is regretted. A switch is given back with its last claimant, and then to what it was before the
// first; profiles that want different values are refused, both named; what ip_forward rewrites in passing (every interface's forwarding,
// all/accept_redirects) is restored value by value; what somebody else changed since is his, left as it is and said. rollback undoes the
// last writing command whole, so that an older version of a profile, or one that was removed, is in force again.
import { beforeEach, describe, expect, it } from 'vitest';
import { differences, type Snapshot } from '../../src/lab/snapshot.ts';
import { CAN_BUILD, useNetwork, type ParpEnd } from '../support/namespaces.ts';

const LAN = `version: 1
kind: private-vlan
name: lan
interfaces: [eth0]
addresses: [192.168.0.1/24]
proxy_delay: 20ms
`;
const DESK = `version: 1
kind: custom
name: desk
sysctl:
  net/ipv4/ip_forward: 1
  net/ipv4/conf/all/send_redirects: 0
  net/ipv4/neigh/eth0/proxy_delay: 20ms
  net/ipv4/conf/eth1/proxy_arp: 1
routes: [{ to: 10.9.9.9/32, interface: eth1 }]
`;

describe.skipIf(!CAN_BUILD)('several claims on one router', () => {
  const net = useNetwork({
    hosts: { router: { links: { eth0: {}, eth1: {}, eth2: {} } }, wire: { links: {} } },
    wires: [
      ['router:eth0', 'wire:w0'],
      ['router:eth1', 'wire:w1'],
      ['router:eth2', 'wire:w2'],
    ],
  });
  const QUIET = ['--no-probe', '--no-announce'];
  let bare: Snapshot | undefined;

  const path = (text: string): string => net.profile(`${/name: (.*)/.exec(text)?.[1]}.yaml`, text);
  const parp = async (...args: string[]): Promise<ParpEnd> => net.parp('router', ['--json', ...args]);
  const read = async (key: string): Promise<string | null> => net.sysctl('router', `net/ipv4/${key}`);
  const write = async (key: string, value: string): Promise<void> => net.setSysctl('router', `net/ipv4/${key}`, value);
  const changed = async (since: Snapshot): Promise<string[]> => differences(since, await net.snapshot('router'));

  async function apply(...texts: string[]): Promise<ParpEnd> {
    const end = await parp('apply', ...texts.map(path), ...QUIET);
    expect(end, end.stderr).toMatchObject({ exitCode: 0 });
    return end;
  }

  async function remove(...names: string[]): Promise<ParpEnd> {
    const end = await parp('remove', ...names);
    expect(end, end.stderr).toMatchObject({ exitCode: 0 });
    return end;
  }

  beforeEach(async () => {
    // Each test leaves the router as it found it; the first one that does not is named.
    const now = await net.snapshot('router');
    bare ??= now;
    expect(differences(bare, now)).toEqual([]);
    return async () => {
      await parp('remove', '--all');
      if (bare !== undefined) expect(await changed(bare)).toEqual([]);
    };
  });

  it.each([
    { first: 'lan', last: 'desk' },
    { first: 'desk', last: 'lan' },
  ])('a switch of two profiles stays when $first goes, and goes with $last', async ({ first, last }) => {
    const before = await net.snapshot('router');
    const shared = ['ip_forward', 'conf/all/send_redirects', 'conf/all/accept_redirects', 'conf/eth2/forwarding', 'neigh/eth0/proxy_delay'];
    const values = async (): Promise<(string | null)[]> => Promise.all(shared.map(read));
    const initial = await values();
    await apply(LAN);
    const inForce = await values();
    expect(inForce).toEqual(['1', '0', '0', '1', '2']);
    await apply(DESK);
    await remove(first);
    expect(await values(), `while ${last} wants them`).toEqual(inForce);
    expect((await parp('status', '--detailed-exitcode')).exitCode).toBe(0);
    expect(await read('conf/eth1/proxy_arp')).toBe(last === 'desk' ? '1' : '0');
    await remove(last);
    expect(await values()).toEqual(initial);
    expect(await changed(before)).toEqual([]);
  });

  it.each([
    { when: 'applied together', inForce: [] },
    { when: 'the first of which is in force', inForce: [LAN] },
  ])('two profiles that disagree, $when: 4 that names both, and nothing changes', async ({ inForce }) => {
    const other = DESK.replace('20ms', '40ms');
    if (inForce.length > 0) await apply(...inForce);
    const before = await net.snapshot('router');
    const refused = await parp('apply', ...(inForce.length > 0 ? [other] : [LAN, other]).map(path), ...QUIET, '--force');
    expect(refused.exitCode).toBe(4);
    const message = 'Profiles "lan" and "desk" want different values of sysctl net/ipv4/neigh/eth0/proxy_delay: "20ms" and "40ms"';
    expect(refused.json).toMatchObject({ error: { code: 'profiles-disagree', message } });
    expect(await changed(before)).toEqual([]);
  });

  it.each([
    { was: 'on, while ip_forward is off', ipForward: '0', own: '1' },
    { was: 'off, while ip_forward is on', ipForward: '1', own: '0' },
  ])("another administrator's forwarding of one interface, $was, survives apply and remove", async ({ ipForward, own }) => {
    await write('ip_forward', ipForward);
    await write('conf/eth2/forwarding', own);
    const before = await net.snapshot('router');
    await apply(LAN);
    expect(await read('conf/eth0/forwarding')).toBe('1');
    // Writing ip_forward rewrites every interface; without a write nothing does.
    expect(await read('conf/eth2/forwarding')).toBe(ipForward === '0' ? '1' : '0');
    await remove('lan');
    expect(await changed(before)).toEqual([]);
    await write('ip_forward', '1');
    await write('ip_forward', '0');
  });

  it.each(['0', '1'])('all/accept_redirects = %s, which ip_forward rewrites, is restored with it', async (value) => {
    await write('conf/all/accept_redirects', value);
    const before = await net.snapshot('router');
    const { operations } = (await apply(LAN)).json;
    const told = { kind: 'sysctl', subject: 'net/ipv4/conf/all/accept_redirects', from: '1', to: '0' };
    if (value === '1') expect(operations, 'the side effect is said').toContainEqual(told);
    expect(await read('conf/all/accept_redirects')).toBe('0');
    await remove('lan');
    expect(await changed(before)).toEqual([]);
    await write('conf/all/accept_redirects', '1');
  });

  it('a value that somebody else changed since is left, with a notice, and spoils nothing', async () => {
    await apply(LAN);
    await write('neigh/eth0/proxy_delay', '60');
    await write('conf/eth2/forwarding', '0');
    await net.ip('router', 'address add 192.168.0.9/24 dev eth0');
    const removed = await net.parp('router', ['remove', 'lan']);
    expect(removed.exitCode).toBe(0);
    expect(removed.stdout).toContain('Left as it is: net/ipv4/neigh/eth0/proxy_delay is 600ms: changed by somebody else since');
    expect(await read('neigh/eth0/proxy_delay')).toBe('60');
    expect(await read('conf/eth2/forwarding'), 'his, although ip_forward was written').toBe('0');
    expect(await read('ip_forward')).toBe('0');
    expect((await parp('status')).json).toMatchObject({ profiles: [] });
    // 192.168.0.9 is a secondary of 192.168.0.1, which the kernel would have deleted with it.
    expect((await net.snapshot('router')).addresses).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ addr_info: expect.arrayContaining([expect.objectContaining({ local: '192.168.0.9' })]) }),
      ]),
    );
    expect(removed.stdout).toMatch(/Left as it is: .*192\.168\.0\.1\/24.*192\.168\.0\.9\/24/);
    await write('neigh/eth0/proxy_delay', '80');
    await net.ip('router', 'address flush dev eth0');
  });

  it('rollback undoes an apply, and then there is nothing more to undo', async () => {
    const before = await net.snapshot('router');
    await apply(LAN, DESK);
    const undone = await parp('rollback');
    expect(undone.exitCode).toBe(0);
    expect(undone.json).toMatchObject({ command: 'apply lan desk', outcome: 'undone', left: [], refused: [] });
    expect(await changed(before)).toEqual([]);
    expect((await parp('status')).json).toMatchObject({ profiles: [], unfinished: null });
    const again = await parp('rollback');
    expect(again.exitCode).toBe(4);
    expect(again.json).toMatchObject({ error: { code: 'nothing-to-roll-back' } });
  });

  it('rollback brings the older version of a profile back, and remove then the bare router', async () => {
    await apply(LAN);
    const older = await net.snapshot('router');
    await apply(LAN.replace('192.168.0.1/24', '192.168.5.1/24').replace('20ms', '40ms').replace('[eth0]', '[eth1]'));
    expect(await read('conf/eth0/proxy_arp_pvlan'), 'what only the old version wanted is given up').toBe('0');
    expect((await parp('rollback')).exitCode).toBe(0);
    expect(await changed(older)).toEqual([]);
    const status = await parp('status', '--detailed-exitcode');
    expect(status).toMatchObject({ exitCode: 0 });
    expect(status.json).toMatchObject({ profiles: [{ name: 'lan', drift: [] }] });
    expect((await parp('apply', path(LAN), ...QUIET)).json, 'the older version is what is in force').toMatchObject({
      outcome: 'nothing-to-do',
    });
  });

  it('rollback of a remove puts the profile in force again', async () => {
    await apply(LAN, DESK);
    const inForce = await net.snapshot('router');
    await remove('lan');
    expect(await changed(inForce)).not.toEqual([]);
    expect((await parp('rollback')).exitCode).toBe(0);
    expect(await changed(inForce)).toEqual([]);
    expect((await parp('status')).json).toMatchObject({
      profiles: [
        { name: 'lan', drift: [] },
        { name: 'desk', drift: [] },
      ],
    });
  });

  it('remove of a profile that is not in force: 4 that names those that are', async () => {
    await apply(DESK);
    const before = await net.snapshot('router');
    const refused = await parp('remove', 'lan');
    expect(refused.exitCode).toBe(4);
    expect(refused.json).toMatchObject({ error: { code: 'not-in-force', remedy: 'In force: desk' } });
    expect(await changed(before)).toEqual([]);
  });
});
