import { describe, expect, it } from 'vitest';
import { planProfiles } from '../../src/cli/work-out.ts';
import { EMPTY_LEDGER } from '../../src/model/ledger.ts';
import { ipv4FromNumber } from '../../src/net/ipv4.ts';
import { planMarkdown } from '../../src/render/markdown.ts';
import { freshHost } from '../support/memory-kernel.ts';
import { OFFICE } from '../support/plain-profiles.ts';
import { profilesFrom } from '../support/profile-text.ts';

const commentOf = (text: string, links = ['eth0', 'eth1']): string =>
  planMarkdown(planProfiles(profilesFrom(text), freshHost(links), EMPTY_LEDGER, '2030-01-01T00:00:00.000Z'));

/** GitHub's limit of a comment. */
const LONGEST = 65_536;

describe('planMarkdown()', () => {
  it('begins with what it comes to, then tells of risks, answers and changes', () => {
    const text = commentOf(OFFICE);
    expect(text).toMatch(/^### parp plan: `office` \(pseudo-bridge\)\n\n\*\*16 operations: 3 to add, 13 to change\.\*\*\n/);
    const titles = [...text.matchAll(/^#### (.*)$/gm)].map(([, title]) => title);
    expect(titles).toEqual(['Risks', 'Who will be answered', 'Changes', 'Besides']);
    expect(text).toContain('- eth0: will answer for 192.168.0.66\n');
    expect(text).toContain('| add | `route 192.168.0.66/32` |  | `dev eth1 src 192.168.0.1` |');
    expect(text).toMatch(/<details><summary>Commands<\/summary>\n\n```sh\n[^]*```\n\n<\/details>$/);
  });

  it('says why a plan is refused before everything else', () => {
    expect(commentOf(OFFICE.replace('eth1', 'eth7'))).toMatch(
      /operations?|nothing is written\.\*\*\n\n#### Why it is refused\n\n- \*\*refusal\*\* `no-such-interface`: /,
    );
  });

  it('fits into a comment, however much there is', () => {
    const routes = Array.from({ length: 20_000 }, (_, at) => `  - { to: ${ipv4FromNumber(0x0a000000 + 2 * at)}/32, interface: eth1 }`).join(
      '\n',
    );
    const text = commentOf(`version: 1\nkind: custom\nname: many\nroutes:\n${routes}\n`);
    expect(text.length).toBeLessThan(LONGEST);
    expect(text).toContain('| | and 19,950 more changes | | |');
    expect(text).toContain('# and 19,750 more lines: parp plan --format shell');
    const links = Array.from({ length: 1000 }, (_, at) => `t${at}`);
    const guests = commentOf('version: 1\nkind: private-vlan\nname: guests\ninterfaces: ["t*"]\n', links);
    expect(guests.length).toBeLessThan(LONGEST);
    expect(guests.match(/`pvlan-no-route`/g)?.length).toBeLessThan(5);
  });

  it('lets no name become markup', () => {
    const text = commentOf('version: 1\nkind: custom\nname: a\nproxies: [{ address: 10.0.0.9, interface: eth9 }]\n', ['<b>x', '*y*']);
    expect(text).toContain(String.raw`\<b\>x`);
    expect(text).toContain(String.raw`\*y\*`);
  });
});
