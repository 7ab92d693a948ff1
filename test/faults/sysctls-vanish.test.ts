// The story: the file of a switch goes between the plan and its operation, at the first of them, in the middle, or at the last. There is then nothing
// that the value could be written to: everything before it is taken back (5), and it is said which file it was.
import { describe, expect } from 'vitest';
import { CAN_BUILD } from '../support/namespaces.ts';
import { useRefusingRouter } from '../support/refused-writes.ts';
import { inMounts, OWN_PROC_SYS } from '../support/replaced-programs.ts';
import { eachOfSweep } from '../support/sampled.ts';
import { KEYS, WITH_KEYS, withoutFile } from '../support/switches-of-three-places.ts';

describe.skipIf(!CAN_BUILD)('/proc/sys', () => {
  const { net, applyBut, rolled } = useRefusingRouter();

  eachOfSweep(KEYS)('#41 the switch of the $place operation vanishes before it: 5', async ({ path, at }) => {
    expect(
      await rolled(await applyBut(WITH_KEYS, at, withoutFile(net, path), inMounts(OWN_PROC_SYS)), `Write ${path} = 1: No such file`),
    ).toEqual([]);
  });
});
