// The story: before anything is written, plan says in plain words for whom the router will answer on each wire: the hosts that the profile
// lists, whoever else is routed elsewhere, and with a default route the whole world. What it foretells is what the wire then hears: every
// address that was named is answered for, and those beside it are not. A capture, on a machine without the router, foretells the same.
import { afterEach, describe, expect, it } from 'vitest';
import type { Topology } from '../../src/lab/topology.ts';
import { ipv4FromNumber } from '../../src/net/ipv4.ts';
import { must } from '../../src/net/parsed.ts';
import { parsePrefix, rangeOf } from '../../src/net/prefix.ts';
import type { Range } from '../../src/net/range.ts';
import { CAN_BUILD, useNetwork } from '../support/namespaces.ts';
import { officeOf } from '../support/plain-profiles.ts';

const LEFT = '192.168.0.2';
const RIGHT = '192.168.0.66';
const FAR = '10.99.0.2';

const TOPOLOGY: Topology = {
  hosts: {
    left: { links: { eth0: { addresses: [`${LEFT}/24`] } } },
    right: { links: { eth0: { addresses: [`${RIGHT}/24`] } } },
    far: { links: { eth0: { addresses: [`${FAR}/24`] } } },
    router: { links: { eth0: {}, eth1: {}, eth2: { addresses: ['10.99.0.1/24'] } }, routes: [`default via ${FAR}`] },
  },
  wires: [
    ['router:eth0', 'left:eth0'],
    ['router:eth1', 'right:eth0'],
    ['router:eth2', 'far:eth0'],
  ],
};

/** Who asks on each wire of the router, and with which address. */
const ASKERS = { eth0: ['left', LEFT], eth1: ['right', RIGHT], eth2: ['far', FAR] } as const;
/** They are answered for everywhere. */
const OWN: ReadonlySet<string> = new Set(['192.168.0.1', '10.99.0.1']);
const QUIET = ['--no-probe', '--no-announce'];

const OFFICE = officeOf(`${LEFT}, 192.168.0.8/29`, RIGHT);
const LISTED = `${OFFICE}answer: listed\n`;
const GUESTS = 'version: 1\nkind: private-vlan\nname: guests\ninterfaces: [eth0]\naddresses: [192.168.0.1/24]\n';
const EDGE = `version: 1
kind: nat-proxy
name: edge
outside: eth2
inside: eth0
nat: [{ public: 10.99.0.64/30, private: 192.168.0.64/30 }]
`;

interface Foretold {
  readonly interface: keyof typeof ASKERS;
  readonly gained: readonly string[];
  readonly lost: readonly string[];
  readonly default_route: boolean;
}

describe.skipIf(!CAN_BUILD)('whom plan says the router will answer for', () => {
  const net = useNetwork(TOPOLOGY);

  afterEach(async () => {
    await net.parp('router', ['remove', '--all']);
  });

  async function foretold(...args: string[]): Promise<readonly Foretold[]> {
    const { json, stderr } = await net.parp('router', ['--json', ...args]);
    expect(json, stderr).toHaveProperty('answered');
    return json['answered'] as readonly Foretold[];
  }

  /** Which of the addresses the router answers for on one of its wires. */
  async function heard(on: keyof typeof ASKERS, addresses: readonly string[]): Promise<string[]> {
    const [host, from] = ASKERS[on];
    const questions = addresses.map((to) => ({ to, from }));
    const answers = await net.askArp(host, 'eth0', questions);
    return answers.filter(({ mac }) => mac === net.macOf('router', on)).map(({ address }) => address);
  }

  /** The first and the last address of each prefix, and those beside it that are in none. */
  function samples(on: keyof typeof ASKERS, prefixes: readonly string[]): { inside: string[]; beside: string[] } {
    const ranges = prefixes.map((prefix): Range => rangeOf(must(parsePrefix(prefix))));
    const holds = (number: number): boolean => ranges.some(({ first, last }) => first <= number && number <= last);
    const words = (numbers: number[]): string[] =>
      [...new Set(numbers)].map(ipv4FromNumber).filter((address) => !OWN.has(address) && address !== ASKERS[on][1]);
    return {
      inside: words(ranges.flatMap(({ first, last }) => [first, last])),
      beside: words(ranges.flatMap(({ first, last }) => [first - 1, last + 1]).filter((number) => !holds(number))),
    };
  }

  it.each([
    [
      'a pseudo-bridge',
      OFFICE,
      [
        `eth0: will answer for 10.99.0.0/24, ${RIGHT} and, through the default route, for everything off-link`,
        expect.stringMatching(/^eth1: will answer for 10\.99\.0\.0\/24, .* and, through the default route, for everything off-link$/),
      ],
    ],
    ['a pseudo-bridge that lists', LISTED, [`eth0: will answer for ${RIGHT}`, `eth1: will answer for ${LEFT}, 192.168.0.8/29`]],
    ['a private VLAN', GUESTS, ['eth0: will answer for 192.168.0.0/24']],
    ['nat-proxy', EDGE, ['eth0, eth1, eth2: will answer for 10.99.0.64/30']],
  ])('%s: is whom the wire hears answers for, and nobody beside', async (_kind, profile, lines) => {
    const file = net.profile('p.yaml', profile);
    const planned = await net.parp('router', ['plan', file]);
    expect(planned.stdout.split('\n').filter((line) => line.includes('will answer'))).toEqual(lines);

    const answered = await foretold('plan', file);
    const applied = await net.parp('router', ['apply', ...QUIET, file]);
    expect(applied.exitCode, applied.stderr).toBe(0);
    for (const { interface: on, gained, default_route: far } of answered) {
      const { inside, beside } = samples(on, gained);
      expect(inside.length).toBeGreaterThan(0);
      expect((await heard(on, inside)).sort(), `inside, ${on}`).toEqual(inside.sort());
      expect(await heard(on, far ? ['8.8.8.8', '198.51.100.7'] : ['8.8.8.8', '198.51.100.7', ...beside]), `beside, ${on}`).toHaveLength(
        far ? 2 : 0,
      );
    }
  });

  it('is the same against a capture, and is lost again with remove', async () => {
    const file = net.profile('p.yaml', OFFICE);
    const capture = `${net.lab.folder}/router.json`;
    await net.parp('router', ['capture', '--out', capture]);
    const live = await foretold('plan', file);
    expect(await foretold('plan', file, '--against', capture)).toEqual(live);

    await net.parp('router', ['apply', ...QUIET, file]);
    expect(await foretold('plan', file)).toEqual([]);
    const removed = await foretold('remove', 'office');
    expect(removed.map(({ interface: on, lost }) => ({ on, lost }))).toEqual(
      live.map(({ interface: on, gained }) => ({ on, lost: gained })),
    );
    for (const { interface: on, gained } of live) expect(await heard(on, samples(on, gained).inside)).toEqual([]);
  });
});
