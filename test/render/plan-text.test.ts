import { describe, expect, it } from 'vitest';
import type { DueAnnouncement, Plan } from '../../src/model/plan.ts';
import { ANNOUNCE_DEFAULTS } from '../../src/model/settings.ts';
import { ipv4FromNumber } from '../../src/net/ipv4.ts';
import type { Operation } from '../../src/model/operation.ts';
import { confPath, type SysctlPath } from '../../src/net/sysctl-path.ts';
import { hostPrefix } from '../../src/net/prefix.ts';
import { planMarkdown } from '../../src/render/markdown.ts';
import { planLines } from '../../src/render/plan-text.ts';
import { EMPTY_PLAN } from '../support/empty-plan.ts';
import { ip, link } from '../support/operations.ts';

const announced = (count: number): DueAnnouncement => ({
  profile: 'a',
  interface: link('eth0'),
  addresses: Array.from({ length: count }, (_, at) => hostPrefix(ipv4FromNumber(0x0a000000 + 2 * at))),
  options: ANNOUNCE_DEFAULTS,
});
const words = (plan: Plan): string[] => planLines(plan).map(({ text }) => text);

describe('planLines()', () => {
  it('joins what is announced on one interface, however much it is', () => {
    expect(words({ ...EMPTY_PLAN, announcements: [announced(1), announced(200_000)] })[0]).toMatch(
      /^Announce on eth0: 10\.0\.0\.0, .* and 199,992 more \(200,000 addresses, 3 rounds\)$/,
    );
  });

  it('announces each address once, in the order in which they come', () => {
    const due = (...addresses: string[]): DueAnnouncement => ({
      ...announced(0),
      addresses: addresses.map((text) => hostPrefix(ip(text))),
    });
    const first = (...announcements: DueAnnouncement[]): string | undefined => words({ ...EMPTY_PLAN, announcements })[0];
    expect(first(due('10.0.0.9'), due('10.0.0.1', '10.0.0.2'))).toMatch(/: 10\.0\.0\.9, 10\.0\.0\.1, 10\.0\.0\.2 \(3 /);
    expect(first(due('10.0.0.1', '10.0.0.2'), due('10.0.0.9'))).toMatch(/: 10\.0\.0\.1, 10\.0\.0\.2, 10\.0\.0\.9 \(3 /);
    expect(first(due('10.0.0.2'), due('10.0.0.1', '10.0.0.2'))).toMatch(/: 10\.0\.0\.2, 10\.0\.0\.1 \(2 /);
    expect(first(due('10.0.0.9'), due('10.0.0.9'), due('10.0.0.1', '10.0.0.2'))).toMatch(/: 10\.0\.0\.9, 10\.0\.0\.1, 10\.0\.0\.2 \(3 /);
    const shared = due('10.0.0.1', '10.0.0.2');
    expect(first(shared, shared, due('10.0.0.2'))).toMatch(/: 10\.0\.0\.1, 10\.0\.0\.2 \(2 /);
  });

  it('puts what is of no one interface below a heading of its own', () => {
    const change = (subject: SysctlPath): Operation => ({ kind: 'sysctl', subject, from: '0', to: '1' });
    const operations = (['default', 'all'] as const).map((holder) => change(confPath(holder, 'proxy_arp')));
    expect(words({ ...EMPTY_PLAN, operations }).filter((text) => !text.startsWith(' '))).toEqual([
      'interfaces yet to come',
      'all interfaces',
      '2 operations: 2 to change.',
    ]);
  });

  it('counts what is alike, and tells every one when asked', () => {
    const route = (at: number): Operation => ({
      kind: 'route',
      subject: { to: hostPrefix(ipv4FromNumber(0x0a000000 + 2 * at)), table: 254, metric: 0 },
      from: null,
      to: { type: 'unicast', scope: 'link', protocol: 97, interface: link('eth0') },
    });
    const plan: Plan = { ...EMPTY_PLAN, operations: Array.from({ length: 5000 }, (_, at) => route(at)) };
    const counted = words(plan);
    expect(counted).toHaveLength(11);
    expect(counted[1]).toBe('  + route 10.0.0.0/32 dev eth0');
    expect(counted[9]).toBe('  + 4,992 more routes (-v shows every one)');
    expect(planLines(plan, 'all')).toHaveLength(5002);
  });

  it('tells the same changes of many interfaces once', () => {
    const operations = Array.from({ length: 900 }, (_, at): Operation => {
      return { kind: 'sysctl', subject: confPath(link(`t${at}`), 'proxy_arp'), from: at === 7 ? '2' : '0', to: '1' };
    });
    expect(words({ ...EMPTY_PLAN, operations })).toEqual([
      't0, t1, t2 and 896 more, each',
      '  ~ proxy_arp: 0 → 1',
      't7',
      '  ~ proxy_arp: 2 → 1',
      '900 operations: 900 to change.',
    ]);
  });

  it('shows what a terminal would obey in the name of an interface as text', () => {
    const message = 'No interface matches "x*"; there are lo, g\u001b[31m';
    const plan: Plan = {
      ...EMPTY_PLAN,
      conflicts: [{ code: 'no-such-interface', message, profile: 'a' }],
      risks: [{ code: 'pvlan-no-route', severity: 'warning', message, profile: 'a' }],
    };
    expect(words(plan).join('\n')).toContain(String.raw`g\x1b[31m`);
    expect(planMarkdown(plan)).toContain(String.raw`g\\x1b\[31m`);
    for (const text of [words(plan).join('\n'), planMarkdown(plan)]) expect(text).not.toContain('\u001b');
  });
});
