import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isLinkGlob, kernelLinkName, linkGlobMatches, parseLinkGlob, parseLinkName } from '../../src/net/link-name.ts';

describe('parseLinkName()', () => {
  it.each(['eth0', 'eth0.100', 'br-lan', 'lo', 'veth1@if2', '0', '_x', 'a23456789012345', 'wlp0s20f3'])('takes %s', (text) => {
    expect(parseLinkName(text)).toEqual({ ok: true, value: text });
  });

  it.each([
    '',
    'all',
    'default',
    '.',
    '..',
    '../x',
    'a/b',
    'a:b',
    'a b',
    '-rf',
    '.hidden',
    '$(id)',
    ';x',
    '%s',
    'a%d',
    'x\u0001',
    'a234567890123456',
    'eth*',
    'ethö',
    'eth0\n',
  ])('refuses %j', (text) => {
    expect(parseLinkName(text)).toMatchObject({ ok: false, code: 'bad-interface-name' });
  });

  it('takes nothing that could leave its folder of /proc/sys', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 20, unit: 'binary' }), (text) => {
        const result = parseLinkName(text);
        if (result.ok) expect(text).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_.@-]{0,14}$/);
      }),
    );
  });
});

describe('kernelLinkName()', () => {
  it('takes whatever the kernel says', () => expect(kernelLinkName('$(id)')).toBe('$(id)'));
});

describe('parseLinkGlob()', () => {
  it.each(['guest*', 'eth?', 'eth[0-3]', 'eth[!0]', '*', '[ab]*', 'guest-a*', 'z-a?'])('takes %s', (text) => {
    expect(isLinkGlob(text)).toBe(true);
    expect(parseLinkGlob(text)).toEqual({ ok: true, value: text });
    expect(() => linkGlobMatches(text, 'eth0')).not.toThrow();
  });

  it.each(['eth[', 'eth[]', 'eth[!]', 'eth[3-0]', 'a/*', 'a *', '-*', '$*', `${'a'.repeat(64)}*`])('refuses %s', (text) => {
    expect(parseLinkGlob(text)).toMatchObject({ ok: false, code: 'bad-interface-pattern' });
  });
});

describe('linkGlobMatches()', () => {
  it.each<[string, string, boolean]>([
    ['guest*', 'guest', true],
    ['guest*', 'guest12', true],
    ['guest*', 'myguest', false],
    ['eth?', 'eth0', true],
    ['eth?', 'eth10', false],
    ['eth[0-3]', 'eth3', true],
    ['eth[0-3]', 'eth4', false],
    ['eth[!0]', 'eth1', true],
    ['eth[!0]', 'eth0', false],
    ['eth0.1*', 'eth0.10', true],
    ['eth0.1*', 'eth0x10', false],
    ['a@*', 'a@b', true],
    ['*', '\n\u{1f600}', true],
    ['eth0', 'eth0', true],
  ])('%s on %j: %s', (glob, name, matches) => expect(linkGlobMatches(glob, name)).toBe(matches));
});
