// Inputs that once broke something, as small as they could be made: found by the targets of this folder, and kept whatever the seed.
import { describe, expect, it } from 'vitest';
import { readRoutes } from '../../src/host/iproute2-routes.ts';
import { readAddresses, readLinks, readNeighTimes, readRules } from '../../src/host/iproute2-state.ts';
import { captureOf, loadCapture } from '../../src/model/capture.ts';
import { parseProfiles } from '../../src/profile/parse.ts';
import { recogniseNatTables } from '../../src/render/nft-listing.ts';
import { valueWords } from '../../src/render/words.ts';
import { decodeAnswer } from '../../src/wire/netlink/answer.ts';
import type { Message } from '../../src/wire/netlink/message.ts';
import { freshHost } from '../support/memory-kernel.ts';
import { bytesOf } from './mutate.ts';

const deep = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));
const unconvertible = { toString: 1, valueOf: 2 };

describe('parseProfiles()', () => {
  const noFile = () => ({ ok: false, problem: 'none' }) as const;

  it.each([
    ['kind: pseudo-bridge\nsegments: { length: -1 }\n', 'segments'],
    ['kind: pseudo-bridge\nsegments: { length: [{}] }\n', 'segments'],
    ['kind: private-vlan\ninterfaces: { length: 0 }\n', 'interfaces'],
    ['kind: nat-proxy\noutside: a\ninside: b\nnat: { length: { toString: 1 } }\n', 'nat'],
  ])('asks no map for the length of a list: %j', (text, key) => {
    const { diagnostics } = parseProfiles({ file: 'x.yaml', bytes: bytesOf(`version: 1\n${text}`) }, noFile);
    expect(diagnostics).toMatchObject([{ code: 'wrong-type', message: `"${key}" is a map of keys, but has to be a list` }]);
  });
});

describe('decodeAnswer()', () => {
  it('does not believe the length of the message that an answer quotes', () => {
    const view = new DataView(new ArrayBuffer(48));
    const message: Message = { type: 2, flags: 0x200, sequence: 1, from: 16, to: 48 };
    for (const size of [0xffffffff, 0x80000000, 0x80000013, 0x7fffffff, 48]) {
      view.setUint32(20, size, true);
      expect(decodeAnswer(view, message)).toMatchObject({ errno: 0, words: undefined });
    }
  });
});

describe('recogniseNatTables()', () => {
  const of = (kind: string, content: object) => ({ [kind]: { family: 'ip', table: 'parp_edge', ...content } });

  it.each([
    ['a chain whose name is an object', of('chain', { name: unconvertible })],
    ['a rule whose chain is a list of objects', of('rule', { chain: [unconvertible] })],
    ['a set whose name is deep', of('set', { name: deep(30_000) })],
    ['a chain whose name is deep', of('chain', { name: deep(30_000) })],
  ])('says of %s that it has no name', (_what, object) => {
    expect(recogniseNatTables([object])).toEqual({
      parp_edge: { unrecognised: expect.stringMatching(/^it holds a foreign \w+ without a name$/) as string },
    });
  });

  it('names a chain as it is, and leaves it to be shown as text', () => {
    const { parp_edge: table } = recogniseNatTables([of('chain', { name: 'x\u009b2J' })]);
    expect(valueWords('nat', table)).toContain(String.raw`it holds a foreign chain "x\x9b2J"`);
  });

  it('does not take for parp’s own a comment that nft could not be given', () => {
    const match = { match: { op: '==', left: { meta: { key: 'iifname' } }, right: 'eth0' } };
    const marked = (comment: string) => [
      of('chain', { name: 'about' }),
      of('rule', { chain: 'about', comment, expr: [match, { return: null }] }),
    ];
    expect(recogniseNatTables(marked('parp edge'))).toEqual({ parp_edge: { unrecognised: 'its chain prerouting is missing' } });
    expect(recogniseNatTables(marked('a"; flush ruleset; "'))).toEqual({ parp_edge: { unrecognised: 'it does not say who made it' } });
  });
});

describe('the readers of iproute2', () => {
  it('leave out addresses whose length is none', () => {
    const lengths = [-1, 1.5, 33, 1e21, Number.POSITIVE_INFINITY, '0x8', 8];
    const entries = lengths.map((prefixlen) => ({ local: '10.0.0.1', prefixlen }));
    expect(readAddresses([{ ifname: 'a', addr_info: entries }]).map(({ address }) => address)).toEqual(['10.0.0.1/8', '10.0.0.1/8']);
  });

  it('leave out names that no kernel gives', () => {
    const named = ['', '.', '..', 'a/b', 'a'.repeat(16), 'a'.repeat(15)].map((ifname, ifindex) => ({ ifname, ifindex }));
    expect(readLinks(named).map(({ name }) => name)).toEqual(['a'.repeat(15)]);
  });

  it('take no scope and no time that could not be written back', () => {
    const scopes = ['-1', '1.5', '0x10', '1e3', '42'].map((scope) => ({ dst: '10.0.0.1', scope }));
    expect(readRoutes(scopes).map(({ scope }) => scope)).toEqual(['global', 'global', 'global', 'global', '42']);
    const times = [-1, 1.5, 1e21, 800].map((ms, at) => ({ name: 'arp_cache', dev: `a${at}`, locktime: ms }));
    expect([...readNeighTimes(times)]).toEqual([['net/ipv4/neigh/a3/locktime', '800ms']]);
  });

  it('keep of a rule what has no parts', () => {
    expect(readRules([{ priority: 1, fwmark: deep(30_000), table: '254', not: null }])).toEqual([{ priority: 1, table: '254', not: null }]);
  });
});

describe('loadCapture()', () => {
  const document = captureOf(freshHost(['eth0']));

  it.each([
    ['a schema that is deep', { ...document, schema: deep(30_000) }, /has schema null/],
    ['a tick of nothing', { ...document, tickMs: 0 }, /above 0 at tickMs/],
    ['a switch that a terminal would obey', { ...document, sysctls: { 'net/ipv4/ip_forward': '1\u001b[2J' } }, /is not a whole number/],
    ['a time without its unit', { ...document, sysctls: { 'net/ipv4/neigh/eth0/proxy_delay': '80' } }, /is not a time such as 800ms/],
  ])('refuses %s', (_what, capture, message) => {
    expect(() => loadCapture(written(capture))).toThrow(message);
  });
});

/** JSON.stringify would run out of stack. */
function written(capture: object): string {
  const { schema } = capture as { schema: unknown };
  const text = JSON.stringify({ ...capture, schema: 'SCHEMA' });
  return text.replace('"SCHEMA"', typeof schema === 'string' ? JSON.stringify(schema) : '['.repeat(30_000) + ']'.repeat(30_000));
}
