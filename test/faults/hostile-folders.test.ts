// The story: root's parp works where everybody may write, with HOME, TMPDIR and the like in a folder of somebody's. Whoever can foretell the name of a file
// that root will write there lays a link in its place. strace shows every path that a day's work with parp, its guards and its helpers opens for
// writing: the records, the kernel's own files and what the user names, whose draft has a name that nobody can foretell.
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { ChildOptions } from '../../src/lab/child-process.ts';
import { requireGuard } from '../support/confirm-window.ts';
import { CAN_BUILD, PARP, useNetwork } from '../support/namespaces.ts';
import { EDGE, GUESTS, OFFICE, TWO_WIRES } from '../support/plain-profiles.ts';
import { isOpening, isRecord, traced, tracing, WHILE_TRACED, written, type Call } from '../support/traced-calls.ts';
import { useUnchanged } from '../support/unchanged.ts';

describe.skipIf(!CAN_BUILD)('hostile input, traced', () => {
  const net = useNetwork(TWO_WIRES);
  const nothingHasChanged = useUnchanged(net);

  describe('as a folder that others may write to', () => {
    it('#104 nothing is written there, but what the user names', async () => {
      const home = join(net.lab.folder, 'home');
      mkdirSync(home, { recursive: true });
      const variables = [
        'HOME',
        'TMPDIR',
        'TMP',
        'TEMP',
        'XDG_CACHE_HOME',
        'XDG_CONFIG_HOME',
        'XDG_DATA_HOME',
        'XDG_RUNTIME_DIR',
        'XDG_STATE_HOME',
      ];
      const options: ChildOptions = { ...WHILE_TRACED, env: Object.fromEntries(variables.map((name) => [name, home])), cwd: home };
      const announcing = 'announce: { rounds: 1, spacing: 0ms }\n';
      const [office, edge, guests] = [
        net.profile('office.yaml', `${OFFICE}${announcing}`),
        net.profile('edge.yaml', `${EDGE}${announcing}`),
        net.profile('guests.yaml', `${GUESTS}${announcing}`),
      ];
      const named = ['capture.json', 'plan.json'].map((name) => `/tmp/parp-test-${process.pid}-${name}`);
      const [capture = '', plan = ''] = named;
      onTestFinished(() => named.forEach((path) => rmSync(path, { force: true })));
      const seen: Call[] = [];
      const parp = async (exitCode: number, ...args: string[]): Promise<void> => {
        const { end, calls } = await traced(net, 'router', args, options);
        expect({ args, exitCode: end.exitCode }, end.stderr).toEqual({ args, exitCode });
        seen.push(...calls);
      };
      await parp(0, 'validate', office);
      await parp(0, 'capture');
      await parp(0, 'capture', '--out', capture);
      await parp(0, 'plan', office, '--against', capture);
      await parp(0, 'plan', edge, '--out', plan);
      await parp(0, 'apply', '--plan', plan, '--no-probe');
      await parp(0, 'rollback');
      // By the engine that has `ip` write, too.
      await parp(0, '--engine', 'iproute2', 'apply', guests, '--no-probe', '--no-wait');
      await parp(0, 'status');
      await parp(0, '--engine', 'iproute2', 'remove', 'guests');
      await parp(0, 'recover');
      await parp(3, 'apply', join(home, 'absent.yaml'));
      for (const [end, kept] of [
        ['confirm', true],
        ['rollback', false],
        ['SIGTERM', false],
      ] as const) {
        const trace = tracing(net);
        const applying = net.run('router', [...trace.argv, ...PARP, 'apply', office, '--no-probe', '--confirm=300s'], options);
        const guard = await guardsPid();
        if (end === 'SIGTERM') process.kill(guard, 'SIGTERM');
        else if (end === 'confirm') await parp(0, end);
        // What strace looks at stands still now and then, which a guard that wants its lock takes for a reason to end it.
        else expect((await net.parp('router', [end], WHILE_TRACED)).exitCode).toBe(0);
        expect(await applying).toMatchObject({ exitCode: 0 });
        seen.push(...trace.calls());
        if (kept) await parp(0, 'remove', '--all');
        await nothingHasChanged();
      }
      const elsewhere = [...new Set(written(seen))].filter((path) => {
        const isNamed = named.some((name) => path === name || isDraftOf(name, path));
        return !isNamed && !isRecord(net, path) && !path.startsWith('/proc/sys/net/ipv4/') && path !== '/dev/null' && path !== '/dev/tty';
      });
      expect(elsewhere).toEqual([]);
      const trusting = seen.filter(
        (call) => isOpening(call) && named.some((one) => isDraftOf(one, call.texts[0] ?? '')) && !/O_EXCL\|O_NOFOLLOW/.test(call.line),
      );
      expect(trusting, 'nobody can have laid out the draft').toEqual([]);
      expect(
        named.filter((path) => !written(seen).includes(path)),
        'what is named is written',
      ).toEqual([]);
      expect(readdirSync(home)).toEqual([]);
    });

    /** A file is written beside the one that is named, by a name that nobody can foretell, and takes its place. */
    function isDraftOf(named: string, path: string): boolean {
      return path.startsWith(`${named}.`) && /^[0-9a-f-]{36}$/.test(path.slice(named.length + 1));
    }

    /** The process that guards what waits to be confirmed, once the apply is through. */
    async function guardsPid(): Promise<number> {
      const pid = await vi.waitFor(
        async () => {
          const { pending } = (await net.parp('router', ['--json', 'status'])).json as unknown as { pending: { guarded: boolean } | null };
          expect(pending).toMatchObject({ guarded: true });
          return requireGuard(net);
        },
        { timeout: 40_000, interval: 200 },
      );
      // Its status says so before the apply itself has ended.
      await pause(500);
      return pid;
    }
  });
});
