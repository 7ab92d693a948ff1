import { RISK_CODES } from '../model/risk.ts';
import { ROUTE_TYPES } from '../model/operation.ts';

type Schema = Readonly<Record<string, unknown>>;

const TEXT: Schema = { type: 'string' };
const COUNT: Schema = { type: 'integer', minimum: 0 };
const FLAG: Schema = { type: 'boolean' };

const described = (description: string, schema: Schema): Schema => ({ ...schema, description });
const listOf = (items: Schema): Schema => ({ type: 'array', items });
const orNull = (schema: Schema): Schema => ({ anyOf: [{ type: 'null' }, schema] });

/** Keys may be added to what parp prints, so that others than these are allowed. */
function object(required: Readonly<Record<string, Schema>>, optional: Readonly<Record<string, Schema>> = {}): Schema {
  return { type: 'object', properties: { ...required, ...optional }, required: Object.keys(required) };
}

const ADDRESS = described('An IPv4 address', TEXT);
const PREFIX = described('An IPv4 prefix, a.b.c.d/length', TEXT);
const INTERFACE = described('The name of an interface', TEXT);

const HOP = { interface: INTERFACE, via: ADDRESS, onlink: FLAG, weight: COUNT };
const ROUTE = object(
  { type: { enum: ROUTE_TYPES }, scope: TEXT, protocol: COUNT },
  { ...HOP, source: ADDRESS, hops: listOf(object({}, HOP)), nexthop: COUNT },
);

const INWARDS: Schema = {
  anyOf: [
    object({ match: { const: 'port' }, public: ADDRESS, protocol: { enum: ['tcp', 'udp'] }, port: COUNT, to: ADDRESS, toPort: COUNT }),
    object({ match: { enum: ['address', 'prefix'] }, public: TEXT, private: TEXT }),
  ],
};
const OUTWARDS: Schema = {
  anyOf: [
    object({ match: { enum: ['address', 'prefix'] }, private: TEXT, public: TEXT }),
    object({ match: { const: 'source' }, source: PREFIX, public: ADDRESS }),
  ],
};
const TABLE = {
  anyOf: [
    object({ comment: TEXT, outside: INTERFACE, inwards: listOf(INWARDS), outwards: listOf(OUTWARDS), guarded: listOf(PREFIX) }),
    object({ unrecognised: described('The table holds what parp did not write', TEXT) }),
  ],
};

const SUBJECTS: Readonly<Record<string, { readonly subject: Schema; readonly value: Schema }>> = {
  sysctl: { subject: described('Below /proc/sys', TEXT), value: TEXT },
  address: { subject: object({ address: PREFIX, interface: INTERFACE }), value: object({ scope: TEXT }) },
  route: { subject: object({ to: PREFIX, table: COUNT, metric: COUNT }, { tos: COUNT }), value: ROUTE },
  proxy: { subject: object({ address: ADDRESS, interface: INTERFACE }), value: object({ protocol: orNull(COUNT) }) },
  nat: { subject: described('The name of an nftables table of family ip', TEXT), value: TABLE },
};

const OPERATION: Schema = {
  anyOf: Object.entries(SUBJECTS).map(([kind, { subject, value }]) =>
    object({
      kind: { const: kind },
      subject,
      from: described('What is there now; null: nothing', orNull(value)),
      to: described('What is there afterwards; null: nothing', orNull(value)),
    }),
  ),
};

const LEFT: Schema = object({
  kind: { enum: Object.keys(SUBJECTS) },
  subject: { anyOf: Object.values(SUBJECTS).map(({ subject }) => subject) },
  expected: {},
  found: {},
  reason: TEXT,
});

const ROLE: Schema = { enum: ['own', 'public', 'host'] };

/** The JSON Schema (draft 7) of what `parp plan --json` prints, and `apply` and `remove` with what became of it. */
export const PLAN_SCHEMA: Schema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'parp plan',
  ...described(
    'What parp plan --json and --format json print',
    object({
      schema: { const: 'parp.plan/1' },
      profiles: listOf(object({ name: TEXT, kind: TEXT })),
      operations: described('In the order of writing', listOf(OPERATION)),
      held: described('Values that are written again because ip_forward changes them in passing', listOf(OPERATION)),
      announcements: listOf(
        object({
          profile: TEXT,
          interface: INTERFACE,
          addresses: listOf(PREFIX),
          rounds: COUNT,
          spacingMs: described('Milliseconds from one round to the next', { type: 'number' }),
          form: { enum: ['request', 'reply', 'both'] },
          rate: described('Frames a second; null: as fast as they go', orNull(COUNT)),
        }),
      ),
      probes: listOf(object({ interface: INTERFACE, addresses: listOf(PREFIX), role: ROLE, mode: { enum: [true, false, 'rfc5227'] } })),
      answered: described(
        'Whom each interface will answer for and does not now, and the other way round',
        listOf(
          object({
            interface: INTERFACE,
            gained: listOf(PREFIX),
            lost: listOf(PREFIX),
            open: described('What the state does not tell', listOf(PREFIX)),
            default_route: described('Everything that a default route leads to, too', FLAG),
            default_route_lost: FLAG,
          }),
        ),
      ),
      flush: listOf(object({ address: ADDRESS, interface: INTERFACE })),
      risks: listOf(
        object({ code: { enum: RISK_CODES }, severity: { enum: ['note', 'warning', 'refusal'] }, message: TEXT, profile: TEXT }),
      ),
      conflicts: described('Why it cannot be', listOf(object({ code: TEXT, message: TEXT, profile: TEXT }))),
      left: described('What others changed since, and stays', listOf(LEFT)),
      commands: described('Shell lines that leave the same host', listOf(TEXT)),
    }),
  ),
};
