import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { captureOf, loadCapture } from '../../src/model/capture.ts';
import { Failure } from '../../src/model/failure.ts';
import type { HostState } from '../../src/model/state.ts';
import { parseIpv4 } from '../../src/net/ipv4.ts';
import { kernelLinkName } from '../../src/net/link-name.ts';
import { parseMac } from '../../src/net/mac.ts';
import { must } from '../../src/net/parsed.ts';
import { parseInterfaceAddress, parsePrefix } from '../../src/net/prefix.ts';
import { confPath, IP_FORWARD, neighPath } from '../../src/net/sysctl-path.ts';
import { EXAMPLE_TABLE } from '../support/example-table.ts';

const eth0 = kernelLinkName('eth0');
const ip = (text: string) => must(parseIpv4(text));
const prefix = (text: string) => must(parsePrefix(text));

const STATE: HostState = {
  links: [
    { index: 1, name: kernelLinkName('lo'), mac: null, flags: ['UP', 'LOOPBACK'], kind: null, mtu: 65536, master: null },
    {
      index: 2,
      name: eth0,
      mac: must(parseMac('02:00:00:00:00:01')),
      flags: ['UP'],
      kind: 'veth',
      mtu: 1500,
      master: kernelLinkName('$(id)\u0001'),
    },
  ],
  addresses: [
    { address: must(parseInterfaceAddress('10.0.0.1/24')), interface: eth0, scope: 'global' },
    { address: must(parseInterfaceAddress('10.0.0.2/24')), interface: eth0, scope: 'link', secondary: true },
    { address: must(parseInterfaceAddress('10.1.1.1/32')), interface: eth0, scope: '42', peer: prefix('10.1.1.2/32') },
  ],
  routes: [
    {
      to: prefix('0.0.0.0/0'),
      table: 254,
      metric: 5,
      tos: 16,
      type: 'unicast',
      scope: 'global',
      protocol: 97,
      interface: eth0,
      via: ip('10.0.0.9'),
      onlink: true,
      source: ip('10.0.0.1'),
      flags: ['linkdown'],
      realm: true,
    },
    {
      to: prefix('10.5.0.0/24'),
      table: 254,
      metric: 0,
      type: 'unicast',
      scope: 'global',
      protocol: 3,
      nexthop: 7,
      hops: [
        { interface: eth0, weight: 3 },
        { via: ip('10.0.0.8'), weight: 1 },
      ],
    },
    { to: prefix('10.6.0.0/24'), table: 254, metric: 0, type: 'blackhole', scope: 'global', protocol: 3 },
  ],
  rules: [{ priority: 50, src: '10.0.0.0', srclen: 8, iif: 'eth0', table: '100' }],
  nexthops: [
    { id: 1, interface: eth0, via: ip('10.0.0.9') },
    { id: 2, blackhole: true },
    { id: 3, group: [{ id: 1, weight: 3 }], flags: ['dead'] },
  ],
  sysctls: {
    [IP_FORWARD]: '0',
    [confPath(eth0, 'proxy_arp')]: '1',
    [neighPath(eth0, 'proxy_delay')]: '800ms',
  },
  proxies: [
    { address: ip('10.0.0.9'), interface: eth0, protocol: 97 },
    { address: ip('10.0.0.8'), interface: null, protocol: null },
  ],
  neighbours: [{ address: ip('10.0.0.9'), interface: eth0, mac: null, state: 'INCOMPLETE' }],
  nftables: [{ metainfo: {} }],
  nat: { parp_edge: EXAMPLE_TABLE, parp_other: { unrecognised: 'it holds a foreign set "x"' } },
  sticky: { customRules: false, customLocalRoutes: null },
  tickMs: 10 / 3,
};
const DOCUMENT = captureOf(STATE);

function refusal(text: string): string {
  try {
    loadCapture(text);
  } catch (error) {
    if (error instanceof Failure && error.ending === 'invalid' && error.code === 'capture') return error.message;
    throw error;
  }
  throw new Error('It was taken');
}

describe('loadCapture()', () => {
  it('is the inverse of captureOf()', () => {
    expect(loadCapture(JSON.stringify(DOCUMENT))).toEqual(STATE);
    expect(loadCapture(JSON.stringify({ ...DOCUMENT, nftables: null }))).toEqual({ ...STATE, nftables: null });
  });

  it('leaves out what is no part of a state', () => {
    expect(loadCapture(JSON.stringify({ ...DOCUMENT, more: 1, links: [{ ...STATE.links[0], more: 2 }] })).links).toEqual([STATE.links[0]]);
  });

  it.each([
    ['', /^The capture is not JSON/],
    ['[]', /something else than an object at the capture$/],
    ['{}', /^The capture has schema null instead of "parp.capture\/1"$/],
    ['{"schema":"parp.capture/2"}', /^The capture has schema "parp.capture\/2"/],
    ['{"schema":"parp.capture/1"}', /an object at sticky$/],
    [JSON.stringify({ ...DOCUMENT, links: {} }), /a list at links$/],
    [JSON.stringify({ ...DOCUMENT, links: [null] }), /an object at links\[0\]$/],
    [
      JSON.stringify({ ...DOCUMENT, links: [{ ...STATE.links[1], name: '../../etc' }] }),
      /"\.\.\/\.\.\/etc" is not the name of an interface, in the capture at links\[0\]\.name$/,
    ],
    [JSON.stringify({ ...DOCUMENT, proxies: [{ ...STATE.proxies[0], interface: '..' }] }), /"\.\." is not the name of an interface/],
    [JSON.stringify({ ...DOCUMENT, sysctls: { 'kernel/core_pattern': 'x' } }), /"kernel\/core_pattern" is not one of/],
    [JSON.stringify({ ...DOCUMENT, sysctls: { 'net/ipv4/ip_forward': 1 } }), /a text at sysctls\.net\/ipv4\/ip_forward$/],
    [
      JSON.stringify({ ...DOCUMENT, routes: [{ ...STATE.routes[0], to: '10.0.0.1/8' }] }),
      /"10.0.0.1\/8" has host bits set, in the capture at routes\[0\]\.to$/,
    ],
    [JSON.stringify({ ...DOCUMENT, routes: [{ ...STATE.routes[0], type: 'nat' }] }), /one of unicast, .* at routes\[0\]\.type$/],
    [JSON.stringify({ ...DOCUMENT, tickMs: '4' }), /a number at tickMs$/],
    [`{"schema":"parp.capture/1","sticky":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, /an object at sticky$/],
  ])('refuses %.60s', (text, message) => {
    expect(refusal(text)).toMatch(message);
  });

  it('changes no prototype', () => {
    const text = JSON.stringify(DOCUMENT).replace('"nat":{', '"__proto__":{"polluted":1},"nat":{"__proto__":{"unrecognised":"x"},');
    const state = loadCapture(text);
    expect(Object.hasOwn(state.nat, '__proto__')).toBe(true);
    expect(Object.getPrototypeOf(state.nat)).toBe(Object.prototype);
    expect('polluted' in {}).toBe(false);
  });

  it('takes or refuses any document with one value replaced, and never breaks', () => {
    const places = paths(DOCUMENT);
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.jsonValue(), (place, value) => {
        expect(outcome(JSON.stringify(replaced(DOCUMENT, place, value)))).not.toBe('broken');
      }),
      { numRuns: 500 },
    );
  });
});

function outcome(text: string): 'taken' | 'refused' | 'broken' {
  try {
    loadCapture(text);
    return 'taken';
  } catch (error) {
    return error instanceof Failure ? 'refused' : 'broken';
  }
}

function paths(value: unknown, at: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [[...at]];
  return [[...at], ...Object.entries(value).flatMap(([key, inner]) => paths(inner, [...at, key]))];
}

function replaced(whole: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  if (Array.isArray(whole)) return whole.map((item, at) => (String(at) === key ? replaced(item, rest, value) : item));
  return { ...(whole as object), [key]: replaced((whole as Record<string, unknown>)[key], rest, value) };
}
