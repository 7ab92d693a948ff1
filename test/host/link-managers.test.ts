import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { describe, expect, it, onTestFinished } from 'vitest';
import { linkManagers } from '../../src/host/link-managers.ts';
import { freshHost } from '../support/memory-kernel.ts';

const { links } = freshHost(['eth0', 'eth1', 'eth2']);

function indexOf(name: string): number {
  return links.find((link) => link.name === name)?.index ?? 0;
}

/** A folder as /run is, with these files for interfaces by name: `systemd/netif/links/eth0`. */
function runWith(files: Readonly<Record<string, string>>): string {
  const run = mkdtempSync(join(tmpdir(), 'parp-run-'));
  onTestFinished(() => rmSync(run, { recursive: true }));
  for (const [path, content] of Object.entries(files)) {
    const [folder, name = ''] = [path.slice(0, path.lastIndexOf('/')), path.split('/').at(-1)];
    mkdirSync(join(run, folder), { recursive: true });
    writeFileSync(join(run, folder, `${indexOf(name)}`), content);
  }
  return run;
}

function managers(files: Readonly<Record<string, string>>): object {
  return Object.fromEntries(linkManagers(links, runWith(files), true) ?? []);
}

describe('linkManagers()', () => {
  it('finds what systemd-networkd and NetworkManager say that they configure', () => {
    const files = {
      'systemd/netif/links/eth0': '# This is private data. Do not parse.\nADMIN_STATE=configured\nOPER_STATE=routable\n',
      'systemd/netif/links/eth1': 'ADMIN_STATE=configuring\n',
      'NetworkManager/devices/eth2': '[device]\nmanaged=true\n',
    };
    expect(managers(files)).toEqual({ eth0: 'systemd-networkd', eth1: 'systemd-networkd', eth2: 'NetworkManager' });
  });

  it('passes over what they know and leave alone', () => {
    const files = {
      'systemd/netif/links/eth0': 'ADMIN_STATE=unmanaged\n',
      'NetworkManager/devices/eth1': '[device]\nmanaged=false\n',
      'NetworkManager/devices/lo': '[device]\nmanaged=unknown\n',
    };
    expect(managers(files)).toEqual({});
    expect(managers({})).toEqual({});
  });

  it('knows nothing of a namespace whose numbers mean other interfaces', () => {
    const run = runWith({ 'NetworkManager/devices/eth0': 'managed=true\n' });
    expect(linkManagers(links, run, false)).toBeNull();
  });
});
