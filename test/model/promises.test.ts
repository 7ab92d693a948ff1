import { describe, expect, it } from 'vitest';
import { surely } from '../../src/model/answer-change.ts';
import { answeredBy } from '../../src/model/answered.ts';
import { foretell } from '../../src/model/foretell.ts';
import { EMPTY_LEDGER } from '../../src/model/ledger.ts';
import { makePlan } from '../../src/model/make-plan.ts';
import {
  answersDigest,
  breaches,
  breachWords,
  changedAnswers,
  digestsOf,
  excuseWords,
  foretoldAnswers,
} from '../../src/model/foretold-answers.ts';
import { promisesOf } from '../../src/model/promises.ts';
import { surplusOf, unanswered, waivedBy, whomWords } from '../../src/model/unanswered.ts';
import type { Settings } from '../../src/model/settings.ts';
import type { HostState } from '../../src/model/state.ts';
import { unansweredRisks } from '../../src/model/unanswered-risks.ts';
import { addressesOf } from '../../src/net/address-set.ts';
import type { Prefix } from '../../src/net/prefix.ts';
import { confPath, type ConfKey } from '../../src/net/sysctl-path.ts';
import { desire } from '../../src/profile/desire.ts';
import { link } from '../support/operations.ts';
import { EDGE_OF_TWO, GUESTS, OFFICE } from '../support/plain-profiles.ts';
import { profileFrom } from '../support/profile-text.ts';
import { routeOf, router } from '../support/router-state.ts';

interface InForce {
  readonly settings: Settings;
  readonly host: HostState;
}

/** A host with a profile in force. */
function inForce(text: string, host: HostState = router({})): InForce {
  const { settings } = desire(profileFrom(text), host);
  const { operations, conflicts } = makePlan({ state: host, ledger: EMPTY_LEDGER, apply: [settings], remove: [], now: '' });
  expect(conflicts).toEqual([]);
  return { settings, host: foretell(host, operations) };
}

function withSwitch(host: HostState, on: string, key: ConfKey, value: string): HostState {
  return { ...host, sysctls: { ...host.sysctls, [confPath(link(on), key)]: value } };
}

function withRoute(host: HostState, text: string): HostState {
  return { ...host, routes: [...host.routes, routeOf(text)] };
}

function withoutCarrier(host: HostState, on: string): HostState {
  return { ...host, links: host.links.map((entry) => (entry.name === on ? { ...entry, flags: ['UP'] } : entry)) };
}

/** `eth0: 192.168.0.66`, and `only` behind it where nobody else is to be answered for. */
function promised({ settings, host }: InForce): string[] {
  return promisesOf(settings, host).map((entry) => `${entry.interface}: ${whomWords(entry.addresses)}${entry.only ? ' only' : ''}`);
}

function missing({ settings }: InForce, host: HostState): string[] {
  return unanswered(promisesOf(settings, host), host).map(
    (entry) => `${entry.interface}: ${whomWords(entry.addresses)} ${entry.how}: ${entry.example.because}`,
  );
}

const LISTED = `${OFFICE}answer: listed\n`;
const BROADCAST_AMONG_HOSTS = OFFICE.replace('[192.168.0.66]', '[192.168.0.128/25]');
const ENTRIES = `version: 1
kind: custom
name: entries
sysctl: { net/ipv4/conf/eth0/forwarding: 1 }
routes: [{ to: 10.9.0.0/16, interface: eth1 }]
proxies: [{ address: 10.9.0.8/31, interface: eth0 }]
`;

describe('promisesOf()', () => {
  it.each<readonly [kind: string, profile: string, promises: readonly string[]]>([
    ['a pseudo-bridge: the hosts of the other segments', OFFICE, ['eth0: 192.168.0.66', 'eth1: 192.168.0.2']],
    ['one that lists: nobody else', LISTED, ['eth0: 192.168.0.66 only', 'eth1: 192.168.0.2 only']],
    [
      'one with a broadcast address among its hosts: not for that',
      BROADCAST_AMONG_HOSTS,
      ['eth0: 192.168.0.128/26, 192.168.0.192/27, 192.168.0.224/28 and 4 more', 'eth1: 192.168.0.2'],
    ],
    ['nat-proxy: the public addresses, nobody else', EDGE_OF_TWO, ['eth0: 203.0.113.9, 203.0.113.10 only']],
    ['a private VLAN: whom routes lead to', GUESTS, ['eth0: 192.168.0.0, 192.168.0.2/31, 192.168.0.4/30 and 11 more']],
    ['custom: its proxy neighbours', ENTRIES, ['eth0: 10.9.0.8/31']],
  ])('of %s', (_kind, text, promises) => {
    const made = inForce(text);
    expect(promised(made)).toEqual(promises);
    expect(missing(made, made.host)).toEqual([]);
  });
});

describe('promisesOf(), own addresses aside', () => {
  it('promises nothing of them: they are answered for anyway', () => {
    const host = router({ addresses: ['10.9.0.9/32 eth2'] });
    expect(promised(inForce(ENTRIES, host))).toEqual(['eth0: 10.9.0.8']);
  });
});

describe('unanswered()', () => {
  const office = inForce(OFFICE);
  const guests = inForce(GUESTS);
  it.each<readonly [what: string, made: InForce, host: HostState, missing: readonly string[]]>([
    [
      'medium_id',
      office,
      withSwitch(withSwitch(office.host, 'eth0', 'medium_id', '5'), 'eth1', 'medium_id', '5'),
      ['eth0: 192.168.0.66 silent: medium-id', 'eth1: 192.168.0.2 silent: medium-id'],
    ],
    ['a route that refuses', office, withRoute(office.host, 'blackhole 192.168.0.2/32'), ['eth1: 192.168.0.2 silent: refusing-route']],
    [
      'several hops, perhaps',
      office,
      withRoute(office.host, '192.168.0.2/32 nexthop dev eth0 nexthop dev eth1'),
      ['eth1: 192.168.0.2 open: multipath'],
    ],
    [
      'arp_ignore, for public addresses',
      inForce(EDGE_OF_TWO),
      withSwitch(inForce(EDGE_OF_TWO).host, 'eth0', 'arp_ignore', '1'),
      ['eth0: 203.0.113.9, 203.0.113.10 silent: arp-ignore'],
    ],
    [
      'another way to a host of a private VLAN, not: it is not reached there any more',
      guests,
      withRoute(guests.host, '192.168.0.9/32 dev eth1'),
      [],
    ],
    [
      'forwarding of a private VLAN',
      guests,
      withSwitch(guests.host, 'eth0', 'forwarding', '0'),
      ['eth0: 192.168.0.0, 192.168.0.2/31, 192.168.0.4/30 and 11 more silent: forwarding-off'],
    ],
  ])('finds what is not answered for because of %s', (_what, made, host, expected) => {
    expect(missing(made, host)).toEqual(expected);
  });

  it('makes a warning of each, with the reason', () => {
    const host = withRoute(office.host, 'blackhole 192.168.0.2/32');
    expect(unansweredRisks(unanswered(promisesOf(office.settings, host), host))).toEqual([
      {
        code: 'unanswered',
        severity: 'warning',
        profile: 'office',
        message:
          'eth1 will not answer for 192.168.0.2 with all of the profile in force: The route blackhole 192.168.0.2/32 of table main makes 192.168.0.2 a black hole (refusing-route)',
      },
    ]);
  });
});

describe('what a plan foretold', () => {
  const { settings, host } = inForce(LISTED);
  const spoilt = withRoute(withRoute(withSwitch(host, 'eth0', 'proxy_arp', '1'), '10.7.0.0/16 dev eth1'), 'blackhole 192.168.0.2/32');
  const promises = promisesOf(settings, spoilt);
  const answers = (state: HostState) => (on: string) => surely(answeredBy(state).get(link(on)));
  const waived = waivedBy(unanswered(promises, spoilt), promises, spoilt);

  it('is entered for each interface', () => {
    expect([...waived]).toEqual([
      [
        'office',
        [
          { interface: 'eth1', unanswered: ['192.168.0.2/32'], surplus: [] },
          { interface: 'eth0', unanswered: [], surplus: ['10.7.0.0/16'] },
        ],
      ],
    ]);
  });

  it('is no drift later, but what comes to it is', () => {
    expect(unanswered(promises, spoilt, waived).map(({ how }) => how)).toEqual(['foretold']);
    expect(surplusOf(promises, answers(spoilt), waived)).toEqual([]);
    const silenced = withSwitch(spoilt, 'eth0', 'forwarding', '0');
    expect(unanswered(promises, silenced, waived).map((entry) => `${entry.interface} ${entry.how}`)).toEqual([
      'eth0 silent',
      'eth1 foretold',
    ]);
    const worse = withRoute(spoilt, '10.8.0.0/16 dev eth1');
    expect(surplusOf(promises, answers(worse), waived).map(({ addresses }) => whomWords(addresses))).toEqual(['10.8.0.0/16']);
  });
});

describe('surplusOf()', () => {
  /** Everything that the host answers for counts as the profiles' doing. */
  const surplus = ({ settings, host }: InForce): string[] => {
    return surplusOf(promisesOf(settings, host), (on) => surely(answeredBy(host).get(on))).map(
      (entry) => `${entry.interface}: ${whomWords(entry.addresses)}`,
    );
  };

  it('is nothing for who answers for the listed hosts alone', () => {
    expect(surplus(inForce(LISTED))).toEqual([]);
  });

  it('is whoever else is answered for', () => {
    const { settings, host } = inForce(LISTED);
    expect(surplus({ settings, host: withRoute(withSwitch(host, 'eth0', 'proxy_arp', '1'), '10.7.0.0/16 dev eth1') })).toEqual([
      'eth0: 10.7.0.0/16',
    ]);
  });

  it('is nothing where the profile answers for whatever is routed elsewhere', () => {
    const { settings, host } = inForce(OFFICE);
    expect(surplus({ settings, host: withRoute(host, '10.7.0.0/16 dev eth1') })).toEqual([]);
  });
});

describe('breaches()', () => {
  const listed = inForce(LISTED);
  const foretold = foretoldAnswers(promisesOf(listed.settings, listed.host), listed.host);
  it.each<readonly [what: string, host: HostState, words: readonly string[]]>([
    ['a host that is as foretold', listed.host, []],
    ['a switch that silences it', withSwitch(listed.host, 'eth0', 'forwarding', '0'), ['eth0 does not answer for 192.168.0.66']],
    [
      'a switch that makes it answer for more',
      withRoute(withSwitch(listed.host, 'eth0', 'proxy_arp', '1'), '10.7.0.0/16 dev eth1'),
      ['eth0 answers for 10.7.0.0/16, which was not foretold'],
    ],
    ['what is open', withRoute(listed.host, '192.168.0.2/32 nexthop dev eth0 nexthop dev eth1'), []],
  ])('of %s', (_what, host, words) => {
    const found = breaches(foretold, host);
    expect(found.map(breachWords)).toEqual(words);
    expect(found.map(({ excuse }) => excuse)).toEqual(words.map(() => null));
  });

  it('excuses a link without carrier', () => {
    const host = withoutCarrier(withSwitch(listed.host, 'eth1', 'ignore_routes_with_linkdown', '1'), 'eth1');
    expect(breaches(foretold, host)).toMatchObject([{ interface: 'eth0', excuse: 'link' }]);
  });

  it('excuses what the routes bring where they decide', () => {
    const routed = inForce(OFFICE);
    const before = foretoldAnswers(promisesOf(routed.settings, routed.host), routed.host);
    expect(breaches(before, routed.host)).toEqual([]);
    const found = breaches(before, withRoute(routed.host, '10.7.0.0/16 dev eth1'));
    expect(found.map(excuseWords)).toEqual([
      'eth0 answers for 10.7.0.0/16, which was not foretold: routes, rules or switches have changed meanwhile',
    ]);
  });

  it('does not ask for what was foretold to be silent', () => {
    const host = withRoute(listed.host, 'blackhole 192.168.0.2/32');
    expect(breaches(foretoldAnswers(promisesOf(listed.settings, host), host), host)).toEqual([]);
  });
});

describe('changedAnswers()', () => {
  const { settings, host } = inForce(OFFICE);
  const answers = digestsOf(promisesOf(settings, host), host);

  it('finds nothing on a host that is as it was foretold', () => {
    expect(Object.keys(answers).sort()).toEqual(['eth0', 'eth1']);
    expect(changedAnswers(answers, host)).toEqual([]);
  });

  it('finds an interface that answers for more, or for others', () => {
    const [one, two] = ['10.7.0.0/24', '10.8.0.0/24'].map((to) => withRoute(host, `${to} dev eth1`));
    const foretold = Number.parseInt(answers['eth0'] ?? '', 10);
    expect(changedAnswers(answers, one ?? host)).toEqual([{ interface: 'eth0', foretold, now: foretold + 256 }]);
    const [change] = changedAnswers(digestsOf(promisesOf(settings, one ?? host), one ?? host), two ?? host);
    expect(change).toEqual({ interface: 'eth0', foretold: foretold + 256, now: foretold + 256 });
  });

  it('has nothing to compare where a profile names everybody', () => {
    const listed = inForce(LISTED);
    expect(digestsOf(promisesOf(listed.settings, listed.host), listed.host)).toEqual({});
  });

  it('tells sets of one size apart', () => {
    const sets = ['10.0.0.0/24', '10.0.1.0/24', '138.0.0.0/24'].map((prefix) => answersDigest(addressesOf([prefix as Prefix])));
    expect(new Set(sets).size).toBe(3);
    expect(sets.every((digest) => digest.startsWith('256:'))).toBe(true);
  });
});
