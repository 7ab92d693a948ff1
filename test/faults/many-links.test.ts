// The story: a router of an access network has hundreds of interfaces, and thousands of routes over them. Planning, applying, comparing and taking back
// go through all of them at once; and where the very last thing fails, all of it is taken back. How long each took is printed.
import '../support/with-patience.ts';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Ended } from '../../src/lab/child-process.ts';
import { differences } from '../../src/lab/snapshot.ts';
import { TALLY } from '../support/changing-links.ts';
import { faultEnv, FAULTY } from '../support/faults.ts';
import { expectAs } from '../support/judging.ts';
import { buildNetwork, CAN_BUILD, PARP } from '../support/namespaces.ts';
import { QUIET, THREE_WIRES } from '../support/stopping.ts';
import { LONG } from '../support/tally.ts';

describe.skipIf(!CAN_BUILD)('many interfaces', () => {
  const [PAIRS, ROUTES] = LONG ? [500, 10_000] : [100, 2_000];
  const route = (i: number): string => `10.${20 + (i >> 14)}.${(i >> 6) & 255}.${(i & 63) * 4}`;
  const MANY = `version: 1
kind: private-vlan
name: guests
interfaces: ['v*']
---
version: 1
kind: custom
name: routes
routes:
${Array.from({ length: ROUTES }, (_, i) => `  - { to: ${route(i)}/30, interface: v${i % PAIRS} }\n`).join('')}`;

  it(`#68 ${PAIRS * 2} interfaces and ${ROUTES} routes: planned, applied, in force, taken back, and taken back from a failure at the end`, async () => {
    const net = await buildNetwork(THREE_WIRES);
    onTestFinished(async () => net.lab.destroy());
    await net.ip(
      'router',
      ...Array.from({ length: PAIRS }, (_, i) => [
        `link add v${i} type veth peer name u${i}`,
        `link set u${i} up`,
        `link set v${i} up`,
      ]).flat(),
    );
    const before = await net.snapshot('router');
    const file = net.profile('many.yaml', MANY);
    const times: string[] = [];
    const timed = async (what: string, argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> => {
      const start = performance.now();
      const end = await net.run('router', argv, { env, timeoutMs: 300_000 });
      times.push(`${what} ${((performance.now() - start) / 1000).toFixed(1)} s`);
      return end;
    };
    const parp = async (what: string, ...args: string[]): Promise<void> => {
      const end = await timed(what, [...PARP, '-q', ...args]);
      expect(end, end.stderr).toMatchObject({ exitCode: 0 });
    };
    await parp('plan', 'plan', file);
    await parp('apply', 'apply', file, ...QUIET);
    expect(differences(before, await net.snapshot('router')).length).toBeGreaterThan(ROUTES + PAIRS * 2);
    await parp('status', 'status', '--detailed-exitcode');
    await parp('apply again', 'apply', file, ...QUIET);
    await parp('rollback', 'rollback');
    await expectAs(net, before, TALLY);
    // One route goes behind everything else, so that the apply fails at its very end.
    const failed = await timed(
      'failed apply',
      [...FAULTY, '-q', 'apply', file, ...QUIET],
      faultEnv({ at: 'execute.written', act: 'run: ip route del 10.20.0.0/30' }),
    );
    expect(failed, failed.stderr).toMatchObject({ exitCode: 5 });
    await expectAs(net, before, TALLY);
    console.log(`${PAIRS * 2} interfaces, ${ROUTES} routes: ${times.join(', ')}`);
  });
});
