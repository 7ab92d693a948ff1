import { PARP_PROTOCOL, type Kind, type Operation, type RouteValue, type Subjects, type Values } from '../../src/model/operation.ts';
import { parseIpv4, type Ipv4 } from '../../src/net/ipv4.ts';
import { kernelLinkName } from '../../src/net/link-name.ts';
import { must } from '../../src/net/parsed.ts';
import { parseInterfaceAddress, parsePrefix, type Prefix } from '../../src/net/prefix.ts';
import { parseSysctlPath } from '../../src/net/sysctl-path.ts';

// Operations in a few words, for tests.

export const link = kernelLinkName;
export const ip = (text: string): Ipv4 => must(parseIpv4(text));
export const prefix = (text: string): Prefix => must(parsePrefix(text));

export function operation<K extends Kind>(kind: K, subject: Subjects[K], from: Values[K] | null, to: Values[K] | null): Operation {
  return { kind, subject, from, to } as Operation;
}

export function sysctl(path: string, from: string, to: string): Operation {
  return operation('sysctl', must(parseSysctlPath(path)), from, to);
}

export function address(text: string, on: string, scope: Values['address']['scope'] = 'global'): Operation {
  return operation('address', { address: must(parseInterfaceAddress(text)), interface: link(on) }, null, { scope });
}

/** Adds a route of parp's own over a link, or whatever `value` makes of it. */
export function route(to: string, on: string | null, value: Partial<RouteValue> = {}, subject: Partial<Subjects['route']> = {}): Operation {
  const hop = on === null ? {} : { interface: link(on) };
  const whole: RouteValue = { type: 'unicast', scope: 'link', protocol: PARP_PROTOCOL, ...hop, ...value };
  return operation('route', { to: prefix(to), table: 254, metric: 0, ...subject }, null, whole);
}

export function proxy(text: string, on: string): Operation {
  return operation('proxy', { address: ip(text), interface: link(on) }, null, { protocol: PARP_PROTOCOL });
}
