// The story: `ip` and `nft`, which root's parp runs, are not root's. Another user owns the program, or its folder, or a link on the way to it; or
// everyone may write one of them. It is not run, whatever it would do; the same program, root's alone, is.
import '../support/with-iproute2.ts';
import { chownSync, copyFileSync, existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SYSTEM_FOLDERS } from '../../src/host/find-program.ts';
import type { Ended } from '../../src/lab/child-process.ts';
import { STRANGER, useGivenFiles, WITHOUT_HANGING } from '../support/given-files.ts';
import { CAN_BUILD, PARP } from '../support/namespaces.ts';
import { EDGE, GUESTS } from '../support/plain-profiles.ts';
import { expectRefusal } from '../support/refusal.ts';
import { eachOfSweep } from '../support/sampled.ts';

describe.skipIf(!CAN_BUILD)('hostile input, traced', () => {
  const given = useGivenFiles();
  const { net, nothingHasChanged } = given;

  describe('as a helper', () => {
    /** Where the system has a program, as parp finds it. */
    const at = (name: string): string => SYSTEM_FOLDERS.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? '';
    const inFolder = (name: string): string => join(given.folder, name);
    const mark = (): string => inFolder('mark');

    /** A program that leaves a mark and then does what the true one does, which is kept beside it. */
    function fake(name: string, path: string): string {
      mkdirSync(dirname(path), { recursive: true });
      const genuine = inFolder(`genuine-${name}`);
      copyFileSync(realpathSync(at(name)), genuine);
      writeFileSync(path, `#!/bin/sh\necho ${name} >> ${mark()}\nexec ${genuine} "$@"\n`, { mode: 0o755 });
      return path;
    }

    /** Runs parp in a mount namespace of its own, after these lines of a shell. */
    async function parpBehind(mounts: string, ...args: readonly string[]): Promise<Ended> {
      return net.run(
        'router',
        ['unshare', '--mount', 'sh', '-c', `set -e; ${mounts}; exec "$@"`, 'sh', ...PARP, '--json', ...args],
        WITHOUT_HANGING,
      );
    }

    const bind = (from: string, to: string): string => `mount --bind ${from} ${to}`;

    /** Puts a folder in the place of the system's that has `ip`: with all that it has, but for `ip`, which the lines bring. */
    function inPlace(...lines: readonly string[]): string {
      const [system, all, bin] = [dirname(at('ip')), inFolder('all'), inFolder('bin')];
      return [`mkdir ${all} ${bin}`, bind(system, all), `cp -as ${all}/. ${bin}/`, `rm ${bin}/ip`, ...lines, bind(bin, system)].join('; ');
    }

    /** A fake that is made once a case has its folder. */
    const ip = (): string => fake('ip', inFolder('ip'));

    const CASES: readonly (readonly [what: string, mounts: () => string, says: string])[] = [
      ['that belongs to another user', () => `chown ${STRANGER} ${ip()}; ${bind(inFolder('ip'), at('ip'))}`, `belongs to user ${STRANGER}`],
      ['that everyone may write', () => `chmod 757 ${ip()}; ${bind(inFolder('ip'), at('ip'))}`, 'is writable for everyone'],
      [
        'in a folder that everyone may write',
        () => inPlace(`cp ${ip()} ${inFolder('bin')}/`, `chmod 777 ${inFolder('bin')}`),
        'is writable for everyone',
      ],
      [
        'in a folder that everyone may add to',
        () => inPlace(`cp ${ip()} ${inFolder('bin')}/`, `chmod 1777 ${inFolder('bin')}`),
        'is writable for everyone',
      ],
      [
        'in a folder of another user',
        () => inPlace(`cp ${ip()} ${inFolder('bin')}/`, `chown ${STRANGER} ${inFolder('bin')}`),
        `belongs to user ${STRANGER}`,
      ],
      [
        'below a folder that everyone may write',
        () => {
          const usr = inFolder('usr');
          const parts = `for d in /usr/*; do if [ -L $d ]; then cp -a $d ${usr}/; else mkdir ${usr}/\${d##*/}; mount --rbind $d ${usr}/\${d##*/}; fi; done`;
          return `mkdir ${usr}; chmod 777 ${usr}; ${parts}; mount --rbind ${usr} /usr`;
        },
        '"/usr" is writable for everyone',
      ],
      [
        'behind a link in a folder that everyone may write',
        () =>
          inPlace(
            `mkdir ${inFolder('open')}`,
            `ln -s ${ip()} ${inFolder('open/ip')}`,
            `ln -s ${inFolder('open/ip')} ${inFolder('bin/ip')}`,
            `chmod 777 ${inFolder('open')}`,
          ),
        'is writable for everyone',
      ],
      [
        'behind a link of another user, in a folder such as /tmp',
        () =>
          inPlace(
            `mkdir ${inFolder('open')}`,
            `ln -s ${dirname(ip())} ${inFolder('open/link')}`,
            `chown -h ${STRANGER} ${inFolder('open/link')}`,
            `ln -s ${inFolder('open/link/ip')} ${inFolder('bin/ip')}`,
            `chmod 1777 ${inFolder('open')}`,
          ),
        `belongs to user ${STRANGER}`,
      ],
      ['that is a link into nothing', () => inPlace(`ln -s /nix/ip ${inFolder('bin/ip')}`), 'leads nowhere'],
      ['that is a folder', () => inPlace(`mkdir ${inFolder('bin/ip')}`), 'it is not a file'],
    ];

    eachOfSweep(CASES)('#103 one %s is not run', async (_what, make, says) => {
      const mounts = make();
      expectRefusal(await parpBehind(mounts, 'apply', net.profile('guests.yaml', GUESTS), '--no-probe'), 4, 'untrusted-program', says);
      expect(existsSync(mark()), 'not run').toBe(false);
      await nothingHasChanged();
    });

    it('#103 nft and the way into a namespace are looked at like the rest', async () => {
      chownSync(fake('nft', inFolder('nft')), STRANGER, 0);
      const bound = bind(inFolder('nft'), at('nft'));
      expectRefusal(await parpBehind(bound, 'apply', net.profile('edge.yaml', EDGE), '--no-probe'), 4, 'untrusted-program', 'nft');
      chownSync(fake('ip', inFolder('ip')), STRANGER, 0);
      expectRefusal(
        await parpBehind(bind(inFolder('ip'), at('ip')), '--netns', net.lab.name('router'), 'status'),
        4,
        'untrusted-program',
        'ip',
      );
      expect(existsSync(mark()), 'not run').toBe(false);
      await nothingHasChanged();
    });

    it('#103 one of root’s in the same place is run', async () => {
      fake('ip', inFolder('ip'));
      const end = await parpBehind(bind(inFolder('ip'), at('ip')), 'plan', net.profile('guests.yaml', GUESTS));
      expect(end, end.stderr).toMatchObject({ exitCode: 0 });
      expect(readFileSync(mark(), 'utf8')).toMatch(/^ip\n/);
    });
  });
});
