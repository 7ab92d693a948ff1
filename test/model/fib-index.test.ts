import { describe, expect, it } from 'vitest';
import { fibLookup } from '../../src/model/fib-lookup.ts';
import type { HostState, RouteEntry } from '../../src/model/state.ts';
import { ipv4FromNumber, UNSPECIFIED } from '../../src/net/ipv4.ts';
import { contains, lengthOf, prefixFrom } from '../../src/net/prefix.ts';
import { link } from '../support/operations.ts';
import { router, routeOf } from '../support/router-state.ts';

describe('the index of fibLookup()', () => {
  it('agrees with a search of the whole list', () => {
    const state: HostState = { ...router({}), routes: randomRoutes(400, 4096) };
    for (let i = 0; i < 2000; i++) {
      const to = ipv4FromNumber(0x0a000000 + ((i * 2654435761) % 4096));
      const holding = state.routes
        .filter((route) => contains(route.to, to))
        .sort((a, b) => lengthOf(b.to) - lengthOf(a.to) || a.metric - b.metric);
      const found = fibLookup(state, { to, from: UNSPECIFIED, iif: link('lo') }, false);
      expect(found.found === 'route' ? found.route : undefined).toBe(holding[0]);
    }
  });

  it('finds one of 100,000 routes 100,000 times within a second or so', () => {
    const state: HostState = { ...router({}), routes: randomRoutes(100_000, 2 ** 24) };
    const started = performance.now();
    let found = 0;
    for (let i = 0; i < 100_000; i++) {
      const to = ipv4FromNumber(0x0a000000 + ((i * 2654435761) % 2 ** 24));
      if (fibLookup(state, { to, from: UNSPECIFIED, iif: link('lo') }, false).found === 'route') found++;
    }
    const ms = performance.now() - started;
    expect(found).toBeGreaterThan(0);
    // Ten times what an idle machine needs.
    expect(ms).toBeLessThan(5000);
  });
});

/** Different routes of 10.0.0.0 and so many addresses behind, without any order. */
function randomRoutes(count: number, size: number): RouteEntry[] {
  const plain = routeOf('10.0.0.0/24 dev eth1');
  const routes = new Map<string, RouteEntry>();
  for (let i = 1; routes.size < count; i++) {
    const to = prefixFrom(0x0a000000 + ((i * 40503 * 65537) % size), 20 + ((i * 7) % 13));
    const metric = i % 3;
    routes.set(`${to} ${metric}`, { ...plain, to, metric });
  }
  return [...routes.values()];
}
