import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { EXIT } from '../../src/cli/exit-code.ts';
import { RISK_CODES } from '../../src/model/risk.ts';
import { profilesFrom } from '../support/profile-text.ts';

const ROOT = new URL('../../', import.meta.url);
const README = readFileSync(new URL('README.md', ROOT), 'utf8');

describe('README', () => {
  it('shows only profiles that are without mistakes', () => {
    const blocks = [...README.matchAll(/```yaml\n([^`]*)```/g)].map(([, text]) => text ?? '');
    const kinds = blocks.flatMap((text) => profilesFrom(text)).map(({ kind }) => kind);
    expect(kinds).toEqual(['pseudo-bridge', 'pseudo-bridge', 'private-vlan', 'nat-proxy', 'custom']);
  });

  it('describes every command of the program', () => {
    const source = readFileSync(new URL('src/cli/commands.ts', ROOT), 'utf8');
    const commands = [...source.matchAll(/\.command\('([a-z]+)/g)].map(([, name]) => name);
    expect(commands.length).toBeGreaterThan(10);
    for (const name of commands) expect(README).toContain(`parp ${name}`);
  });

  it('lists every exit code', () => {
    for (const code of Object.values(EXIT)) expect(README).toMatch(new RegExp(`^\\| ${code} +\\|`, 'm'));
  });

  it('leads to a page that lists every risk', () => {
    expect(README).toContain('](docs/risks.md)');
    const page = readFileSync(new URL('docs/risks.md', ROOT), 'utf8');
    for (const code of RISK_CODES) expect(page).toMatch(new RegExp(`^\\| \`${code}\` +\\|`, 'm'));
  });

  it('links to what is there', () => {
    const targets = [...README.matchAll(/\]\(([^)#]+)\)/g)]
      .map(([, target]) => target ?? '')
      .filter((target) => !target.startsWith('http'));
    expect(targets.length).toBeGreaterThan(0);
    for (const target of targets) expect(existsSync(fileURLToPath(new URL(target, ROOT))), target).toBe(true);
  });
});
