// The story: an address is written so that two programs read two addresses in it: in octal, in three parts, as one number, with the digits of another
// script, with something behind it. parp takes none of them, in whatever key, file or argument it stands, and points at the character.
import { describe, expect, it } from 'vitest';
import { GOOD, useGivenFiles, type Diagnostic } from '../support/given-files.ts';
import { CAN_BUILD } from '../support/namespaces.ts';
import { OFFICE } from '../support/plain-profiles.ts';
import { expectRefusal } from '../support/refusal.ts';
import { eachOfSweep } from '../support/sampled.ts';
import { LONG } from '../support/tally.ts';

describe.skipIf(!CAN_BUILD)('hostile input as an address', () => {
  const given = useGivenFiles();
  const { parp, write, mistakesIn, nothingHasChanged } = given;

  const ODD = [
    '010.0.0.1',
    '10.00.0.1',
    '1.2.3',
    '1.2.3.4.5',
    '0x7f.1',
    '0x7f.0.0.1',
    '2130706433',
    '256.1.1.1',
    '1.2.3.4/33',
    '1.2.3.4/-1',
    '1.2.3.4/024',
    '1.2.3.4/255.255.255.0',
    '1.2.3.4/',
    '::ffff:1.2.3.4',
    'fe80::1%eth0',
    '１.2.3.4',
    '١.2.3.4',
    '1。2。3。4',
    '1.2.3.4;id',
    '1.2.3.4 5.6.7.8',
    '1.2.3.4\\n5.6.7.8',
    '10.0.0.9-10.0.0.1',
    '10.0.0.1-10.0.0',
    '$(id)',
    '-1.2.3.4',
    '',
  ];

  /** Each key that takes an address, as a profile with an @ in its place. */
  const PLACES = {
    hosts: OFFICE.replace('192.168.0.66', '"@"'),
    addresses: OFFICE.replace('192.168.0.1/24', '"@"'),
    'address of a private VLAN': 'version: 1\nkind: private-vlan\nname: x\ninterfaces: [eth0]\naddresses: ["@"]\n',
    public: 'version: 1\nkind: nat-proxy\nname: x\noutside: eth0\ninside: eth1\nnat: [{ public: "@", private: 10.0.0.1 }]\n',
    source: 'version: 1\nkind: nat-proxy\nname: x\noutside: eth0\ninside: eth1\nnat: [{ public: 203.0.113.9, source: "@" }]\n',
    to: `${GOOD}routes: [{ to: "@", interface: eth0 }]\n`,
    via: `${GOOD}routes: [{ to: 10.9.9.0/24, via: "@" }]\n`,
    'source of a route': `${GOOD}routes: [{ to: 10.9.9.0/24, interface: eth0, source: "@" }]\n`,
    proxies: `${GOOD}proxies:\n  - interface: eth0\n    address: "@"\n`,
    announce_addresses: `${GOOD}announce_addresses: [{ interface: eth0, address: "@" }]\n`,
  };

  eachOfSweep(Object.entries(PLACES))(
    '#95 none that is odd is taken for %s, and each is shown where it stands',
    async (_place, profile) => {
      const [line, column] = placeOf(profile);
      const found = await mistakesIn(
        ODD.map((text, at) =>
          write(
            `${at}.yaml`,
            profile.replace('@', () => text),
          ),
        ),
      );
      for (const [at, mistakes] of found.entries())
        expect({ address: ODD[at], ...mistakes[0] }).toMatchObject({ address: ODD[at], line, column });
    },
  );

  it('#95 none that is odd is taken from a file of hosts, or from the command line', async () => {
    const odd = ODD.filter((text) => text !== '' && !text.includes('\\n'));
    write('hosts', odd.map((text) => `  ${text}\n`).join(''));
    const named = write('office.yaml', OFFICE.replace('hosts: [192.168.0.66]', 'hosts_file: hosts'));
    const { json } = await parp(['--json', 'validate', named]);
    const found = (json as unknown as { diagnostics: Diagnostic[] }).diagnostics.filter(({ code }) => code !== 'more-mistakes');
    expect(found.map(({ file, line, column }) => ({ file, line, column }))).toEqual(
      odd.slice(0, 20).map((_, at) => ({ file: `${given.folder}/hosts`, line: at + 1, column: 3 })),
    );
    const probes = odd.filter((text) => !text.startsWith('-'));
    for (const text of probes.slice(0, LONG ? undefined : 6)) {
      const end = await parp(['--json', 'probe', '-i', 'eth0', text]);
      expectRefusal(end, 3, 'usage');
    }
    await nothingHasChanged();
  });

  function placeOf(profile: string): [line: number, column: number] {
    const lines = profile.slice(0, profile.indexOf('@')).split('\n');
    return [lines.length, (lines.at(-1) ?? '').length];
  }
});
