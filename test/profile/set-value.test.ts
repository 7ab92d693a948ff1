import { describe, expect, it } from 'vitest';
import type { Draft } from '../../src/profile/draft.ts';
import type { ProfileKind } from '../../src/profile/schema.ts';
import { withSet } from '../../src/profile/set-value.ts';

function drafted(kind: ProfileKind, ...texts: readonly string[]): Draft {
  return texts.reduce<Draft>((draft, text) => {
    const next = withSet(draft, kind, text);
    if (!next.ok) throw new Error(next.problem);
    return next.value;
  }, {});
}

describe('withSet()', () => {
  it.each<[string, ProfileKind, readonly string[], Draft]>([
    [
      'maps in lists',
      'pseudo-bridge',
      ['segments.1.interface=eth1', 'segments.0.interface=100'],
      { segments: [{ interface: '100' }, { interface: 'eth1' }] },
    ],
    [
      'lists of text',
      'pseudo-bridge',
      ['segments.0.hosts=10.0.0.1, 10.0.0.4 - 10.0.0.9'],
      { segments: [{ hosts: ['10.0.0.1', '10.0.0.4-10.0.0.9'] }] },
    ],
    ['empty lists', 'private-vlan', ['addresses='], { addresses: [] }],
    ['places in brackets', 'nat-proxy', ['nat[0].port=443', 'nat[0].protocol=tcp'], { nat: [{ port: 443, protocol: 'tcp' }] }],
    [
      'numbers, switches and words',
      'nat-proxy',
      ['manage_nat=false', 'probe=rfc5227', 'announce.rate=unlimited', 'announce.rounds=2'],
      { manage_nat: false, probe: 'rfc5227', announce: { rate: 'unlimited', rounds: 2 } },
    ],
    ['false for a map', 'custom', ['announce=false'], { announce: false }],
    [
      'switches by their path, dots included',
      'custom',
      ['sysctl.net/ipv4/conf/eth0.100/proxy_arp=1'],
      { sysctl: { 'net/ipv4/conf/eth0.100/proxy_arp': 1 } },
    ],
    ['lists of codes', 'custom', ['accept_risks=arp-ignore,forward-drop'], { accept_risks: ['arp-ignore', 'forward-drop'] }],
    ['texts that hold =', 'custom', ['description=a=b'], { description: 'a=b' }],
    ['what it does not know, for the diagnostics', 'custom', ['adresses=1'], { adresses: 1 }],
    [
      'what is wrong, for the diagnostics',
      'nat-proxy',
      ['nat.0.port=http', 'accept_risks=x'],
      { nat: [{ port: 'http' }], accept_risks: ['x'] },
    ],
    ['a later value over an earlier one', 'private-vlan', ['name=a', 'name=b'], { name: 'b' }],
  ])('takes %s', (_what, kind, texts, draft) => expect(drafted(kind, ...texts)).toEqual(draft));

  it.each(['name', '=x', 'segments..interface=eth0', 'segments.1000.interface=eth0', 'kind=custom'])('refuses %s', (text) => {
    expect(withSet({}, 'pseudo-bridge', text).ok).toBe(false);
  });

  it('makes no other objects of names that are special to JavaScript', () => {
    const draft = drafted('custom', '__proto__.polluted=1');
    expect(Object.hasOwn(draft, '__proto__')).toBe(true);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });
});
