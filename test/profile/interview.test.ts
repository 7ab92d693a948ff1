import { describe, expect, it } from 'vitest';
import { kernelLinkName } from '../../src/net/link-name.ts';
import { must } from '../../src/net/parsed.ts';
import { parseIpv4 } from '../../src/net/ipv4.ts';
import { draftText } from '../../src/profile/draft-text.ts';
import type { Draft } from '../../src/profile/draft.ts';
import { interview, type Known } from '../../src/profile/interview.ts';
import { standingAfter, type Answer, type Question } from '../../src/profile/question.ts';
import { profileFrom, profilesFrom } from '../support/profile-text.ts';
import { host, known } from './interviewed.ts';
import { hostsFiles } from './mistakes.ts';

/** The question behind some answers. */
function questionAfter(about: Known, ...answers: readonly Answer[]): Question {
  const standing = standingAfter(() => interview(about), answers);
  if ('result' in standing) throw new Error(`There is none, but ${JSON.stringify(standing.result.draft)}`);
  return standing.question;
}

function draftAfter(about: Known, ...answers: readonly Answer[]): Draft {
  const standing = standingAfter(() => interview(about), answers);
  if ('question' in standing) throw new Error(`There is a question: ${standing.question.ask}`);
  return standing.result.draft;
}

function mistake(question: Question, text: string): string | undefined {
  if (question.kind !== 'line') throw new Error(`"${question.ask}" is no line`);
  return question.check(text);
}

describe('interview()', () => {
  it('asks for the kind first, and gives each a sentence', () => {
    const question = questionAfter(known({}));
    expect(question).toMatchObject({
      kind: 'one',
      id: 'kind',
      choices: [{ value: 'pseudo-bridge' }, { value: 'private-vlan' }, { value: 'nat-proxy' }, { value: 'custom' }],
    });
    expect(question.kind === 'one' && question.choices.every(({ about }) => (about ?? '').length > 40)).toBe(true);
  });

  it('asks for nothing that was given', () => {
    const given: Draft = { kind: 'private-vlan', name: 'guests', interfaces: ['eth0.10'], addresses: ['192.168.10.1/24'], flush: false };
    expect(draftAfter(known(given))).toEqual({ version: 1, ...given });
  });

  it('goes back by leaving answers out: the same question comes again', () => {
    const about = known({ kind: 'pseudo-bridge' }, host({ addresses: ['10.0.0.1/24 eth0'] }));
    const first = questionAfter(about);
    expect(questionAfter(about, ['eth0', 'eth1']).id).toBe('segments.0.hosts');
    expect(questionAfter(about, ['eth0', 'eth1'], '10.0.0.0/24').id).toBe('segments.1.hosts');
    expect({ ...questionAfter(about), check: undefined }).toEqual({ ...first, check: undefined });
  });
});

describe('interview() of a pseudo-bridge', () => {
  const two = host({ addresses: ['192.168.0.1/24 eth0'], flags: { eth2: [] } });
  const about = known({ kind: 'pseudo-bridge' }, two);

  it('offers the interfaces with what tells them apart, those without carrier last', () => {
    const lines = questionAfter(
      known(
        { kind: 'pseudo-bridge' },
        host({ addresses: ['10.0.0.1/24 eth2'], routes: ['default via 10.0.0.9 dev eth2'], flags: { eth0: ['UP'] } }),
      ),
    );
    expect(lines.kind === 'many' ? lines.choices.map(({ name }) => name) : []).toEqual([
      'eth1  no address',
      'eth2  10.0.0.1/24, default route',
      'eth0  no address, no carrier',
      'others, not here yet',
    ]);
  });

  it('offers no ports of a bridge, no tunnels and no lo', () => {
    const links = two.links.map((entry) => {
      if (entry.name === 'eth0') return { ...entry, master: kernelLinkName('br0') };
      return entry.name === 'eth1' ? { ...entry, mac: null } : entry;
    });
    const question = questionAfter(known({ kind: 'pseudo-bridge' }, { ...two, links }));
    expect(question.kind === 'many' ? question.choices.map(({ value }) => value) : []).toEqual(['eth2', '']);
  });

  it('takes the addresses that are there, and suggests the subnet for their wire and what was heard for the other', () => {
    const neighbour = { interface: kernelLinkName('eth1'), mac: '02:00:00:00:00:66' } as const;
    const heard = host(
      { addresses: ['192.168.0.1/24 eth0'], routes: ['192.168.0.128/26 dev eth1'] },
      {
        neighbours: [
          { ...neighbour, address: must(parseIpv4('192.168.0.70')), state: 'STALE' },
          { ...neighbour, address: must(parseIpv4('192.168.0.66')), state: 'REACHABLE' },
          { ...neighbour, address: must(parseIpv4('192.168.0.67')), state: 'FAILED' },
          { ...neighbour, address: must(parseIpv4('172.16.0.1')), state: 'REACHABLE' },
        ],
      },
    );
    const of = known({ kind: 'pseudo-bridge' }, heard);
    expect(questionAfter(of, ['eth0', 'eth1'])).toMatchObject({ id: 'segments.0.hosts', initial: '192.168.0.0/24' });
    expect(questionAfter(of, ['eth0', 'eth1'], '192.168.0.0/24')).toMatchObject({
      id: 'segments.1.hosts',
      initial: '192.168.0.128/26, 192.168.0.66, 192.168.0.70',
    });
  });

  it('asks for an address only where no segment has one', () => {
    const none = known({ kind: 'pseudo-bridge' }, host({}));
    const question = questionAfter(none, ['eth0', 'eth1']);
    expect(question.id).toBe('segments.0.addresses');
    expect(mistake(question, '192.168.0.1')).toBe('"192.168.0.1" lacks a prefix length; write 192.168.0.1/24');
    expect(mistake(question, '')).toContain('needs an address');
    expect(mistake(question, '192.168.0.1/24')).toBeUndefined();
  });

  it.each([
    ['192.168.0.066', 'leading zeros'],
    ['192.168.0.66/24', 'host bits'],
    ['192.168.0.1', "the router's own address on eth0"],
    ['192.168.0.66, 192.168.0.90-192.168.0.80', 'ends before it begins'],
    ['192.168.0.20-192.168.0.30', '192.168.0.20-192.168.0.30 on eth1 is listed on eth0, too (192.168.0.20)'],
    ['192.168.0.66 , 192.168.0.70 - 192.168.0.79 192.168.0.128/26', undefined],
    ['', undefined],
  ])('says at once what is wrong with the hosts %j', (text, words) => {
    const problem = mistake(questionAfter(about, ['eth0', 'eth1'], '192.168.0.20'), text);
    if (words === undefined) expect(problem).toBeUndefined();
    else expect(problem).toContain(words);
  });

  describe('with hosts in a file', () => {
    const files = hostsFiles({
      'near.hosts': '192.168.0.66\n192.168.0.70-192.168.0.79 # the lab\n',
      'my list.txt': '192.168.0.67\n',
      'wrong.hosts': '192.168.0.66\n192.168.0.067\n',
      'wide.hosts': '172.16.0.0/12\n',
    });
    const reading: Known = { ...about, readHosts: files };
    const wires = ['eth0', 'eth1'];

    it.each([
      ['@near.hosts', undefined],
      ['@ my list.txt', undefined],
      ['192.168.0.90, @near.hosts', undefined],
      ['@none.hosts', 'There is no file "none.hosts"'],
      ['@wrong.hosts', 'wrong.hosts line 2: "192.168.0.067" has leading zeros'],
      ['192.168.0.66/24 @near.hosts', 'has host bits set'],
      ['@', 'Behind @ comes the name of a file'],
      ['192.168.0.90 @', 'Behind @ comes the name of a file'],
    ])('reads it at once, and says what is wrong with it: %j', (text, words) => {
      const problem = mistake(questionAfter(reading, wires, '192.168.0.20'), text);
      if (words === undefined) expect(problem).toBeUndefined();
      else expect(problem).toContain(words);
    });

    it('knows who is in it for the other segments, and for the choice of who is answered for', () => {
      expect(mistake(questionAfter(reading, wires, '@near.hosts'), '192.168.0.75')).toContain(
        'on eth1 is listed on eth0, too (near.hosts line 2',
      );
      const both = questionAfter(reading, wires, '192.168.0.0/24', '@near.hosts');
      expect(both.kind === 'one' ? both.choices.map(({ value }) => value) : []).toEqual(['routed', 'listed']);
      const wide = questionAfter(reading, wires, '192.168.0.0/24', '@wide.hosts');
      expect(wide.kind === 'one' ? wide.choices.map(({ value }) => value) : []).toEqual(['routed']);
    });

    it('writes its name beside what was listed', () => {
      const draft = draftAfter(reading, wires, '192.168.0.0/24', '192.168.0.90, @my list.txt', 'listed', 'x');
      expect(draft['segments']).toMatchObject([{ hosts: ['192.168.0.0/24'] }, { hosts: ['192.168.0.90'], hosts_file: 'my list.txt' }]);
      const [profile] = profilesFrom(draftText(draft), { 'my list.txt': '192.168.0.67\n' });
      expect(profile).toMatchObject({ segments: [{}, { hosts: [{ as: 'address' }, { as: 'address' }] }] });
    });
  });

  it('does not ask for whom to answer where a segment lists nobody: there is no choice', () => {
    expect(questionAfter(about, ['eth0', 'eth1'], '192.168.0.0/24', '').id).toBe('name');
    const question = questionAfter(about, ['eth0', 'eth1'], '192.168.0.0/24', '192.168.0.66');
    expect(question.kind === 'one' ? question.choices.map(({ value }) => value) : []).toEqual(['routed', 'listed']);
  });

  it('does not offer a list that would be too long', () => {
    const wide = known({ kind: 'pseudo-bridge' }, host({ addresses: ['10.0.0.1/8 eth0'] }));
    const question = questionAfter(wide, ['eth0', 'eth1'], '10.0.0.0/8', '10.1.0.1');
    expect(question.kind === 'one' ? question.choices.map(({ value }) => value) : []).toEqual(['routed']);
  });

  it('asks for the names of interfaces that are not here yet', () => {
    const question = questionAfter(about, ['eth0', '']);
    expect(question.id).toBe('segments.names');
    expect(mistake(question, 'eth0.100, all')).toContain("the kernel's word");
    expect(mistake(question, 'eth0')).toBe('At least 2 are needed');
    expect(draftAfter(about, ['eth0', ''], 'eth0.100', '192.168.0.0/24', '', 'x')).toMatchObject({
      segments: [{ interface: 'eth0' }, { interface: 'eth0.100' }],
    });
  });
});

describe('interview() of a private VLAN', () => {
  it('asks for an address of a single interface that has none, and not for patterns', () => {
    const about = known({ kind: 'private-vlan' }, null);
    expect(questionAfter(about, 'eth0').id).toBe('addresses');
    expect(questionAfter(about, 'guest*').id).toBe('name');
    expect(questionAfter(about, 'eth0 eth1').id).toBe('name');
    expect(mistake(questionAfter(about), 'guest[')).toContain('not closed');
  });
});

describe('interview() of a NAT proxy', () => {
  const about = known(
    { kind: 'nat-proxy' },
    host({ addresses: ['203.0.113.2/24 eth1', '10.0.0.1/24 eth0'], routes: ['default via 203.0.113.1 dev eth1'], flags: { eth2: [] } }),
  );

  it('takes the side of the default route for the outside', () => {
    expect(questionAfter(about)).toMatchObject({ id: 'outside', initial: 'eth1', assumed: 'eth1' });
    const inside = questionAfter(about, 'eth1');
    expect(inside.kind === 'one' ? inside.choices.map(({ value }) => value) : []).toEqual(['eth0', 'eth2', '']);
  });

  it('suggests the subnet inside, and knows overlaps and lengths', () => {
    const one = ['eth1', 'eth0', 'private', '203.0.113.10', '10.0.0.10'] as const;
    expect(questionAfter(about, ...one, 'source', '203.0.113.9')).toMatchObject({ id: 'nat.1.source', initial: '10.0.0.0/24' });
    expect(mistake(questionAfter(about, ...one, 'private'), '203.0.113.10')).toContain('is mapped already');
    expect(mistake(questionAfter(about, ...one, 'private'), '203.0.113.010')).toContain('leading zeros');
    expect(mistake(questionAfter(about, ...one, 'private'), '203.0.113.16/28')).toBeUndefined();
    expect(mistake(questionAfter(about, ...one, 'private'), '')).toBe('An answer is needed');
    expect(mistake(questionAfter(about, ...one, 'private', '203.0.113.16/28'), '10.0.1.0/24')).toContain('same prefix length');
    expect(mistake(questionAfter(about, ...one, 'port', '203.0.113.9', 'tcp'), '70000')).toContain('1 to 65535');
    expect(draftAfter(about, ...one, 'port', '203.0.113.9', 'tcp', '443', '10.0.0.5:8443', 'done', 'edge')).toMatchObject({
      nat: [
        { public: '203.0.113.10', private: '10.0.0.10' },
        { public: '203.0.113.9', protocol: 'tcp', port: 443, to: '10.0.0.5:8443' },
      ],
    });
  });
});

describe('interview() of a custom profile', () => {
  const about = known({ kind: 'custom' }, host({ switches: { 'eth0/rp_filter': '2' } }));

  it('shows what a switch is now, and takes pieces of every sort', () => {
    expect(questionAfter(about, 'sysctl', 'rp_filter', 'eth0').hint).toBe('It is 2 now');
    const draft = draftAfter(
      about,
      ...(['sysctl', 'rp_filter', 'eth0', '0'] as const),
      ...(['routes', '10.0.0.9/32', 'eth1', '', '10.0.0.1'] as const),
      ...(['proxies', 'eth0', '10.0.0.9'] as const),
      ...(['addresses', 'eth0', '10.0.0.1/24'] as const),
      ...(['announce_addresses', 'eth0', '10.0.0.9'] as const),
      'done',
      'moved',
    );
    expect(profileFrom(draftText(draft))).toMatchObject({
      name: 'moved',
      sysctl: [{ path: 'net/ipv4/conf/eth0/rp_filter', value: '0' }],
      routes: [{ to: '10.0.0.9/32', interface: 'eth1', source: '10.0.0.1' }],
      proxies: [{ addresses: '10.0.0.9/32', interface: 'eth0' }],
      addresses: [{ address: '10.0.0.1/24', interface: 'eth0' }],
      announceAddresses: [{ addresses: '10.0.0.9/32', interface: 'eth0' }],
    });
  });

  it('refuses paths that are no switches of parp', () => {
    const question = questionAfter(about, 'sysctl', 'path');
    expect(mistake(question, 'net/ipv6/conf/eth0/forwarding')).toBeDefined();
    expect(mistake(question, 'net/ipv4/conf/eth0.100/arp_filter')).toBeUndefined();
  });
});
