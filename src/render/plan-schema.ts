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
const PROFILE = described('The name of the profile that it comes from', TEXT);
const MESSAGE = described('A sentence for people; its words may change', TEXT);
const SCOPE = described('The scope, as rtnetlink(7) names it', TEXT);
const PUBLIC = described('The public address or prefix', TEXT);
const PRIVATE = described('The address or prefix inside', TEXT);

const HOP = {
  interface: INTERFACE,
  via: described('The gateway', TEXT),
  onlink: described('The gateway is on the wire whatever the routes say', FLAG),
  weight: described('The share of this hop among several', COUNT),
};
const ROUTE = object(
  {
    type: described('As `ip route` names it', { enum: ROUTE_TYPES }),
    scope: SCOPE,
    protocol: described('Who made the route; 97: parp', COUNT),
  },
  {
    ...HOP,
    source: described('The address that the router sends from', TEXT),
    hops: described('The hops of a route of several', listOf(object({}, HOP))),
    nexthop: described('The id of a nexthop object', COUNT),
  },
);

const INWARDS: Schema = {
  anyOf: [
    object({
      match: described('A forwarded port', { const: 'port' }),
      public: PUBLIC,
      protocol: described('Of the port', { enum: ['tcp', 'udp'] }),
      port: described('At the public address', COUNT),
      to: described('The address of the host inside', TEXT),
      toPort: described('At the host inside', COUNT),
    }),
    object({ match: described('One address, or address by address', { enum: ['address', 'prefix'] }), public: PUBLIC, private: PRIVATE }),
  ],
};
const OUTWARDS: Schema = {
  anyOf: [
    object({ match: described('One address, or address by address', { enum: ['address', 'prefix'] }), private: PRIVATE, public: PUBLIC }),
    object({
      match: described('Many to one', { const: 'source' }),
      source: described('Whom the public address stands for', TEXT),
      public: PUBLIC,
    }),
  ],
};
const TABLE = {
  anyOf: [
    object({
      comment: described('What the table says of itself', TEXT),
      outside: described('The interface on which it translates', TEXT),
      inwards: described('What arrives for public addresses, the most specific first', listOf(INWARDS)),
      outwards: described('What leaves by the outside, the most specific first', listOf(OUTWARDS)),
      guarded: described('What is dropped where it arrives untranslated', listOf(PREFIX)),
    }),
    object({ unrecognised: described('The table holds what parp did not write', TEXT) }),
  ],
};

const SUBJECTS: Readonly<Record<string, { readonly subject: Schema; readonly value: Schema }>> = {
  sysctl: { subject: described('A path below /proc/sys', TEXT), value: TEXT },
  address: {
    subject: object({ address: described('With its prefix length', TEXT), interface: INTERFACE }),
    value: object({ scope: SCOPE }),
  },
  route: {
    subject: object(
      {
        to: PREFIX,
        table: described('The number of the routing table; 254: main', COUNT),
        metric: described('The lower the sooner', COUNT),
      },
      { tos: described('The type of service that the route is for', COUNT) },
    ),
    value: ROUTE,
  },
  proxy: {
    subject: object({ address: ADDRESS, interface: INTERFACE }),
    value: object({ protocol: described('Who made the entry; 97: parp, null: nobody says', orNull(COUNT)) }),
  },
  nat: { subject: described('The name of an nftables table of family ip', TEXT), value: TABLE },
};

const OPERATION: Schema = {
  anyOf: Object.entries(SUBJECTS).map(([kind, { subject, value }]) =>
    object({
      kind: described('What is changed', { const: kind }),
      subject: 'description' in subject ? subject : described('Which one', subject),
      from: described('What is there now; null: nothing', orNull(value)),
      to: described('What is there afterwards; null: nothing', orNull(value)),
    }),
  ),
};

const LEFT: Schema = object({
  kind: described('What it is', { enum: Object.keys(SUBJECTS) }),
  subject: described('Which one', { anyOf: Object.values(SUBJECTS).map(({ subject }) => subject) }),
  expected: described('What parp left there', {}),
  found: described('What is there now', {}),
  reason: described('Why it stays', TEXT),
});

const ROLE: Schema = described('Whose the addresses are: of the router, translated by it, or of hosts of another segment', {
  enum: ['own', 'public', 'host'],
});

/** The JSON Schema (draft 7) of what `parp plan --json` prints, and `apply` and `remove` with what became of it. */
export const PLAN_SCHEMA: Schema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'parp plan',
  ...described(
    'What parp plan --json and --format json print',
    object({
      schema: described('The format and its version: keys may be added to it', { const: 'parp.plan/1' }),
      profiles: described(
        'What is planned',
        listOf(object({ name: described('The name of the profile', TEXT), kind: described('The kind of profile', TEXT) })),
      ),
      operations: described('In the order of writing', listOf(OPERATION)),
      held: described('Values that are written again because ip_forward changes them in passing', listOf(OPERATION)),
      announcements: described(
        'What is told by gratuitous ARP after the writing',
        listOf(
          object({
            profile: PROFILE,
            interface: INTERFACE,
            addresses: described('Whose MAC is said to be that of the interface', listOf(PREFIX)),
            rounds: described('How often each address is announced', COUNT),
            spacingMs: described('Milliseconds from one round to the next', { type: 'number' }),
            form: described('The ARP operation', { enum: ['request', 'reply', 'both'] }),
            rate: described('Frames a second; null: as fast as they go', orNull(COUNT)),
          }),
        ),
      ),
      probes: described(
        'Which addresses are asked for before the writing: nobody may own them',
        listOf(
          object({
            interface: INTERFACE,
            addresses: described('What is asked for there', listOf(PREFIX)),
            role: ROLE,
            mode: described("rfc5227: with the RFC's own times; false: not at all", { enum: [true, false, 'rfc5227'] }),
          }),
        ),
      ),
      answered: described(
        'Whom each interface will answer for and does not now, and the other way round',
        listOf(
          object({
            interface: INTERFACE,
            gained: described('Who will be answered for', listOf(PREFIX)),
            lost: described('Who will no longer be', listOf(PREFIX)),
            open: described('What the state does not tell', listOf(PREFIX)),
            default_route: described('Everything that a default route leads to, too', FLAG),
            default_route_lost: described('Everything that a default route leads to no longer', FLAG),
          }),
        ),
      ),
      flush: described('Which entries of the ARP table are dropped', listOf(object({ address: ADDRESS, interface: INTERFACE }))),
      risks: described(
        'What the change does beside what was asked for',
        listOf(
          object({
            code: described('Which risk: docs/risks.md', { enum: RISK_CODES }),
            severity: described('A refusal keeps apply from its work', { enum: ['note', 'warning', 'refusal'] }),
            message: MESSAGE,
            profile: PROFILE,
          }),
        ),
      ),
      conflicts: described(
        'Why it cannot be',
        listOf(object({ code: described('Which conflict', TEXT), message: MESSAGE, profile: PROFILE })),
      ),
      left: described('What others changed since, and stays', listOf(LEFT)),
      commands: described('Shell lines that leave the same host', listOf(TEXT)),
    }),
  ),
};
