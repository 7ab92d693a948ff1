// The lab must be able to say no: programs that do nothing, too much, or fail are found out.
import { describe, expect, it, onTestFinished } from 'vitest';
import { buildTopology } from '../../src/lab/namespaces.ts';
import { privateVlan } from '../../src/lab/private-vlan.ts';
import { rehearse, type Audience, type Rehearsal } from '../../src/lab/rehearsal.ts';
import { CAN_BUILD, PARP } from '../support/namespaces.ts';

const NOBODY: Audience = { asked: () => {}, runs: () => {}, ran: () => {}, redirects: () => {}, foretold: () => {}, givenBack: () => {} };

/** The private VLAN's story with another program in the place of parp: a script of sh, which gets parp's arguments. */
async function rehearseWith(script: string, keep = false): Promise<Rehearsal> {
  const lab = await buildTopology(privateVlan.topology, { family: 'parp-test' });
  onTestFinished(async () => lab.destroy());
  return rehearse(lab, privateVlan, { parp: ['sh', '-c', script, 'parp'], json: false, keep }, NOBODY);
}

const SAYS_NOTHING = 'plan --json names nobody whom the router will answer for';

/** What makes the network work, by hand. */
const SWITCH_ON = 'cd /proc/sys/net/ipv4 && echo 1 | tee ip_forward conf/eth0/proxy_arp_pvlan';

describe.skipIf(!CAN_BUILD)('rehearse()', () => {
  it('finds out a program that does nothing', async () => {
    const { complaints, left } = await rehearseWith('exit 0');
    expect(complaints).toEqual([
      'ann to 192.168.0.11 after: silence, expected reply',
      'ann has for 192.168.0.11 the MAC of nobody, expected router:eth0',
      'bob to 192.168.0.10 after: silence, expected reply',
      'bob has for 192.168.0.10 the MAC of nobody, expected router:eth0',
      SAYS_NOTHING,
    ]);
    expect(left).toEqual([]);
  });

  it('finds out one that forgets the redirects, and gives nothing back', async () => {
    const { complaints, left, redirects } = await rehearseWith(`[ $1 = apply ] || exit 0; ${SWITCH_ON}`);
    expect(redirects).toBeGreaterThan(0);
    expect(left).toEqual(
      expect.arrayContaining(['net/ipv4/conf/eth0/proxy_arp_pvlan: "0" → "1"', 'net/ipv4/conf/lo/forwarding: "0" → "1"']),
    );
    expect(complaints).toEqual([
      `The router sent ${redirects} ICMP redirects, expected none`,
      SAYS_NOTHING,
      ...(left ?? []).map((line) => `Not given back: ${line}`),
    ]);
  });

  it('finds out one that answers for others than it foretells', async () => {
    const answered = '[{"interface":"eth0","gained":["192.168.7.0/24"],"default_route":false}]';
    const probe = [...PARP, '"$@"'].join(' ');
    const { complaints, foretold } = await rehearseWith(
      `case "$1" in apply) ${SWITCH_ON};; plan) echo '{"answered":${answered}}';; probe) exec ${probe};; esac`,
    );
    expect(foretold?.inside).toBe(2);
    expect(complaints).toEqual(
      expect.arrayContaining([
        'eth0 does not answer for 192.168.7.0, as it was foretold',
        'eth0 does not answer for 192.168.7.255, as it was foretold',
      ]),
    );
  });

  it('stops at a plan or apply that fails', async () => {
    const { complaints, runs, after } = await rehearseWith('[ $1 != apply ]');
    expect(complaints).toEqual(['parp apply private-vlan.yaml on router: exit code 1, expected 0']);
    expect(runs.map(({ args }) => args[0])).toEqual(['plan', 'apply']);
    expect(after).toBeNull();
  });

  it('takes nothing back of what is kept', async () => {
    const { runs, left } = await rehearseWith('exit 0', true);
    expect(runs.map(({ args }) => args[0])).toEqual(['plan', 'apply', 'probe']);
    expect(left).toBeNull();
  });
});
