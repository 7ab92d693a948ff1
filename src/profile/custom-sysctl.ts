import { milliseconds } from '../net/duration.ts';
import { parseDuration } from '../net/duration.ts';
import { parseLinkName } from '../net/link-name.ts';
import { parsed, unparsed, type Parsed } from '../net/parsed.ts';
import {
  CONF_KEYS,
  IP_FORWARD,
  IP_NONLOCAL_BIND,
  NEIGH_KEYS,
  parseSysctlPath,
  sysctlParts,
  type NeighKey,
  type SysctlPath,
} from '../net/sysctl-path.ts';
import { spotOf, type Report } from './problem.ts';
import type { Custom } from './profile.ts';
import { suggest } from './suggest.ts';

/** Reads the switches of a custom profile. The kernel takes any number for most of them, so the values are checked here. */
export function readSysctls(raw: Readonly<Record<string, string | number | boolean>>, report: Report): Custom['sysctl'] {
  const read: { readonly path: SysctlPath; readonly value: string }[] = [];
  const seen = new Map<SysctlPath, string>();
  for (const [text, given] of Object.entries(raw)) {
    const at = ['sysctl', text];
    const path = parseSysctl(text);
    if (!path.ok) {
      report.at(at, path.code, path.problem, { part: 'key', instead: path.instead });
      continue;
    }
    const first = seen.get(path.value);
    if (first !== undefined) {
      report.at(at, 'duplicate-sysctl', (line) => `${path.value} is set on ${line} already`, {
        part: 'key',
        elsewhere: spotOf(report, ['sysctl', first], 'key'),
      });
      continue;
    }
    seen.set(path.value, text);
    const value = parseSysctlValue(path.value, given);
    if (value.ok) read.push({ path: path.value, value: value.value });
    else report.at(at, value.code, value.problem, { instead: value.instead });
  }
  return read;
}

/** Parses a switch by its path, or by its dotted name where no interface with a dot makes that ambiguous. */
function parseSysctl(text: string): Parsed<SysctlPath> {
  const slashed = text.includes('/') ? parsed(text) : fromDotted(text);
  if (!slashed.ok) return slashed;
  const path = parseSysctlPath(slashed.value);
  if (!path.ok) return nearSysctl(text, path.problem);
  const { group, holder, key } = sysctlParts(path.value);
  if (group === 'global') return path;
  const keys: readonly string[] = group === 'conf' ? CONF_KEYS : NEIGH_KEYS;
  const prefix = path.value.slice(0, -key.length);
  if (!keys.includes(key)) {
    const instead = suggest(key, keys);
    return unparsed(
      'unknown-sysctl',
      `"${key}" is no switch of net/ipv4/${group} that parp knows`,
      instead === undefined ? undefined : `${prefix}${instead}`,
    );
  }
  if (group === 'conf' && (holder === 'all' || holder === 'default')) return path;
  if (group === 'neigh' && holder === 'default')
    return unparsed('bad-sysctl-path', 'Only interfaces have their own neighbour switches: name one instead of default');
  const link = parseLinkName(holder);
  return link.ok ? path : unparsed(link.code, link.problem, link.instead);
}

/** `net.ipv4.conf.eth0.proxy_arp` has five parts; with more of them, the interface has a dot in its name, or the key is wrong. */
function fromDotted(text: string): Parsed<string> {
  const parts = text.split('.');
  const [net, family, group, ...rest] = parts;
  const interfaces = net === 'net' && family === 'ipv4' && (group === 'conf' || group === 'neigh');
  if (!interfaces || rest.length <= 2) return parsed(parts.join('/'));
  const path = [net, family, group, rest.slice(0, -1).join('.'), rest.at(-1)].join('/');
  return unparsed('ambiguous-sysctl', `"${text}" could be cut in several ways: write the path with slashes`, path);
}

function nearSysctl(text: string, problem: string): Parsed<never> {
  const near = suggest(text.replaceAll('.', '/'), [IP_FORWARD, IP_NONLOCAL_BIND]);
  return unparsed('bad-sysctl-path', problem, near);
}

/** The values that each switch really knows (Documentation/networking/ip-sysctl.rst); the others are off and on. */
const RANGES: ReadonlyMap<string, readonly [number, number]> = new Map([
  ['arp_accept', [0, 2]],
  ['arp_announce', [0, 2]],
  ['arp_ignore', [0, 8]],
  ['rp_filter', [0, 2]],
  ['medium_id', [-1, 0x7fffffff]],
  ['proxy_qlen', [0, 0x7fffffff]],
]);
const RESERVED: ReadonlyMap<string, readonly number[]> = new Map([['arp_ignore', [4, 5, 6, 7]]]);
const OFF_AND_ON: readonly [number, number] = [0, 1];

/** The whole numbers that a switch of on and off or of a few modes knows. */
export function numbersOf(key: string): { readonly least: number; readonly most: number; readonly reserved: readonly number[] } {
  const [least, most] = RANGES.get(key) ?? OFF_AND_ON;
  return { least, most, reserved: RESERVED.get(key) ?? [] };
}

/** The switches that are times. */
export const DELAY_KEYS: ReadonlySet<string> = new Set<NeighKey>(['proxy_delay', 'locktime']);

const LONGEST_DELAY = milliseconds(86_400_000);
/** proxy_delay and locktime are counted in USER_HZ, 1/100 s. */
const TICK_MS = 10;
/** What a delay may be as the kernel counts it. */
export const MOST_TICKS = LONGEST_DELAY / TICK_MS;

/** The value as the kernel shows it: decimal, and for delays milliseconds with their unit. */
function parseSysctlValue(path: SysctlPath, given: string | number | boolean): Parsed<string> {
  const { group, key } = sysctlParts(path);
  const text = typeof given === 'boolean' ? String(Number(given)) : String(given);
  if (group === 'neigh' && DELAY_KEYS.has(key)) return parseDelay(key, text);
  if (!/^(?:0|-?[1-9]\d*)$/.test(text)) {
    const digits = /^(-?)0+(\d+)$/.exec(text);
    const instead = digits === null ? undefined : `${digits[1]}${digits[2]}`;
    return unparsed('bad-sysctl-value', `"${text}" is no whole number in decimal, as ${key} needs it`, instead);
  }
  const { least, most, reserved } = numbersOf(key);
  const value = Number(text);
  if (value >= least && value <= most && !reserved.includes(value)) return parsed(String(value));
  const gap = reserved.length === 0 ? '' : `, without ${reserved[0]} to ${reserved.at(-1)}`;
  return unparsed('sysctl-out-of-range', `${key} knows the values ${least} to ${most}${gap}, not ${text}`);
}

function parseDelay(key: string, text: string): Parsed<string> {
  const bare = /^(?:0|[1-9]\d{0,11})$/.test(text) ? `${Number(text) * TICK_MS}ms` : text;
  const delay = parseDuration(bare);
  if (!delay.ok)
    return unparsed(
      'bad-sysctl-value',
      `"${text}" is no value of ${key}: give a time such as 800ms, or the kernel's number of 1/100 s`,
      delay.instead,
    );
  if (delay.value > LONGEST_DELAY) return unparsed('sysctl-out-of-range', `${key} of ${text} is longer than a day`);
  return parsed(`${delay.value}ms`);
}
