import { parseIpv4, type Ipv4 } from '../net/ipv4.ts';
import { parseLinkName, type LinkName } from '../net/link-name.ts';
import { parsePrefix, type Prefix } from '../net/prefix.ts';
import type { InwardRule, NatTable, OutwardRule } from '../model/nat-table.ts';
import { sameValue } from '../model/operation.ts';
import type { UnrecognisedTable } from '../model/state.ts';
import { hookOf, MARKER_CHAIN, NAT_CHAINS, NAT_TABLE_PREFIX, SOURCE_COMMENT, type NatChain } from './nft-chains.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What the listing holds of one table: its own object, its chains and rules by chain, and whatever else. */
interface Contents {
  table: Fields;
  readonly chains: Map<string, Fields>;
  readonly rules: Map<string, Fields[]>;
  readonly others: string[];
}

/**
 * The tables `ip parp_*` among the objects of `nft -j list ruleset`, as what `natScript` writes: its inverse. A table that holds
 * anything which it would not have written is given with the reason. Counters and handles do not count.
 */
export function recogniseNatTables(objects: readonly unknown[]): Record<string, NatTable | UnrecognisedTable> {
  const tables = new Map<string, Contents>();
  for (const object of objects) {
    const [kind, value] = Object.entries(fields(object))[0] ?? [];
    if (kind === undefined || kind === 'metainfo') continue;
    const content = fields(value);
    const name = kind === 'table' ? content['name'] : content['table'];
    if (content['family'] !== 'ip' || typeof name !== 'string' || !name.startsWith(NAT_TABLE_PREFIX)) continue;
    let contents = tables.get(name);
    if (contents === undefined) tables.set(name, (contents = { table: {}, chains: new Map(), rules: new Map(), others: [] }));
    collect(contents, kind, content);
  }
  return Object.fromEntries([...tables].map(([name, contents]) => [name, recognise(contents)]));
}

function collect(contents: Contents, kind: string, content: Fields): void {
  const name = content[kind === 'rule' ? 'chain' : 'name'];
  if (kind === 'table') contents.table = content;
  else if (typeof name !== 'string') contents.others.push(`${kind} without a name`);
  else if (kind === 'chain') contents.chains.set(name, content);
  else if (kind === 'rule') {
    const rules = contents.rules.get(name);
    if (rules === undefined) contents.rules.set(name, [content]);
    else rules.push(content);
  } else contents.others.push(`${kind} ${JSON.stringify(name)}`);
}

class Unrecognised extends Error {}

function recognise(contents: Contents): NatTable | UnrecognisedTable {
  try {
    return readTable(contents);
  } catch (error) {
    if (error instanceof Unrecognised) return { unrecognised: error.message };
    throw error;
  }
}

function readTable({ table, chains, rules, others }: Contents): NatTable {
  if (others[0] !== undefined) throw new Unrecognised(`it holds a foreign ${others[0]}`);
  for (const name of chains.keys()) {
    if (name !== MARKER_CHAIN && !NAT_CHAINS.some((chain) => chain === name)) {
      throw new Unrecognised(`it holds a foreign chain ${JSON.stringify(name)}`);
    }
  }
  const { comment, outside } = readMarker(chains.get(MARKER_CHAIN), rules.get(MARKER_CHAIN) ?? []);
  expectOnly(table, ['family', 'name', 'handle', 'comment'], 'the table');
  if (table['comment'] !== undefined && table['comment'] !== comment) throw new Unrecognised('its comment is not the one that parp wrote');
  for (const chain of NAT_CHAINS) checkHook(chain, chains.get(chain));
  return {
    comment,
    outside,
    inwards: readRules('prerouting', rules, (parts) => inwardOf(outside, parts)),
    outwards: readRules('postrouting', rules, (parts, comment) => outwardOf(outside, parts, comment)),
    guarded: readRules('input', rules, guardedOf),
  };
}

/** What nft's quoted strings can hold: another comment could not be written back. */
const COMMENT = /^[ !#-[\]-~]{1,120}$/;

function readMarker(chain: Fields | undefined, rules: readonly Fields[]): { comment: string; outside: LinkName } {
  const [rule] = rules;
  if (chain === undefined || rule === undefined || rules.length > 1) throw new Unrecognised('it does not say who made it');
  expectOnly(chain, ['family', 'table', 'name', 'handle'], `chain ${MARKER_CHAIN}`);
  const comment = rule['comment'];
  const name = fields(fields(expressions(rule)[0])['match'])['right'];
  const outside = parseLinkName(typeof name === 'string' ? name : '');
  const spoken = typeof comment === 'string' && COMMENT.test(comment);
  if (!spoken || !outside.ok || !sameValue(expressions(rule), [onLink('iifname', outside.value), { return: null }])) {
    throw new Unrecognised('it does not say who made it');
  }
  return { comment, outside: outside.value };
}

function checkHook(name: NatChain, chain: Fields | undefined): void {
  if (chain === undefined) throw new Unrecognised(`its chain ${name} is missing`);
  const { type, hook, prio } = hookOf(name);
  const { handle: _handle, table: _table, ...present } = chain;
  if (!sameValue(present, { family: 'ip', name, type, hook, prio, policy: 'accept' }))
    throw new Unrecognised(`its chain ${name} is hooked otherwise`);
}

type Read<R> = (parts: readonly unknown[], comment: unknown) => R | null;

/** Reads each rule by looking for its parts and then asking whether parp's rule of those parts would be this very one. */
function readRules<R>(chain: NatChain, rules: Contents['rules'], read: Read<R>): R[] {
  return (rules.get(chain) ?? []).map((rule, at) => {
    const what = `rule ${at + 1} of chain ${chain}`;
    const comment = rule['comment'];
    const spoken = chain === 'postrouting' && comment === SOURCE_COMMENT ? ['comment'] : [];
    expectOnly(rule, ['family', 'table', 'chain', 'handle', 'expr', ...spoken], what);
    const found = read(expressions(rule), comment);
    if (found === null) throw new Unrecognised(`${what} is not one that parp writes`);
    return found;
  });
}

function inwardOf(outside: LinkName, parts: readonly unknown[]): InwardRule | null {
  const target = matched(parts[1]);
  const port = matched(parts[2]);
  const { addr, port: toPort } = fields(fields(parts.at(-1))['dnat']);
  const protocol = fields(fields(fields(fields(parts[2])['match'])['left'])['payload'])['protocol'];
  const on = onLink('iifname', outside);
  const [one, to] = [ipv4(target), ipv4(addr)];
  if (one !== null && to !== null) {
    if (isPort(port) && isPort(toPort) && (protocol === 'tcp' || protocol === 'udp')) {
      const expected = [on, equals('ip', 'daddr', one), equals(protocol, 'dport', port), { dnat: { addr: to, port: toPort } }];
      return sameValue(parts, expected) ? { match: 'port', public: one, protocol, port, to, toPort } : null;
    }
    const expected = [on, equals('ip', 'daddr', one), { dnat: { addr: to } }];
    return sameValue(parts, expected) ? { match: 'address', public: one, private: to } : null;
  }
  const [outer, inner] = [prefixOf(target), netmapTarget(addr)];
  if (outer === null || inner === null) return null;
  const expected = [on, equals('ip', 'daddr', prefixJson(outer)), { dnat: netmap(inner) }];
  return sameValue(parts, expected) ? { match: 'prefix', public: outer, private: inner } : null;
}

function outwardOf(outside: LinkName, parts: readonly unknown[], comment: unknown): OutwardRule | null {
  const from = matched(parts[1]);
  const { addr } = fields(fields(parts[2])['snat']);
  const on = onLink('oifname', outside);
  const to = ipv4(addr);
  if (to !== null) {
    const source = prefixOf(from);
    const one = ipv4(from);
    if (source === null || !sameValue(parts, [on, equals('ip', 'saddr', prefixJson(source)), { snat: { addr: to } }])) return null;
    if (comment === SOURCE_COMMENT) return { match: 'source', source, public: to };
    return one === null ? null : { match: 'address', private: one, public: to };
  }
  const [inner, outer] = [prefixOf(from), netmapTarget(addr)];
  if (inner === null || outer === null || comment !== undefined) return null;
  const expected = [on, equals('ip', 'saddr', prefixJson(inner)), { snat: netmap(outer) }];
  return sameValue(parts, expected) ? { match: 'prefix', private: inner, public: outer } : null;
}

function guardedOf(parts: readonly unknown[]): Prefix | null {
  const prefix = prefixOf(matched(parts[0]));
  if (prefix === null) return null;
  return sameValue(parts, [equals('ip', 'daddr', prefixJson(prefix)), { drop: null }]) ? prefix : null;
}

function isPort(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffff;
}

function onLink(key: 'iifname' | 'oifname', link: LinkName): unknown {
  return { match: { op: '==', left: { meta: { key } }, right: link } };
}

function equals(protocol: string, field: string, right: unknown): unknown {
  return { match: { op: '==', left: { payload: { protocol, field } }, right } };
}

function matched(part: unknown): unknown {
  return fields(fields(part)['match'])['right'];
}

/** How nft lists a prefix that something is compared with: one of a single address as that address. */
function prefixJson(prefix: Prefix): unknown {
  const [addr, length] = prefix.split('/');
  return length === '32' ? addr : { prefix: { addr, len: Number(length) } };
}

function netmap(to: Prefix): unknown {
  const [addr, length] = to.split('/');
  return { addr: { prefix: { addr, len: Number(length) } }, flags: 'netmap' };
}

function netmapTarget(value: unknown): Prefix | null {
  return typeof value === 'string' ? null : prefixOf(value);
}

function prefixOf(value: unknown): Prefix | null {
  if (typeof value === 'string') return prefixFromText(`${value}/32`);
  const { addr, len } = fields(fields(value)['prefix']);
  return typeof addr === 'string' && typeof len === 'number' ? prefixFromText(`${addr}/${len}`) : null;
}

function prefixFromText(text: string): Prefix | null {
  const prefix = parsePrefix(text);
  return prefix.ok ? prefix.value : null;
}

function ipv4(value: unknown): Ipv4 | null {
  const address = parseIpv4(typeof value === 'string' ? value : '');
  return address.ok ? address.value : null;
}

/** The expressions of a rule; what newer versions of nft put in lists of one, or say though it is implied, as 1.0.6 does. */
function expressions(rule: Fields): readonly unknown[] {
  const list = rule['expr'];
  return Array.isArray(list) ? list.map(normalised) : [];
}

function normalised(part: unknown): unknown {
  const [verb, value] = Object.entries(fields(part))[0] ?? [];
  if (verb !== 'dnat' && verb !== 'snat') return part;
  const { family, flags, type_flags: types, ...rest } = fields(value);
  return {
    [verb]: {
      ...rest,
      ...(family === undefined || family === 'ip' ? {} : { family }),
      ...(flags === undefined ? {} : { flags: alone(flags) }),
      ...(types === undefined || alone(types) === 'prefix' ? {} : { type_flags: types }),
    },
  };
}

function alone(value: unknown): unknown {
  return Array.isArray(value) && value.length === 1 ? value[0] : value;
}

function expectOnly(content: Fields, keys: readonly string[], what: string): void {
  const extra = Object.keys(content).find((key) => !keys.includes(key));
  if (extra !== undefined) throw new Unrecognised(`${what} has a foreign ${extra}`);
}

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}
