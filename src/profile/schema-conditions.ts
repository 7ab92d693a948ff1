import { groupBy } from '../model/groups.ts';
import { ROUTE_TYPES } from '../model/operation.ts';
import { ROUTE_TRAITS } from './custom-route.ts';
import { DELAY_KEYS, MOST_TICKS, numbersOf } from './custom-sysctl.ts';
import { PATTERNS, SWITCH_KEYS, switchPattern, TICKS_OR_DURATION, wholeNumber, withPattern } from './patterns.ts';
import type { ProfileKind } from './schema.ts';

/** A schema as JSON. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** So many numbers are told one by one. */
const FEW = 16;

const ALONE = 'Addresses are assigned only where "interfaces" is a single name';

/** What values demand of one another, and zod does not say: by the path of the value, in which `[]` is any entry of a list. */
export const CONDITIONS: Readonly<Record<ProfileKind, ReadonlyMap<string, JsonSchema>>> = {
  'pseudo-bridge': new Map([
    ['', when({ properties: { answer: { const: 'listed' } }, required: ['answer'] }, { properties: { segments: { items: withHosts() } } })],
    ['segments[].addresses', { uniqueItems: true }],
    ['segments[].hosts_file', { minLength: 1 }],
  ]),
  'private-vlan': new Map([
    [
      '',
      when(
        { properties: { addresses: { minItems: 1 } }, required: ['addresses'] },
        { properties: { interfaces: { maxItems: 1, items: withPattern({ ...PATTERNS.linkWithNeighbours, wrong: ALONE }) } } },
      ),
    ],
    ['interfaces', { uniqueItems: true }],
    ['addresses', { uniqueItems: true }],
  ]),
  'nat-proxy': new Map([['nat[]', { oneOf: mappings() }]]),
  custom: new Map([
    ['sysctl', { patternProperties: switches(), additionalProperties: false }],
    ['addresses', { uniqueItems: true }],
    ['routes[]', { anyOf: routes() }],
  ]),
};

/** `if` and `then` of JSON Schema: plain data that nobody awaits. */
function when(condition: JsonSchema, then: JsonSchema): JsonSchema {
  // oxlint-disable-next-line unicorn/no-thenable -- the keyword is called so
  return { if: condition, then };
}

function withHosts(): JsonSchema {
  return { anyOf: [{ required: ['hosts_file'] }, { properties: { hosts: { minItems: 1 } }, required: ['hosts'] }] };
}

/** A map that has some keys, and none of some others. */
function having(required: readonly string[], forbidden: readonly string[], properties: JsonSchema = {}): JsonSchema {
  return { required, properties: { ...properties, ...Object.fromEntries(forbidden.map((key) => [key, false])) } };
}

function mappings(): JsonSchema[] {
  const single = { public: withPattern(PATTERNS.single) };
  return [
    having(['private'], ['source', 'protocol', 'port', 'to']),
    having(['source'], ['private', 'protocol', 'port', 'to'], single),
    having(['protocol', 'port', 'to'], ['private', 'source'], single),
  ];
}

/** A route leads nowhere, or to a wire, or to a gateway, which is found by itself, or on an interface. */
function routes(): JsonSchema[] {
  const types = (leads: boolean, gateway: boolean): JsonSchema => ({
    type: { enum: ROUTE_TYPES.filter((type) => ROUTE_TRAITS[type].leads === leads && ROUTE_TRAITS[type].gateway === gateway) },
  });
  const plain = { onlink: { const: false } };
  return [
    having(['type'], ['interface', 'via', 'source', 'onlink'], types(false, false)),
    having(['type', 'interface'], ['via'], { ...types(true, false), ...plain }),
    having(['interface'], ['via'], { ...types(true, true), ...plain }),
    having(['via'], [], { ...types(true, true), ...plain }),
    having(['interface', 'via'], [], types(true, true)),
  ];
}

/** Each switch knows its values, by the pattern of its paths. */
function switches(): Readonly<Record<string, JsonSchema>> {
  const alike = groupBy(SWITCH_KEYS, (key) => JSON.stringify(valuesOf(key)));
  return Object.fromEntries(
    [...alike.values()].map((some) => [switchPattern((key) => some.includes(key)), valuesOf(some[0] ?? '')] as const),
  );
}

function valuesOf(key: string): JsonSchema {
  if (DELAY_KEYS.has(key)) {
    return {
      description: 'A time, such as 0ms, or a number of 1/100 s; a day at most',
      anyOf: [
        { type: 'integer', minimum: 0, maximum: MOST_TICKS, description: 'In 1/100 s' },
        { type: 'string', ...withPattern(TICKS_OR_DURATION), description: 'With its unit' },
        { type: 'boolean', description: 'As 0 and 1' },
      ],
    };
  }
  const { least, most, reserved } = numbersOf(key);
  if (most - least < FEW) {
    const numbers = Array.from({ length: most - least + 1 }, (_, i) => least + i).filter((number) => !reserved.includes(number));
    return {
      description: most === 1 ? '0 is off, and 1 on' : `One of ${numbers.join(', ')}`,
      enum: [...numbers, false, true, ...numbers.map(String)],
    };
  }
  return {
    description: `A number from ${least} to ${most}`,
    anyOf: [
      { type: 'integer', minimum: least, maximum: most, description: 'The number' },
      { type: 'string', pattern: wholeNumber(least, most), description: 'The number in quotes' },
      { type: 'boolean', description: 'As 0 and 1' },
    ],
  };
}
