// Somebody draws a profile on the router that it is for, and elsewhere. On the router the picture has its MACs and the names behind patterns, and
// is the same before and after the profile is in force; elsewhere, and of a captured host, nothing of the present host gets into it.
import { describe, expect, it } from 'vitest';
import { isUnicode } from '../../src/cli/locale.ts';
import { CAN_BUILD, useNetwork } from '../support/namespaces.ts';
import { OFFICE, TWO_WIRES } from '../support/plain-profiles.ts';

const GUESTS = 'version: 1\nkind: private-vlan\nname: guests\ninterfaces: ["eth*"]\n';
const UTF8 = { env: { LC_ALL: 'C.UTF-8' } };

describe.skipIf(!CAN_BUILD)('parp draw', () => {
  const net = useNetwork(TWO_WIRES);

  it('draws with the MACs of the host that the profile is for, the same before and after it is in force', async () => {
    const office = net.profile('office.yaml', OFFICE);
    const before = await net.parp('router', ['draw', office], UTF8);
    expect(before).toMatchObject({ exitCode: 0, stderr: '' });
    for (const link of ['eth0', 'eth1']) expect(before.stdout).toContain(`with ${net.macOf('router', link)}`);
    expect((await net.parp('router', ['apply', '--no-wait', office])).exitCode).toBe(0);
    expect((await net.parp('router', ['draw', office], UTF8)).stdout).toBe(before.stdout);
    const edited = net.profile('edited.yaml', OFFICE.replace('192.168.0.1/24', '192.168.0.9/24'));
    const after = await net.parp('router', ['draw', edited], UTF8);
    expect(after.stdout).toContain('192.168.0.9/24');
    expect(after.stdout).not.toContain('192.168.0.1/');
    expect((await net.parp('router', ['remove', 'office'])).exitCode).toBe(0);
  });

  it('names the interfaces behind a pattern, and where there are none, the pattern', async () => {
    const guests = net.profile('guests.yaml', GUESTS);
    const wiresOn = async (host: string): Promise<unknown> => {
      const { json } = await net.parp(host, ['draw', guests, '--json']);
      const [picture] = json['pictures'] as [{ readonly wires: readonly { readonly interface: string; readonly mac: string | null }[] }];
      return picture.wires.map(({ interface: link, mac }) => [link, mac]);
    };
    expect(await wiresOn('router')).toEqual(['eth0', 'eth1'].map((link) => [link, net.macOf('router', link)]));
    expect(await wiresOn('wire')).toEqual([['eth*', null]]);
  });

  it('draws elsewhere by names alone, or on a captured host', async () => {
    const office = net.profile('office.yaml', OFFICE);
    const state = `${net.lab.folder}/state.json`;
    expect((await net.parp('router', ['capture', '--out', state])).exitCode).toBe(0);
    const elsewhere = await net.parp('wire', ['draw', office, '-v'], UTF8);
    expect(elsewhere.stdout).toContain('with the MAC of eth0');
    expect(elsewhere.stderr).toContain('there is no eth0, eth1 on the one at hand');
    const onCaptured = await net.parp('wire', ['draw', office, '--against', state], UTF8);
    expect(onCaptured.stdout).toContain(`with ${net.macOf('router', 'eth0')}`);
  });

  it('uses ASCII where the locale has no more, and other formats on request', async () => {
    const office = net.profile('office.yaml', OFFICE);
    const plain = await net.parp('router', ['draw', office], { env: { LC_ALL: 'C' } });
    expect(plain.stdout).toMatch(/^[\x20-\x7e\n]+$/);
    expect((await net.parp('router', ['draw', office, '--format', 'svg'])).stdout).toMatch(/^<svg /);
    expect((await net.parp('router', ['draw', office, '--format', 'mermaid'])).stdout).toMatch(/^flowchart /);
    expect((await net.parp('router', ['draw', `${net.lab.folder}/none.yaml`])).exitCode).toBe(3);
  });
});

describe('isUnicode()', () => {
  it.each([
    [{ LANG: 'en_GB.UTF-8' }, true],
    [{ LANG: 'C' }, false],
    [{}, false],
    [{ LC_ALL: 'C', LANG: 'en_GB.UTF-8' }, false],
    [{ LC_ALL: '', LC_CTYPE: 'de_DE.utf8', LANG: 'C' }, true],
  ])('%j: %s', (environment, unicode) => {
    expect(isUnicode(environment, 'linux')).toBe(unicode);
  });
});
