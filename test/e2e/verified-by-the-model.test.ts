// The story: every setting can be in force and the router be silent nevertheless, because of a switch, a rule or a route that is no setting of
// the profile's. apply warns of what it foresees, and takes everything back (5) where the router turns out not to answer as it was foretold;
// status tells at any time whom the router does not answer for although a profile promises it, whom it answers for beyond, and why.
import { afterEach, describe, expect, it } from 'vitest';
import { pseudoBridge } from '../../src/lab/pseudo-bridge.ts';
import { differences } from '../../src/lab/snapshot.ts';
import { FAULTY, faultEnv } from '../support/faults.ts';
import { CAN_BUILD, useNetwork } from '../support/namespaces.ts';

const OFFICE = pseudoBridge.profile;
const LISTED = `${OFFICE}answer: listed\n`;
const EDGE = `version: 1
kind: nat-proxy
name: edge
outside: eth0
inside: eth1
nat: [{ public: 203.0.113.10, private: 10.0.0.10 }]
`;
const QUIET = ['--no-probe', '--no-announce'];

interface StatusOfProfile {
  readonly drift: readonly unknown[];
  readonly unanswered: readonly { readonly interface: string; readonly addresses: readonly string[]; readonly because: string }[];
  readonly surplus: readonly { readonly interface: string; readonly addresses: readonly string[] }[];
}

describe.skipIf(!CAN_BUILD)('what the profiles in force promise', () => {
  const net = useNetwork(pseudoBridge.topology);

  afterEach(async () => {
    await net.parp('router', ['remove', '--all']);
  });

  const shell = async (line: string): Promise<void> => {
    const { exitCode, stderr } = await net.run('router', ['/bin/sh', '-c', line]);
    expect(exitCode, stderr).toBe(0);
  };
  const conf = (path: string, value: string): string => `echo ${value} > /proc/sys/net/ipv4/conf/${path}`;

  async function apply(text: string): Promise<void> {
    const { exitCode, stderr } = await net.parp('router', ['apply', ...QUIET, net.profile('p.yaml', text)]);
    expect(exitCode, stderr).toBe(0);
  }

  async function statusOf(): Promise<{ exitCode: number | null; found: string[]; settings: number }> {
    const { exitCode, json } = await net.parp('router', ['--json', 'status', '--detailed-exitcode']);
    const profiles = json['profiles'] as readonly StatusOfProfile[];
    const found = profiles.flatMap(({ unanswered, surplus }) => [
      ...unanswered.map((entry) => `${entry.interface} silent for ${entry.addresses.join(' ')}: ${entry.because}`),
      ...surplus.map((entry) => `${entry.interface} also for ${entry.addresses.join(' ')}`),
    ]);
    return { exitCode, found, settings: profiles.reduce((sum, { drift }) => sum + drift.length, 0) };
  }

  it.each([
    [
      'a medium',
      OFFICE,
      `${conf('eth0/medium_id', '5')}; ${conf('eth1/medium_id', '5')}`,
      `${conf('eth0/medium_id', '0')}; ${conf('eth1/medium_id', '0')}`,
      ['eth0 silent for 192.168.0.66/32: medium-id', 'eth1 silent for 192.168.0.2/31: medium-id'],
    ],
    [
      'a refusing route in a table of its own',
      OFFICE,
      'ip route add blackhole 192.168.0.3/32 table 100; ip rule add to 192.168.0.3 lookup 100 pref 100',
      'ip rule del pref 100; ip route flush table 100',
      ['eth1 silent for 192.168.0.3/32: refusing-route'],
    ],
    ['arp_ignore', EDGE, conf('eth0/arp_ignore', '1'), conf('eth0/arp_ignore', '0'), ['eth0 silent for 203.0.113.10/32: arp-ignore']],
    [
      'proxy_arp beside a list',
      LISTED,
      `${conf('eth0/proxy_arp', '1')}; ip route add 10.7.0.0/16 dev eth1`,
      `${conf('eth0/proxy_arp', '0')}; ip route del 10.7.0.0/16`,
      ['eth0 also for 10.7.0.0/16'],
    ],
  ])('is looked at by status: %s', async (_what, profile, spoil, mend, found) => {
    await apply(profile);
    expect(await statusOf()).toEqual({ exitCode: 0, found: [], settings: 0 });
    try {
      await shell(spoil);
      expect(await statusOf()).toEqual({ exitCode: 2, found, settings: 0 });
    } finally {
      await shell(mend);
    }
    expect(await statusOf()).toEqual({ exitCode: 0, found: [], settings: 0 });
  });

  it('is said in words, with the reason', async () => {
    await apply(OFFICE);
    await shell('ip route add blackhole 192.168.0.3/32');
    const { stdout, exitCode } = await net.parp('router', ['status']);
    await shell('ip route del blackhole 192.168.0.3/32');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('in force, but does not answer as it promises');
    expect(stdout).toContain(
      'eth1 does not answer for 192.168.0.3: The route blackhole 192.168.0.3/32 of table main makes 192.168.0.3 a black hole (refusing-route)',
    );
  });

  it('is warned of where the plan foresees that it will not be kept, and nothing is taken back for that', async () => {
    await shell('ip route add blackhole 192.168.0.3/32');
    try {
      const applied = await net.parp('router', ['apply', ...QUIET, net.profile('p.yaml', OFFICE)]);
      expect(applied.exitCode, applied.stderr).toBe(0);
      expect(applied.stdout).toContain('warning[unanswered]: eth1 will not answer for 192.168.0.3 with all of the profile in force');
      const asked = await net.askArp(
        'right',
        'eth0',
        ['192.168.0.2', '192.168.0.3'].map((to) => ({ to, from: '192.168.0.66' })),
      );
      expect(asked.map(({ address }) => address)).toEqual(['192.168.0.2']);
      const status = await net.parp('router', ['status', '--detailed-exitcode']);
      expect(status.stdout).toContain('eth1 does not answer, as the plan said, for 192.168.0.3: ');
      expect(status.exitCode).toBe(0);
    } finally {
      await shell('ip route del blackhole 192.168.0.3/32');
    }
  });

  it.each([
    [
      'silenced',
      OFFICE,
      `${conf('eth0/medium_id', '5')}; ${conf('eth1/medium_id', '5')}`,
      `${conf('eth0/medium_id', '0')}; ${conf('eth1/medium_id', '0')}`,
      'eth0 does not answer for 192.168.0.66; eth1 does not answer for 192.168.0.2/31',
    ],
    [
      'made to answer for more',
      LISTED,
      `${conf('eth0/proxy_arp', '1')}; ip route add 10.7.0.0/16 dev lo`,
      `${conf('eth0/proxy_arp', '0')}; ip route del 10.7.0.0/16`,
      'eth0 answers for 10.7.0.0/16, which was not foretold',
    ],
  ])('is taken back with 5 where the router is %s while it is written', async (_how, profile, spoil, mend, words) => {
    await shell(spoil);
    const before = await net.snapshot('router');
    await shell(mend);
    const env = faultEnv({ at: 'execute.written', act: `run: ${spoil}`, only: 'apply' });
    const applied = await net.run('router', [...FAULTY, 'apply', ...QUIET, net.profile('p.yaml', profile)], { env });
    expect(applied.exitCode, applied.stderr).toBe(5);
    expect(applied.stderr).toContain(`The settings are in force, but ${words}`);
    expect(differences(before, await net.snapshot('router'))).toEqual([]);
    await shell(mend);
  });
});
