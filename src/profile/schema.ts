import * as z from 'zod';
import { ROUTE_TYPES } from '../model/operation.ts';
import { RISK_CODES } from '../model/risk.ts';
import type { TextKind } from './patterns.ts';

/** The kinds of profile, in the order in which the documentation tells of them. */
export const PROFILE_KINDS = ['pseudo-bridge', 'private-vlan', 'nat-proxy', 'custom'] as const;
export type ProfileKind = (typeof PROFILE_KINDS)[number];

const BUILDERS = { 'pseudo-bridge': pseudoBridge, 'private-vlan': privateVlan, 'nat-proxy': natProxy, custom } satisfies Record<
  ProfileKind,
  () => z.ZodType
>;
type Schemas = { readonly [K in ProfileKind]: ReturnType<(typeof BUILDERS)[K]> };
/** A document of a kind as it was written: every key known and of the right type, nothing read into the texts yet. */
export type Raw<K extends ProfileKind> = z.infer<Schemas[K]>;

const built: { -readonly [K in ProfileKind]?: Schemas[K] } = {};

// A schema reads one document: to compile code for it takes longer than reading it.
z.config({ jitless: true });

/** The schema of a kind, built when it is first asked for: that takes milliseconds which most commands need not pay. */
export function profileSchema<K extends ProfileKind>(kind: K): Schemas[K] {
  const build: () => Schemas[K] = BUILDERS[kind] as () => Schemas[K];
  return (built[kind] ??= build() as (typeof built)[K]) as Schemas[K];
}

/** `as`: what the text is, which the JSON Schema tells by a pattern. */
const text = (description: string, as?: TextKind) => z.string().meta(as === undefined ? { description } : { description, as });

/** By itself, zod asks whatever has a `length` for the least of a list: also a map with such a key. */
const OF_LISTS = { abort: false, when: ({ value }: { readonly value: unknown }) => Array.isArray(value) };

const interfaceName = (description: string) => text(description, 'linkWithNeighbours');

const ownAddresses = (description: string) => z.array(text('An address with its prefix length', 'ownAddress')).meta({ description });

function header<K extends ProfileKind>(kind: K) {
  return {
    version: z.literal(1).meta({ description: 'The version of this format' }),
    kind: z.literal(kind).meta({ description: 'What the profile does' }),
    name: text("What the profile is called; by default the file's name without its ending", 'name').optional(),
    description: text('What the profile is for, in your own words').optional(),
  };
}

function common() {
  const keep = 'keep leaves it as it is';
  return {
    proxy_delay: text(`How long the kernel waits before it answers by proxy, such as 0ms; ${keep}`, 'durationOrKeep').optional(),
    forwarding: z
      .enum(['global', 'interfaces', 'keep'])
      .optional()
      .meta({ description: `Packets are forwarded by net.ipv4.ip_forward, or by the profile's interfaces alone; ${keep}` }),
    redirects: z
      .literal([false, 'keep'])
      .optional()
      .meta({ description: `false: the router sends no ICMP redirects; ${keep}` }),
    flush: z.boolean().optional().meta({ description: 'Whether neighbour entries that the profile proves wrong are dropped' }),
    probe: z
      .literal([true, false, 'rfc5227'])
      .optional()
      .meta({ description: "Whether the wire is asked for a live owner before an address is claimed; rfc5227 keeps the RFC's times" }),
    announce: z
      .union([z.literal(false).meta({ description: 'Nobody is told' }), announceOptions()])
      .optional()
      .meta({ description: 'How neighbours are told at once by gratuitous ARP; false tells nobody' }),
    accept_risks: z
      .array(z.enum(RISK_CODES).meta({ description: 'A code of docs/risks.md' }))
      .optional()
      .meta({ description: 'Risks that you have considered: a refusal becomes a warning' }),
  };
}

function announceOptions() {
  return z
    .strictObject({
      rounds: z.int().min(1).max(100).optional().meta({ description: 'How often each address is announced' }),
      spacing: text('The time between two rounds, such as 1200ms', 'duration').optional(),
      form: z.enum(['request', 'reply', 'both']).optional().meta({ description: 'The ARP operation of the announcements' }),
      rate: z
        .union([
          z.int().min(1).max(1_000_000).meta({ description: 'So many frames a second' }),
          z.literal('unlimited').meta({ description: 'As fast as they go' }),
        ])
        .optional()
        .meta({ description: 'Frames a second for each interface' }),
    })
    .meta({ description: 'Everybody is told, by rounds of frames' });
}

function pseudoBridge() {
  const segment = z
    .strictObject({
      interface: interfaceName('The interface of the segment'),
      addresses: ownAddresses("The router's own addresses there, assigned if missing").optional(),
      hosts: z.array(text('An address, a range a-b or a prefix', 'host')).optional().meta({ description: 'Who lives on the segment' }),
      hosts_file: text('A file beside the profile with one entry a line, and comments behind #').optional(),
    })
    .meta({ description: 'One of the wires' });
  return z
    .strictObject({
      ...header('pseudo-bridge'),
      segments: z.array(segment).min(2, OF_LISTS).meta({ description: 'The wires that are to look like one subnet' }),
      answer: z
        .enum(['routed', 'listed'])
        .optional()
        .meta({ description: 'routed: for whatever is routed to another segment; listed: for the listed hosts alone' }),
      ...common(),
    })
    .meta({ title: 'pseudo-bridge', description: 'Two or more segments that look like one subnet' });
}

function privateVlan() {
  return z
    .strictObject({
      ...header('private-vlan'),
      interfaces: z
        .array(text('An interface, or a pattern over interface names', 'linkOrGlob'))
        .min(1, OF_LISTS)
        .meta({ description: 'The interfaces whose hosts the switch keeps apart' }),
      addresses: ownAddresses("The router's own addresses there; only with a single interface").optional(),
      ...common(),
    })
    .meta({ title: 'private-vlan', description: 'Hosts of one segment that the switch keeps apart talk through the router' });
}

function natProxy() {
  const mapping = z
    .strictObject({
      public: text('The public address, or a prefix of them', 'pool'),
      private: text('One to one, both ways: the address, or a prefix of the same length', 'pool').optional(),
      source: text('Outgoing, many to one: the prefix that goes out by the public address', 'prefix').optional(),
      protocol: z.enum(['tcp', 'udp']).optional().meta({ description: 'A forwarded port: its protocol' }),
      port: z.int().min(1).max(65_535).optional().meta({ description: 'A forwarded port: its number at the public address' }),
      to: text('A forwarded port: where it leads, ADDRESS or ADDRESS:PORT', 'endpoint').optional(),
    })
    .meta({ description: 'One public address or prefix, with what it stands for' });
  return z
    .strictObject({
      ...header('nat-proxy'),
      outside: interfaceName('The interface on which the router answers for the public addresses'),
      inside: interfaceName('The interface behind which the private addresses live'),
      nat: z.array(mapping).min(1, OF_LISTS).meta({ description: 'What is translated into what' }),
      manage_nat: z.boolean().optional().meta({ description: 'false: parp only answers; the translation is done elsewhere' }),
      ...common(),
    })
    .meta({ title: 'nat-proxy', description: 'The router answers on the outside for a NAT pool and translates it' });
}

function custom() {
  const on = text('The interface', 'link');
  const route = z
    .strictObject({
      to: text('The prefix, or default', 'prefixOrDefault'),
      interface: on.optional(),
      via: text('The gateway', 'address').optional(),
      metric: z.int().min(0).max(4_294_967_295).optional().meta({ description: 'The lower the sooner; 0 by default' }),
      table: z
        .union([
          z.int().min(1).max(4_294_967_295).meta({ description: 'By its number' }),
          z.enum(['main', 'local', 'default']).meta({ description: 'By its name' }),
        ])
        .optional()
        .meta({ description: 'The routing table; main by default' }),
      type: z.enum(ROUTE_TYPES).optional().meta({ description: 'The type of route; unicast by default' }),
      source: text('The address that the router asks and sends from', 'address').optional(),
      onlink: z.boolean().optional().meta({ description: 'The gateway is on the wire whatever the routes say' }),
    })
    .meta({ description: 'A route, as `ip route add` takes it' });
  const addressesOn = (description: string) =>
    z
      .array(
        z
          .strictObject({ address: text('An address or a prefix', 'few'), interface: interfaceName('The interface') })
          .meta({ description: 'Addresses, and the interface' }),
      )
      .optional()
      .meta({ description });
  return z
    .strictObject({
      ...header('custom'),
      sysctl: z
        .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
        .optional()
        .meta({ description: 'Kernel switches by path: net/ipv4/conf/eth0.100/proxy_arp' }),
      addresses: z
        .array(
          z
            .strictObject({ address: text('An address with its prefix length', 'ownAddress'), interface: on })
            .meta({ description: 'An address, and its interface' }),
        )
        .optional()
        .meta({ description: 'Addresses to assign' }),
      routes: z.array(route).optional().meta({ description: 'Routes to add' }),
      proxies: addressesOn('Proxy neighbours: the interface answers for these addresses'),
      announce_addresses: addressesOn('Addresses to announce on the interface when the profile changes something'),
      ...common(),
    })
    .meta({ title: 'custom', description: 'Explicit pieces, for what no other kind does' });
}
