import { describe, expect, it } from 'vitest';
import { WriteRefused } from '../../src/engine/backend.ts';
import { interfaceIndex } from '../../src/host/libc.ts';
import { byNumber, countMeant, numbersOf } from '../../src/host/links-meant.ts';
import { writeSysctl } from '../../src/host/sysctl-files.ts';
import type { LinkIdentities } from '../../src/model/link-identity.ts';
import { confPath } from '../../src/net/sysctl-path.ts';
import { address, link, proxy, route, sysctl } from '../support/operations.ts';

const lo = interfaceIndex('lo');
const known = (index: number): LinkIdentities => ({ lo: { index, mac: null } });
const operations = [route('10.0.0.9/32', 'nix'), sysctl('net/ipv4/conf/lo/proxy_arp', '0', '1'), proxy('10.0.0.9', 'lo')];

describe('countMeant()', () => {
  it('counts all operations where each name means what it meant', () => {
    expect(countMeant(operations, known(lo))).toBe(3);
    expect(countMeant(operations, {}), 'of nothing is anything known').toBe(3);
  });

  it('counts those before the first that names another interface, and refuses that one', () => {
    expect(countMeant(operations, known(lo + 1))).toBe(1);
    const refusing = (): number => countMeant(operations.slice(1), known(lo + 1));
    expect(refusing).toThrow('Write net/ipv4/conf/lo/proxy_arp = 1: "lo" is another interface meanwhile, or gone (ENODEV)');
    expect(refusing).toThrow(WriteRefused);
  });

  it('refuses where the interface is gone', () => {
    expect(() => countMeant(operations, { nix: { index: 9, mac: null } })).toThrow('"nix" is another interface meanwhile, or gone');
  });
});

describe('byNumber()', () => {
  it('names known interfaces by their numbers, and only interfaces', () => {
    const numbers = numbersOf([address('10.0.0.1/32', 'lo'), route('10.0.0.9/32', 'nix')], known(lo));
    expect([...numbers]).toEqual([['lo', `if${lo}`]]);
    expect(byNumber(['addr', 'add', '10.0.0.1/32', 'dev', 'lo'], numbers)).toEqual(['addr', 'add', '10.0.0.1/32', 'dev', `if${lo}`]);
    expect(byNumber(['route', 'add', '10.0.0.9/32', 'dev', 'nix', 'proto', 'lo'], numbers).slice(-3)).toEqual(['nix', 'proto', 'lo']);
    const odd = new Map([['dev', 'if7']]);
    expect(byNumber(['neigh', 'add', 'proxy', '10.0.0.9', 'dev', 'dev', 'protocol', '97'], odd).slice(4, 7)).toEqual([
      'dev',
      'if7',
      'protocol',
    ]);
  });
});

describe('writeSysctl()', () => {
  it.skipIf(process.getuid?.() !== 0)('writes nothing where the file is said not to be the one that is meant', () => {
    const path = confPath(link('lo'), 'proxy_arp');
    expect(writeSysctl(path, '7', () => false)).toEqual({ ok: false, errno: 'ENODEV' });
  });
});
