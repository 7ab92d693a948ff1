import { describe, expect, it } from 'vitest';
import { refusedGateways } from '../../src/model/gateway-check.ts';
import { invert, type Operation } from '../../src/model/operation.ts';
import { address, operation, route } from '../support/operations.ts';
import { router, routeOf, type RouterWords } from '../support/router-state.ts';

const HOST: RouterWords = { addresses: ['10.0.0.1/24 eth0', '10.0.1.1/24 eth1'] };

function added(text: string): Operation {
  const { to, table, metric, ...value } = routeOf(text);
  return operation('route', { to, table, metric }, null, value);
}

/** Why the kernel would refuse the gateways of these operations. */
function problems(operations: readonly Operation[], words: RouterWords = {}): string[] {
  return refusedGateways(router({ ...HOST, ...words }), operations).map(({ message }) => message.replace(/^.*? cannot be: /, ''));
}

describe('refusedGateways()', () => {
  it.each<[claim: string, operations: readonly Operation[], words?: RouterWords]>([
    ['on a connected subnet', [added('10.9.0.0/24 via 10.0.0.9 dev eth0')]],
    ['without an interface', [added('10.9.0.0/24 via 10.0.1.9')]],
    ['by a host route of link scope', [route('192.0.2.1/32', 'eth1'), added('10.9.0.0/24 via 192.0.2.1 dev eth1')]],
    ['on the subnet of an address that comes first', [address('10.5.0.1/24', 'eth2'), added('10.9.0.0/24 via 10.5.0.9 dev eth2')]],
    ['anywhere with onlink', [added('10.9.0.0/24 via 192.0.2.1 dev eth1 onlink')]],
    [
      'in the route’s own table',
      [route('192.0.2.0/24', 'eth1', {}, { table: 100 }), added('10.9.0.0/24 via 192.0.2.1 dev eth1 table 100')],
    ],
    ['in main for a route of another table', [added('10.9.0.0/24 via 10.0.0.9 dev eth0 table 100')]],
    ['that is an own address of that interface', [added('10.9.0.0/24 via 10.0.0.1 dev eth0')]],
    [
      'by a link without carrier',
      [added('10.9.0.0/24 via 10.0.1.9 dev eth1')],
      { flags: { eth1: ['UP'] }, switches: { 'eth1/ignore_routes_with_linkdown': '1' } },
    ],
    ['of a route that goes', [invert(added('10.9.0.0/24 via 192.0.2.1 dev eth1'))]],
  ])('lets a gateway pass %s', (_claim, operations, words) => {
    expect(problems(operations, words)).toEqual([]);
  });

  const OFF_ETH0 = "its gateway is not on eth0: give the interface an address of the gateway's subnet, or write onlink";
  it.each<[claim: string, operations: readonly Operation[], problem: string, words?: RouterWords]>([
    ['off every link (row 35)', [added('10.9.0.0/24 via 192.0.2.1 dev eth0')], OFF_ETH0],
    ['on another link', [added('10.9.0.0/24 via 10.0.1.9 dev eth0')], OFF_ETH0],
    ['behind a gateway', [added('192.0.2.0/24 via 10.0.0.9 dev eth0'), added('10.9.0.0/24 via 192.0.2.1 dev eth0')], OFF_ETH0],
    ['whose subnet has gone by then', [invert(address('10.0.0.1/24', 'eth0')), added('10.9.0.0/24 via 10.0.0.9 dev eth0')], OFF_ETH0],
    ['whose subnet only comes later', [added('10.9.0.0/24 via 10.5.0.9 dev eth0'), address('10.5.0.1/24', 'eth0')], OFF_ETH0],
    [
      'that is a broadcast address',
      [added('10.9.0.0/24 via 10.0.0.255 dev eth0')],
      "its gateway is a broadcast address: name the router's own",
    ],
    [
      'that is an own address of another interface',
      [added('10.9.0.0/24 via 10.0.1.1 dev eth0')],
      "its gateway is an address of the host itself: name the router's own",
    ],
    [
      'on a link that is down',
      [added('10.9.0.0/24 via 10.0.0.9 dev eth0')],
      'eth0 is down: bring it up first',
      { flags: { eth0: ['LOWER_UP'] } },
    ],
  ])('refuses one %s', (_claim, operations, problem, words) => {
    expect(problems(operations, words)).toEqual([problem]);
  });

  it('says which operation, and how it would read', () => {
    const bad = added('10.9.0.0/24 via 192.0.2.1 dev eth0');
    const [refused] = refusedGateways(router(HOST), [added('10.8.0.0/24 via 10.0.0.9 dev eth0'), bad]);
    expect(refused).toMatchObject({
      operation: bad,
      message: expect.stringMatching(/^The route 10\.9\.0\.0\/24 via 192\.0\.2\.1 cannot be: /),
    });
  });

  it('does not look at everything again for each of many routes', () => {
    const many = Array.from({ length: 5000 }, (_, i) => added(`10.${100 + (i >>> 8)}.${i & 255}.0/24 via 10.0.0.9 dev eth0`));
    const started = performance.now();
    expect(problems(many)).toEqual([]);
    expect(performance.now() - started).toBeLessThan(3000);
  });
});
