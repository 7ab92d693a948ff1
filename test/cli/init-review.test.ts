import { describe, expect, it } from 'vitest';
import { cellsOf } from '../../src/cli/cells.ts';
import { pictureOn } from '../../src/cli/draw.ts';
import type { Foreseen } from '../../src/cli/init-profile.ts';
import { review } from '../../src/cli/init-review.ts';
import type { Prompter } from '../../src/cli/init-prompter.ts';
import type { Plan } from '../../src/model/plan.ts';
import { draftText } from '../../src/profile/draft-text.ts';
import { hostPrefix } from '../../src/net/prefix.ts';
import { EMPTY_PLAN } from '../support/empty-plan.ts';
import { ip, link } from '../support/operations.ts';
import { profileFrom } from '../support/profile-text.ts';
import { recordingTerminal } from './recording-terminal.ts';

const DRAFT = {
  version: 1,
  kind: 'pseudo-bridge',
  name: 'office',
  description: 'Two wires of one subnet, # as the floor plan of the second storey has it',
  segments: [
    { interface: 'eth0', addresses: ['192.168.0.1/24'], hosts: ['192.168.0.0/24'] },
    { interface: 'eth1', addresses: [], hosts: ['192.168.0.66', '192.168.0.67', '192.168.0.70-192.168.0.79'] },
  ],
};
const TEXT = draftText(DRAFT, { file: 'office.yaml', notes: new Map([['segments[0].addresses', 'as it is now on the router']]) });
const READY = { file: 'office.yaml', text: TEXT, profile: profileFrom(TEXT) };

const PLAN: Plan = {
  ...EMPTY_PLAN,
  operations: [
    {
      kind: 'route',
      subject: { to: hostPrefix(ip('192.168.0.66')), table: 254, metric: 0 },
      from: null,
      to: { type: 'unicast', scope: 'link', protocol: 97, interface: link('eth1'), source: ip('192.168.0.1') },
    },
  ],
};

/** What is shown on a screen of that many columns, by its headings. */
async function shownOn(columns: number): Promise<Readonly<Record<'picture' | 'file' | 'plan', readonly string[]>>> {
  const lines: string[] = [];
  const prompter: Prompter = {
    columns,
    rows: 1000,
    draws: true,
    ask: async () => 'back',
    pause: async () => undefined,
    say: (texts) => void lines.push(...texts),
    close: () => undefined,
  };
  const terminal = recordingTerminal();
  const foreseen: Foreseen = { plan: PLAN, picture: pictureOn(READY.profile, null, terminal) };
  await review(READY, foreseen, prompter, terminal);
  const text = lines.join('\n');
  const [, picture = '', file = '', plan = ''] =
    /^\nThe network\n([^]*)\n\nThe\s+profile,\s+office\.yaml\n([^]*)\n\nWhat it\s+changes\s+on\s+this\s+host\n([^]*)$/.exec(text) ?? [];
  return { picture: picture.split('\n'), file: file.split('\n'), plan: plan.split('\n') };
}

describe('review()', () => {
  it.each([20, 30, 40, 60, 80, 200])('shows a file of %i columns that is the file all the same', async (columns) => {
    const { file } = await shownOn(columns);
    expect(profileFrom(file.join('\n')), file.join('\n')).toEqual(READY.profile);
    for (const line of file) if (!/^[ #-]*\S+$/.test(line)) expect(cellsOf(line), line).toBeLessThan(columns);
  });

  it('goes on below what it belongs to', async () => {
    const { file, plan } = await shownOn(40);
    expect(file.slice(0, 3)).toEqual(['# pseudo-bridge: one subnet on two or', '# more wires.', '# See what it would change: parp plan']);
    expect(plan.slice(0, 3)).toEqual(['eth1', '  + route 192.168.0.66/32 dev eth1 src', '    192.168.0.1']);
  });

  it('puts a comment that has no room behind its value below it', async () => {
    expect((await shownOn(40)).file.join('\n')).toContain('    addresses: [192.168.0.1/24]\n      # as it is now on the router\n');
    expect((await shownOn(80)).file.join('\n')).toContain('    addresses: [192.168.0.1/24] # as it is now on the router\n');
  });
});
