import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holds } from '../../src/host/column-check.ts';
import { pack, unpack, type Packed } from '../../src/host/columns.ts';
import { addressFromNumber, bytesOfNumbers, NO_ADDRESS, numberOfAddress, numbersOfBytes } from '../../src/host/column-numbers.ts';
import { ipv4FromNumber } from '../../src/net/ipv4.ts';

/** Through JSON, as a journal goes. */
function packedAgain(value: unknown): Packed {
  return JSON.parse(JSON.stringify(pack(value))) as Packed;
}

function again(value: unknown): unknown {
  const packed = packedAgain(value);
  expect(holds(packed, value)).toBe(true);
  return unpack(packed);
}

const route = (at: number): object => ({
  kind: 'route',
  subject: { to: `${ipv4FromNumber(0x0a000001 + 2 * at)}/32`, table: 254, metric: 0 },
  from: null,
  to: { type: 'unicast', interface: 'eth1' },
});
const listOf = <T>(length: number, item: (at: number) => T): T[] => Array.from({ length }, (_, at) => item(at));

describe('pack() and unpack()', () => {
  it.each<[string, unknown]>([
    ['nothing', null],
    ['short lists', [[1, 2], { a: ['b'] }]],
    ['routes', listOf(1000, route)],
    ['routes behind switches', [...listOf(40, (at) => ({ kind: 'sysctl', subject: `a/${at}`, from: '0', to: '1' })), ...listOf(40, route)]],
    ['values that change now and then', listOf(100, (at) => ({ at: { lane: Math.floor(at / 20) }, on: at > 50 }))],
    ['keys that are there now and then', listOf(100, (at) => (at % 40 < 20 ? { a: at } : { a: at, b: null }))],
    ['items that have nothing in common', listOf(200, (at) => [at, String(at), null, { at }, [at]][at % 5])],
    ['lists of lists', listOf(50, (at) => listOf(at, (one) => one * at))],
    ['numbers of every size', [...listOf(40, (at) => (-7) ** at), ...listOf(40, (at) => at / 3), -0, 2 ** 53, -(2 ** 53)]],
    [
      'addresses and texts that only look like some',
      listOf(99, (at) => ['10.0.0.1', '10.0.0.1/24', '010.0.0.1', '10.0.0.1/33', '1.2.3'][at % 5]),
    ],
    ['empty objects', listOf(64, () => ({}))],
    ['a list that begins as a packed one does', ['\0', 0]],
    ['keys that every object has', listOf(40, (at) => JSON.parse(`{"constructor":${at},"toString":"${at}","valueOf":null}`) as object)],
    ['an odd key', listOf(40, (at) => JSON.parse(`{"__proto__":${at},"constructor":${at}}`) as object)],
  ])('bring back %s', (_what, value) => {
    expect(again(value)).toEqual(JSON.parse(JSON.stringify(value)));
  });

  it('bring back whatever JSON can say, also many times over', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue(), { maxLength: 5 }), fc.integer({ min: 1, max: 40 }), (values, times) => {
        const list = listOf(times, () => values).flat();
        expect(again({ list, nested: list.map((value) => ({ value, values })) })).toEqual(
          JSON.parse(JSON.stringify({ list, nested: list.map((value) => ({ value, values })) })),
        );
      }),
    );
  });

  it('hold nothing else', () => {
    const value = [...listOf(200, route), ...listOf(99, (at) => at), ...listOf(40, () => ({ a: 1, b: ['x'] }))];
    const packed = packedAgain(value);
    const others: unknown[] = value.map((item, at) => value.with(at, typeof item === 'number' ? item + 1 : { ...item, extra: 1 }));
    const moved = { ...route(3), subject: { to: '10.9.9.9/32', table: 254, metric: 0 } };
    expect(
      holds(
        packedAgain(listOf(40, () => '10.0.0.1')),
        listOf(40, () => ['10.0.0.1']),
      ),
    ).toBe(false);
    expect(
      holds(
        packedAgain(listOf(40, (at) => `10.0.0.${at}`)),
        listOf(40, (at) => [`10.0.0.${at}`]),
      ),
    ).toBe(false);
    for (const other of [...others, value.slice(1), value.slice(0, -1), [...value, 99], value.with(3, moved), {}, null])
      expect(holds(packed, other)).toBe(false);
  });

  it('leave out what JSON leaves out', () => {
    expect(again(listOf(40, (at) => ({ a: at, b: undefined })))).toEqual(listOf(40, (at) => ({ a: at })));
    expect(Object.keys((again(listOf(40, () => ({ a: 1, b: undefined }))) as object[])[0] ?? {})).toEqual(['a']);
  });

  it('make one list of lists that hold the very same things, and one value of equal ones in a row', () => {
    const routes = listOf(1000, route);
    type Route = { readonly to: object };
    const read = again({ a: routes, b: [...routes], c: routes.map((operation) => ({ operation })) });
    const { a, b, c } = read as { a: Route[]; b: Route[]; c: { readonly operation: Route }[] };
    expect(a).toBe(b);
    expect(c[7]?.operation).toBe(a[7]);
    expect(a[0]?.to).toBe(a[999]?.to);
  });

  it('write what stays the same in a few bytes, whatever stands before it', () => {
    const size = (list: unknown[]): number => JSON.stringify(pack(list)).length;
    expect(size([...listOf(40, (at) => [`a${at % 2}`]), ...listOf(100_000, () => ['a'])])).toBeLessThan(1000);
    expect(size([...listOf(40, (at) => ({ on: `a${at}` })), ...listOf(100_000, () => ({ on: 'a' }))])).toBeLessThan(2000);
  });

  it('need a few bytes for a route, however long the list', () => {
    const length = (count: number): number => JSON.stringify(pack(listOf(count, route))).length;
    expect(length(20_000) - length(10_000)).toBeLessThan(2 * 10_000);
  });

  it('give the written form', () => {
    expect(pack({ list: listOf(40, route) })).toEqual({
      value: { list: ['\0', 7] },
      columns: [
        { runs: [['route', 40]] },
        { addresses: Buffer.from([0x82, 0x80, 0x80, 0xa0, 0x81, 0x08, ...listOf(39, () => 4)]).toString('base64') },
        { runs: [[254, 40]] },
        { runs: [[0, 40]] },
        { fields: { to: 1, table: 2, metric: 3 } },
        { runs: [[null, 40]] },
        { runs: [[{ type: 'unicast', interface: 'eth1' }, 40]] },
        { fields: { kind: 0, subject: 4, from: 5, to: 6 } },
      ],
    });
  });

  it.each<[string, Packed, string]>([
    ['a column that is missing', { value: ['\0', 3], columns: [] }, 'A column is missing'],
    ['a run without an end', { value: ['\0', 0], columns: [{ runs: [['x', 1e12]] }] }, 'A run is too long'],
    ['a column that holds itself', { value: ['\0', 0], columns: [{ parts: [0] }] }, 'Maximum call stack size exceeded'],
  ])('refuse %s', (_what, packed, message) => {
    expect(() => unpack(packed)).toThrow(message);
  });
});

describe('numbers of a column', () => {
  it('come back', () => {
    const number = fc.integer({ min: -(2 ** 50) + 1, max: 2 ** 50 - 1 });
    fc.assert(
      fc.property(fc.array(number), (numbers) => {
        expect(numbersOfBytes(bytesOfNumbers(numbers))).toEqual(numbers);
      }),
    );
  });

  it('stand for canonical addresses alone', () => {
    for (const text of ['10.0.0.1', '0.0.0.0', '255.255.255.255', '10.0.0.0/8', '0.0.0.0/0', '10.0.0.1/32'])
      expect(addressFromNumber(numberOfAddress(text))).toBe(text);
    for (const text of [
      '',
      '10',
      '10.0.0',
      '10.0.0.256',
      '01.0.0.0',
      '10.0.0.1/',
      '10.0.0.1/033',
      '10.0.0.1/8/8',
      '1.2.3.4.5',
      '1..2.3',
      '.1.2.3',
      'a',
    ])
      expect(numberOfAddress(text)).toBe(NO_ADDRESS);
  });
});
