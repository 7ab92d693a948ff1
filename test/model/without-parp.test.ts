import { describe, expect, it } from 'vitest';
import { EMPTY_LEDGER, type Ledger } from '../../src/model/ledger.ts';
import { subjectKey } from '../../src/model/operation.ts';
import { withoutParp } from '../../src/model/without-parp.ts';
import { route } from '../support/operations.ts';
import { router, routeOf } from '../support/router-state.ts';

const added = route('10.0.0.9/32', 'eth0');
const ledger: Ledger = { ...EMPTY_LEDGER, entries: new Map([[subjectKey(added), { operation: added, claims: ['a'] }]]) };
const own = routeOf('10.0.0.9/32 dev eth0 proto 97');
const appended = routeOf('10.0.0.9/32 dev eth1 proto 97');
const withSource = routeOf('10.0.0.9/32 dev eth0 proto 97 src 10.0.0.1');
const foreign = routeOf('10.0.0.9/32 dev eth0 proto 4');

describe('withoutParp()', () => {
  it.each([
    ['the route that parp added', [own], []],
    ['that alone, where another with parp’s mark stands behind it', [own, appended], [appended]],
    ['that alone, where another with parp’s mark stands before it', [appended, own], [appended]],
    ['none that leads the same way from another address', [withSource], [withSource]],
    ['none of others', [foreign], [foreign]],
  ])('leaves out %s', (_what, routes, left) => {
    const host = router({ addresses: ['10.0.0.1/24 eth0'] });
    const base = host.routes;
    expect(withoutParp({ ...host, routes: [...base, ...routes] }, ledger).routes).toEqual([...base, ...left]);
  });

  it('leaves a host as it is that has nothing of parp', () => {
    const host = router({ addresses: ['10.0.0.1/24 eth0'] });
    expect(withoutParp(host, ledger)).toBe(host);
  });
});
