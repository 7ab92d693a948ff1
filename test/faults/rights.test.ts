// The story: whoever runs parp is root, but not all that root can be: a container without CAP_NET_ADMIN, or without CAP_NET_RAW. What cannot be
// done without it is refused with nothing written, by the name of the capability (4); what can be is done, and what is left out is said.
import { describe, expect, it } from 'vitest';
import { documentOf } from '../support/judging.ts';
import { CAN_BUILD, PARP } from '../support/namespaces.ts';
import { useRefusingRouter, WORK } from '../support/refused-writes.ts';
import { eachOfSweep } from '../support/sampled.ts';

describe.skipIf(!CAN_BUILD)('rights', () => {
  const { net, bare, expectAs, file, applyArgs, parp, refused } = useRefusingRouter();

  const lacking = (...names: readonly string[]): string[] => [
    'setpriv',
    `--bounding-set=${names.map((name) => `-${name}`).join(',')}`,
    `--inh-caps=${names.map((name) => `-${name}`).join(',')}`,
    ...PARP,
  ];

  eachOfSweep([['apply'], ['remove', 'work'], ['rollback'], ['recover']])(
    '#37 root without CAP_NET_ADMIN: 4, by its name (%s)',
    async (...command) => {
      const args = command[0] === 'apply' ? applyArgs(WORK) : command;
      expect(
        await refused(async () => net.run('router', [...lacking('net_admin'), '--json', ...args]), 'missing-capability', /CAP_NET_ADMIN/),
      ).toEqual([]);
    },
  );

  it('#38 root without CAP_NET_RAW: 4 where the wire is to be asked; else it applies, and says that nothing is announced', async () => {
    const asking = ['--json', 'apply', file(WORK)];
    expect(await refused(async () => net.run('router', [...lacking('net_raw'), ...asking]), 'missing-capability', /CAP_NET_RAW/)).toEqual(
      [],
    );
    const applied = await net.run('router', [...lacking('net_raw'), ...asking, '--no-probe']);
    expect(applied, applied.stderr).toMatchObject({ exitCode: 0 });
    expect(applied.stderr).toContain('nothing is announced');
    expect(documentOf(applied)).toMatchObject({ announced: 0 });
    await parp('remove', 'work');
    await expectAs(bare());
  });
});
