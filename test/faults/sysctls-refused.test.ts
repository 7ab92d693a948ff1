// The story: one file of /proc/sys is not as it should be: the kernel has none for a switch of the profile, or it takes the value and keeps another one.
// The one can be known beforehand, and is refused with nothing written (4); the other shows when the file is read back, and is taken back (5): what
// the kernel made of the value is nobody's will.
// Here parp works with the iproute2 engine, which knows a value by its file alone; the other one is told it by netlink, whatever the file is.
import '../support/with-iproute2.ts';
import { describe, expect } from 'vitest';
import { documentOf } from '../support/judging.ts';
import { CAN_BUILD, PARP } from '../support/namespaces.ts';
import { useRefusingRouter } from '../support/refused-writes.ts';
import { inMounts } from '../support/replaced-programs.ts';
import { eachOfSweep } from '../support/sampled.ts';
import { KEYS, WITH_KEYS, withoutFile } from '../support/switches-of-three-places.ts';

describe.skipIf(!CAN_BUILD)('/proc/sys', () => {
  const { net, applyArgs, rolled, refused } = useRefusingRouter();

  eachOfSweep(KEYS)('#41 the switch of the $place operation is missing here: 4', async ({ path }) => {
    expect(
      await refused(
        async () => net.run('router', [...inMounts(withoutFile(net, path)), ...PARP, '--json', ...applyArgs(WITH_KEYS)]),
        'no-such-sysctl',
        `This kernel has no ${path}`,
      ),
    ).toEqual([]);
  });

  // A file of the kernel's that takes 1 as a time too short for it, and shows 0 from then on.
  const rounding = (path: string): string => `mount --bind /proc/sys/net/ipv4/neigh/eth2/anycast_delay /proc/sys/${path}`;

  eachOfSweep(KEYS)(
    '#42 the kernel keeps another value than the $place operation wrote: 5, and the one before is back',
    async ({ path }) => {
      const end = await net.run('router', [...inMounts(rounding(path)), ...PARP, '--json', ...applyArgs(WITH_KEYS)]);
      expect(await rolled(end, `Write ${path} = 1: the kernel keeps "0" instead`)).toEqual([]);
      expect(documentOf(end), 'it is nobody else that changed it').toMatchObject({ left: [] });
    },
  );
});
