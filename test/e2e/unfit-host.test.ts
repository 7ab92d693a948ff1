// The story: the host is not what parp needs: the rights are missing, a helper is not installed, /proc/sys is read-only. Each is noticed before
// anything is written, and said in one sentence that names what is missing, what for, and the way out (4). What does not need it works all the
// same: validate and plan without root, a pseudo-bridge without nft, a plan against a capture without ip. uid 0 is never needed: CAP_NET_ADMIN
// writes, CAP_NET_RAW asks and announces.
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SYSTEM_FOLDERS } from '../../src/host/find-program.ts';
import type { Ended } from '../../src/lab/child-process.ts';
import { differences, type Snapshot } from '../../src/lab/snapshot.ts';
import { CAN_BUILD, PARP, useNetwork } from '../support/namespaces.ts';
import { EDGE, GUESTS, OFFICE, ROUTES, TWO_WIRES } from '../support/plain-profiles.ts';
import { expectRefusal } from '../support/refusal.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const NOBODY = 65_534;

describe.skipIf(!CAN_BUILD)('a host that is not fit', () => {
  const net = useNetwork(TWO_WIRES);
  /** Where everybody may read: the program as it is installed, and profiles. */
  let shared = '';
  let before: Snapshot;

  beforeAll(async () => {
    shared = mkdtempSync(join(tmpdir(), 'parp-test-'));
    chmodSync(shared, 0o755);
    for (const part of ['bin', 'dist', 'package.json', 'node_modules/koffi', 'node_modules/@koromix']) {
      if (existsSync(join(ROOT, part))) cpSync(join(ROOT, part), join(shared, part), { recursive: true, dereference: true });
    }
    writeFileSync(join(shared, 'office.yaml'), OFFICE);
    writeFileSync(join(shared, 'edge.yaml'), EDGE);
    before = await net.snapshot('router');
  });
  afterAll(() => rmSync(shared, { recursive: true, force: true }));

  async function nothingHasChanged(): Promise<void> {
    expect(differences(before, await net.snapshot('router'))).toEqual([]);
  }

  describe('as a user', () => {
    /** Another user with these capabilities and no others, and with records of his own. */
    async function as(capabilities: readonly string[], ...args: string[]): Promise<Ended> {
      const sets = capabilities.map((name) => `,+${name}`).join('');
      const user = [
        '--reuid',
        `${NOBODY}`,
        '--regid',
        `${NOBODY}`,
        '--clear-groups',
        `--inh-caps=-all${sets}`,
        `--ambient-caps=-all${sets}`,
      ];
      const program = [process.execPath, join(shared, 'bin/parp'), '--json', '--state-dir', join(shared, 'state')];
      return net.run('router', ['setpriv', ...user, ...program, ...args]);
    }
    const file = (name: string): string => join(shared, name);

    beforeAll(() => {
      mkdirSync(file('state'), { mode: 0o700 });
      chownSync(file('state'), NOBODY, NOBODY);
      writeFileSync(file('secret.yaml'), OFFICE, { mode: 0o600 });
    });

    it('without any privilege: validate and plan work', async () => {
      expect((await as([], 'validate', file('office.yaml'))).exitCode).toBe(0);
      const planned = await as([], 'plan', file('office.yaml'), '--detailed-exitcode');
      expect(planned, planned.stderr).toMatchObject({ exitCode: 2 });
      expect(JSON.parse(planned.stdout)).toEqual((await net.parp('router', ['--json', 'plan', file('office.yaml')])).json);
      expect((await as([], 'plan', file('edge.yaml'))).exitCode).toBe(0);
      expect((await as([], 'status')).exitCode).toBe(0);
      await nothingHasChanged();
    });

    it('who may not read the profile: 3', async () => {
      for (const command of ['validate', 'plan', 'apply']) {
        const end = await as([], command, file('secret.yaml'));
        expect({ command, exitCode: end.exitCode }).toEqual({ command, exitCode: 3 });
        expectRefusal(end, 3, 'unreadable-profile', 'Permission denied (EACCES)');
      }
    });

    it.each<{ args: readonly string[] }>([
      { args: ['apply', 'PROFILE'] },
      { args: ['remove', '--all'] },
      { args: ['rollback'] },
      { args: ['recover'] },
    ])('without CAP_NET_ADMIN: 4 that names it, and what for: $args', async ({ args }) => {
      const end = await as([], ...args.map((word) => (word === 'PROFILE' ? file('office.yaml') : word)));
      expectRefusal(end, 4, 'missing-capability', 'CAP_NET_ADMIN (to change sysctls', 'Run it as root: sudo parp');
      expect(differences(before, await net.snapshot('router'))).toEqual([]);
    });

    it.each([
      ['probe', '-i', 'eth0', '192.168.0.9'],
      ['announce', '-i', 'eth0', '192.168.0.9'],
    ])('without CAP_NET_RAW: 4 that names it, and what for: %s', async (...args) => {
      const end = await as(['net_admin'], ...args);
      expectRefusal(end, 4, 'missing-capability', 'CAP_NET_RAW');
      expect(differences(before, await net.snapshot('router'))).toEqual([]);
    });

    it('with CAP_NET_ADMIN alone: the wire cannot be asked, which --no-probe accepts', async () => {
      const refused = await as(['net_admin'], 'apply', file('office.yaml'));
      expectRefusal(refused, 4, 'missing-capability', 'CAP_NET_RAW (to ask and announce with raw ARP frames)');
      await nothingHasChanged();
      const applied = await as(['net_admin'], 'apply', file('office.yaml'), '--no-probe');
      expect(applied, applied.stderr).toMatchObject({ exitCode: 0 });
      expect(applied.stderr).toContain('nothing is announced');
      expect(JSON.parse(applied.stdout)).toMatchObject({ outcome: 'done', announced: 0 });
      expect((await as(['net_admin'], 'remove', 'office')).exitCode).toBe(0);
      await nothingHasChanged();
    });

    it('with both, and no more: everything works', async () => {
      const both = ['net_admin', 'net_raw'];
      const applied = await as(both, 'apply', file('office.yaml'), '--no-wait');
      expect(applied, applied.stderr).toMatchObject({ exitCode: 0 });
      expect((await as(both, 'rollback')).exitCode).toBe(0);
      await nothingHasChanged();
    });
  });

  describe('as a system', () => {
    /** The command line of parp where a program is not installed: its folders are replaced by ones that hold everything else. */
    function without(program: string): string[] {
      const folders = new Set(SYSTEM_FOLDERS.map((folder) => realpathSync(folder)).filter((folder) => existsSync(join(folder, program))));
      const lines = [...folders].map((folder, i) => {
        const [all, less] = [join(net.lab.folder, `all${i}`), join(net.lab.folder, `less${i}`)];
        const fill = `rm -rf ${less} && mkdir -p ${all} ${less} && mount --bind ${folder} ${all} && cp -as ${all}/. ${less}/`;
        return `${fill} && rm ${less}/${program} && mount --bind ${less} ${folder}`;
      });
      return ['unshare', '--mount', 'sh', '-c', `${lines.join(' && ')} && exec "$@"`, 'sh', ...PARP, '--json'];
    }
    const readOnly = `mount --bind /proc/sys /proc/sys && mount -o remount,bind,ro /proc/sys && exec "$@"`;
    const withReadOnlySysctls = ['unshare', '--mount', 'sh', '-c', readOnly, 'sh', ...PARP, '--json'];
    const file = (text: string): string => net.profile(`${/name: (.*)/.exec(text)?.[1]}.yaml`, text);
    const run = async (...argv: readonly string[]): Promise<Ended> => net.run('router', argv);

    it('without nft: what needs it is refused with what to install, and the rest works', async () => {
      const parp = without('nft');
      expectRefusal(
        await run(...parp, 'apply', file(EDGE), '--no-probe'),
        4,
        'missing-program',
        '`nft` is not installed',
        'apt install nftables',
      );
      await nothingHasChanged();
      const applied = await run(...parp, 'apply', file(OFFICE), '--no-probe', '--no-announce');
      expect(applied, applied.stderr).toMatchObject({ exitCode: 0 });
      expect((await run(...parp, 'remove', '--all')).exitCode).toBe(0);
      await nothingHasChanged();
    });

    it('without ip: netlink needs none, and the iproute2 engine says what to install; a plan against a capture works with both', async () => {
      const capture = `${net.lab.folder}/state.json`;
      expect((await net.parp('router', ['capture', '--out', capture])).exitCode).toBe(0);
      const parp = without('ip');
      for (const command of ['apply', 'plan']) {
        const refused = await run(...parp, '--engine', 'iproute2', command, file(OFFICE));
        expectRefusal(refused, 4, 'missing-program', '`ip` is not installed', 'apt install iproute2');
      }
      const applied = await run(...parp, 'apply', file(OFFICE), '--no-probe', '--no-announce');
      expect(applied, applied.stderr).toMatchObject({ exitCode: 0 });
      expect((await run(...parp, 'remove', 'office')).exitCode).toBe(0);
      await nothingHasChanged();
      expect((await run(...parp, 'validate', file(OFFICE))).exitCode).toBe(0);
      const against = await run(...parp, '--engine', 'iproute2', 'plan', file(OFFICE), '--against', capture);
      expect(against, against.stderr).toMatchObject({ exitCode: 0 });
      await nothingHasChanged();
    });

    it('with a read-only /proc/sys: 4 before the first write, and what needs no switch works', async () => {
      for (const profile of [OFFICE, GUESTS, EDGE]) {
        const refused = await run(...withReadOnlySysctls, 'apply', file(profile), '--no-probe');
        expectRefusal(refused, 4, 'read-only-sysctl', '/proc/sys is mounted read-only here', '(EROFS)');
        await nothingHasChanged();
      }
      expect((await run(...withReadOnlySysctls, 'plan', file(OFFICE))).exitCode).toBe(0);
      const applied = await run(...withReadOnlySysctls, 'apply', file(ROUTES), '--no-announce');
      expect(applied, applied.stderr).toMatchObject({ exitCode: 0 });
      expect((await run(...withReadOnlySysctls, 'remove', 'routes')).exitCode).toBe(0);
      await nothingHasChanged();
    });

    it('whose /proc/sys became read-only under a profile in force: remove is refused, and nothing is half given back', async () => {
      expect((await net.parp('router', ['apply', file(OFFICE), '--no-probe', '--no-announce'])).exitCode).toBe(0);
      const inForce = await net.snapshot('router');
      for (const command of [['remove', 'office'], ['rollback']]) {
        expectRefusal(await run(...withReadOnlySysctls, ...command), 4, 'read-only-sysctl', '(EROFS)');
        expect(differences(inForce, await net.snapshot('router')), command.join(' ')).toEqual([]);
      }
      expect((await net.parp('router', ['remove', 'office'])).exitCode).toBe(0);
      await nothingHasChanged();
    });
  });
});
