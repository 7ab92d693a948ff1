// The story: a profile or a command line names an interface that no kernel could have, so that its path leads out of /proc/sys, its word is taken for an
// option, or a shell runs it. Every key that takes a name refuses it before parp has opened a file for it or started a program, as strace sees.
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { useGivenFiles } from '../support/given-files.ts';
import { CAN_BUILD } from '../support/namespaces.ts';
import { EDGE, OFFICE } from '../support/plain-profiles.ts';
import { expectRefusal } from '../support/refusal.ts';
import { LONG } from '../support/tally.ts';
import { opened, started, traced, written } from '../support/traced-calls.ts';

/** Names that lead elsewhere, mean something else, or that no interface can have. */
const NO_NAMES = [
  '../x',
  '../../../../etc/cron.d/x',
  '/etc/passwd',
  'a/b',
  'eth0/../eth1',
  'all',
  'default',
  '.',
  '..',
  '-rf',
  '--help',
  '$(id)',
  '`id`',
  ';x',
  '|x',
  'a b',
  '0123456789abcdef',
  '\\x01',
  '\\x1b[2J',
  '%s',
  '~root',
  'é',
  '',
];

describe.skipIf(!CAN_BUILD)('hostile input, traced', () => {
  const { net, parp, write, nothingHasChanged } = useGivenFiles();

  describe('as the name of an interface', () => {
    /** Each key that takes a name, as a profile with an @ in its place. */
    const PLACES: Readonly<Record<string, string>> = {
      segments: OFFICE.replace('eth1', '"@"'),
      interfaces: 'version: 1\nkind: private-vlan\nname: x\ninterfaces: ["@"]\n',
      outside: EDGE.replace('outside: eth0', 'outside: "@"'),
      inside: EDGE.replace('inside: eth1', 'inside: "@"'),
      addresses: custom('addresses: [{ address: 10.9.9.9/24, interface: "@" }]'),
      routes: custom('routes: [{ to: 10.9.9.0/24, interface: "@" }]'),
      proxies: custom('proxies: [{ address: 10.9.9.9, interface: "@" }]'),
      announce_addresses: custom('announce_addresses: [{ address: 10.9.9.9, interface: "@" }]'),
      'a sysctl by its path': custom('sysctl: { "net/ipv4/conf/@/proxy_arp": 1 }'),
      'a neighbour sysctl by its path': custom('sysctl: { "net/ipv4/neigh/@/proxy_delay": 0ms }'),
      'a sysctl by its name': custom('sysctl: { "net.ipv4.conf.@.proxy_arp": 1 }'),
    };

    function custom(line: string): string {
      return `version: 1\nkind: custom\nname: x\n${line}\n`;
    }

    it('#96 one that leads elsewhere is refused in every place, and no file is opened for it', async () => {
      const all = Object.entries(PLACES).flatMap(([place, profile]) =>
        // Switches have the holders `all` and `default`, too.
        NO_NAMES.filter((name) => !(/sysctl/.test(place) && /^(all|default)$/.test(name))).map((name, at) => ({
          what: `${name} for ${place}`,
          file: write(
            `${place.replaceAll(' ', '-')}-${at}.yaml`,
            profile.replace('@', () => name),
          ),
        })),
      );
      const files = all.map(({ file }) => file);
      for (const command of ['validate', 'plan', 'apply']) {
        // With the engine that starts programs, and opens the files of every interface.
        const { end, calls } = await traced(net, 'router', ['--engine', 'iproute2', '--json', command, ...files]);
        expect(end.exitCode, command).toBe(3);
        const { diagnostics } = JSON.parse(end.stdout) as { diagnostics: { file: string; code: string; severity: string }[] };
        const mistaken = new Set(diagnostics.filter(({ severity }) => severity === 'error').map(({ file }) => file));
        expect(all.filter(({ file }) => !mistaken.has(file)).map(({ what }) => what)).toEqual([]);
        expect(opened(calls).filter((path) => path.startsWith('/proc/sys/net') || leadsElsewhere(path))).toEqual([]);
        expect(written(calls), `${command} writes nothing`).toEqual([]);
        expect(started(calls), `${command} starts nothing`).toEqual([]);
      }
      expect(existsSync(net.lab.stateDir), 'no record is begun').toBe(false);
      await nothingHasChanged();
    });

    function leadsElsewhere(path: string): boolean {
      const parts = path.split('/');
      return parts.includes('..') || NO_NAMES.some((name) => name.length > 2 && (path.endsWith(`/${name}`) || parts.includes(name)));
    }

    it('#96 one that names no interface here is refused by each command that takes one', async () => {
      const names = NO_NAMES.filter((name) => !name.startsWith('-'));
      const commands = [['probe', '10.0.0.1'], ['announce', '10.0.0.1'], ['flush'], ['neighbours']];
      for (const [at, name] of names.entries()) {
        // Each name once, and in the long run each of them with each command.
        const chosen = LONG ? commands : commands.filter((_, command) => at % 2 === 0 && command === (at / 2) % commands.length);
        for (const [command = '', ...addresses] of chosen) {
          const end = await parp(['--json', command, '-i', name, ...addresses]);
          expectRefusal(end, 4, 'no-such-interface');
        }
      }
      await nothingHasChanged();
    });
  });
});
