import { describe, expect, it } from 'vitest';
import { EMPTY_LEDGER } from '../../src/model/ledger.ts';
import { makePlan } from '../../src/model/make-plan.ts';
import { isHold, type Operation, type Setting } from '../../src/model/operation.ts';
import { ANNOUNCE_DEFAULTS, type Settings } from '../../src/model/settings.ts';
import { confPath, IP_FORWARD } from '../../src/net/sysctl-path.ts';
import { freshHost, MemoryKernel } from '../support/memory-kernel.ts';
import { link } from '../support/operations.ts';

const NOW = '2030-01-01T00:00:00.000Z';
const LATE = confPath(link('late0'), 'forwarding');

function settings(profile: string, wanted: readonly Setting[]): Settings {
  const common = { announcements: [], announce: ANNOUNCE_DEFAULTS, claims: [], probe: true, stale: [], flush: true, risks: [] } as const;
  return { profile, kind: 'custom', settings: wanted, ...common, acceptRisks: [], origin: {} };
}

/** A host on which parp has switched ip_forward, and then an interface comes whose forwarding is \`value\`, which a profile wants to be 1. */
async function lateWith(value: string) {
  const kernel = new MemoryKernel(freshHost(['eth0']));
  const first = settings('first', [{ kind: 'sysctl', subject: IP_FORWARD, value: '1' }]);
  const on = makePlan({ state: await kernel.observe(), ledger: EMPTY_LEDGER, apply: [first], remove: [], now: NOW });
  await kernel.write(on.operations);
  const grown = freshHost(['eth0', 'late0']);
  kernel.state.links = grown.links;
  kernel.state.sysctls = { ...grown.sysctls, ...kernel.state.sysctls, [LATE]: value };
  const second = settings('second', [{ kind: 'sysctl', subject: LATE, value: '1' }]);
  const late = makePlan({ state: await kernel.observe(), ledger: on.ledger, apply: [second], remove: [], now: NOW });
  await kernel.write(late.operations);
  const off = makePlan({ state: await kernel.observe(), ledger: late.ledger, apply: [], remove: ['first', 'second'], now: NOW });
  await kernel.write(off.operations);
  const writes = (operations: readonly Operation[]): Operation[] => operations.filter((one) => !isHold(one) && one.subject === LATE);
  return { value: kernel.state.sysctls[LATE], claimed: late.ledger.entries.get(LATE)?.operation, written: writes(late.operations) };
}

describe('makePlan() of an interface that comes while parp has switched ip_forward', () => {
  it('gives its forwarding back to what conf/default was, where it began with what parp has made of that', async () => {
    const { value, claimed, written } = await lateWith('1');
    expect(written, 'it is as wanted').toEqual([]);
    expect(claimed).toMatchObject({ from: '0', to: '1' });
    expect(value).toBe('0');
  });

  it('gives it back to what somebody has made of it, where it began otherwise', async () => {
    const { value, claimed } = await lateWith('2');
    expect(claimed).toMatchObject({ from: '2', to: '1' });
    expect(value).toBe('2');
  });
});
