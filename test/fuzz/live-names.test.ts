import { execFileSync } from 'node:child_process';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseIpJson } from '../../src/host/ip-json.ts';
import { readLinks } from '../../src/host/iproute2-state.ts';
import { hasSysctls } from '../../src/host/sysctl-files.ts';
import { isHold, type Operation } from '../../src/model/operation.ts';
import type { AddressEntry, HostState } from '../../src/model/state.ts';
import { undo } from '../../src/model/undo.ts';
import type { Profile } from '../../src/profile/profile.ts';
import { kernelLinkName, type LinkName } from '../../src/net/link-name.ts';
import { must } from '../../src/net/parsed.ts';
import { parseInterfaceAddress } from '../../src/net/prefix.ts';
import { CONF_KEYS, confPath, NEIGH_KEYS, neighPath, type SysctlPath } from '../../src/net/sysctl-path.ts';
import { argvOf } from '../../src/render/argv.ts';
import { changeLines, leftWords } from '../../src/render/plan-text.ts';
import { shellOf, shellWord } from '../../src/render/shell.ts';
import { operationWords, subjectWords, valueWords } from '../../src/render/words.ts';
import { freshHost } from '../support/memory-kernel.ts';
import { address, operation, proxy, route } from '../support/operations.ts';
import { OFFICE } from '../support/plain-profiles.ts';
import { profileFrom } from '../support/profile-text.ts';
import { INHERITED, ODD_TEXTS, UNSEEN } from './dictionary.ts';
import { fuzz, FUZZ_TIMEOUT, law, type Target } from './harness.ts';
import { bytesOf } from './mutate.ts';
import { shownPlan } from './plan-shown.ts';
import { Random } from './random.ts';
import { isPrintable } from './unseen.ts';

/** dev_valid_name() and __dev_alloc_name(): no white space as the kernel sees it (also 0xa0), no `/` and `:`, no `%`. */
function isNameByte(byte: number): boolean {
  return !(byte === 0 || (byte >= 9 && byte <= 13) || byte === 0x20 || byte === 0xa0 || byte === 0x2f || byte === 0x3a || byte === 0x25);
}

const PIECES = [
  ...ODD_TEXTS,
  ...UNSEEN,
  ...INHERITED,
  'eth0',
  "'",
  '"',
  '\\',
  '$',
  '`',
  '!',
  '*',
  '?',
  '[',
  ']',
  '|',
  '&',
  ';',
  '<',
  '>',
  '#',
  '~',
  '=',
];

/** Any name that the kernel takes for an interface, as bytes: whatever stands in them. */
function liveName(random: Random): Uint8Array {
  for (;;) {
    const count = random.between(1, 4);
    const parts = Array.from({ length: count }, () =>
      random.chance(0.7) ? bytesOf(random.pick(PIECES)) : random.bytes(random.between(1, 15)),
    );
    const name = Uint8Array.from(Buffer.concat(parts).filter(isNameByte).subarray(0, 15));
    // Its folders of switches have the names of two more.
    if (name.length > 0 && !['.', '..', 'all', 'default'].includes(Buffer.from(name).toString('latin1'))) return name;
  }
}

/** What `ip -json link show` prints: the bytes as they are, but for those that iproute2 escapes (json_writer.c, jsonw_puts). */
function listing(names: readonly Uint8Array[]): string {
  const objects = names.map((name, at) => {
    const escaped = Buffer.concat(Array.from(name, (byte) => Buffer.from(ESCAPED.get(byte) ?? [byte])));
    return Buffer.concat([
      Buffer.from(`{"ifindex":${at + 2},"ifname":"`),
      escaped,
      Buffer.from(`","flags":["UP","LOWER_UP"],"mtu":1500,"link_type":"[1]","address":"02:00:00:00:00:0${at}"}`),
    ]);
  });
  const separated = objects.flatMap((object, at) => (at === 0 ? [object] : [Buffer.from(','), object]));
  return Buffer.concat([Buffer.from('['), ...separated, Buffer.from(']\n')]).toString('utf8');
}

const ESCAPED = new Map(
  [
    [0x08, String.raw`\b`],
    [0x22, String.raw`\"`],
    [0x5c, String.raw`\\`],
  ].map(([byte, text]) => [Number(byte), Buffer.from(String(text))]),
);

/** A host with these links, one address and one neighbour on each, and the switches that parp finds. */
function hostWith(links: HostState['links']): HostState {
  const host = freshHost([]);
  const sysctls: Record<SysctlPath, string> = { ...host.sysctls };
  for (const { name } of links) {
    if (!hasSysctls(name)) continue;
    for (const key of CONF_KEYS) sysctls[confPath(name, key)] = '0';
    for (const key of NEIGH_KEYS) sysctls[neighPath(name, key)] = key === 'proxy_qlen' ? '64' : '800ms';
  }
  return { ...host, links: [...host.links, ...links], sysctls };
}

/** Something of each kind that is done to a link. */
function operationsOn(link: LinkName): Operation[] {
  return [
    operation('sysctl', confPath(link, 'proxy_arp'), '0', '1'),
    operation('sysctl', neighPath(link, 'proxy_delay'), '800ms', '0ms'),
    address('10.3.0.1/24', link),
    route('10.0.0.9/32', link),
    proxy('10.0.0.9', link),
  ];
}

const EVERY_LINK = profileFrom('version: 1\nkind: private-vlan\nname: guests\ninterfaces: ["*"]\n');
const TWO_LINKS = profileFrom(OFFICE);

interface Live {
  readonly given: readonly Uint8Array[];
  /** What is planned on such a host: for some of them alone, as that takes the most time. */
  readonly profile: Profile | null;
}

const names: Target<Live> = {
  name: 'live-names',
  generate: (random) => ({
    given: Array.from({ length: random.few(4) }, () => liveName(random)),
    profile: random.pick([EVERY_LINK, EVERY_LINK, TWO_LINKS, null, null, null, null]),
  }),
  run({ given, profile }) {
    const links = readLinks(parseIpJson(listing(given)).flat());
    const expected = given.map((name) => Buffer.from(name).toString('utf8'));
    law(JSON.stringify(links.map(({ name }) => name)) === JSON.stringify(expected), 'each interface is listed by its name');
    const host = hostWith(links);
    for (const path of Object.keys(host.sysctls)) law(staysInside(path), `${path} stays inside its folder`);
    for (const { name } of links) checkShown(operationsOn(name));
    if (profile !== null) {
      const { operations } = shownPlan([profile], host);
      checkShown(operations);
      checkShown(undo(operations, host).operations);
    }
    return links.every(({ name }) => hasSysctls(name)) ? 'accepted' : 'refused';
  },
};

/** net/ipv4/GROUP/INTERFACE/KEY with none of them empty or leading elsewhere. */
function staysInside(path: string): boolean {
  return (
    posix.resolve('/proc/sys', path) === `/proc/sys/${path}` &&
    /^net\/ipv4\/(ip_\w+|(conf|neigh)\/[^/]+\/\w+)$/.test(path) &&
    !path.includes('\0')
  );
}

function checkShown(operations: readonly Operation[]): void {
  for (const { text } of changeLines(operations, new Set())) law(isPrintable(text), `${JSON.stringify(text)} can be shown`);
  for (const one of operations) {
    for (const words of [operationWords(one), subjectWords(one), valueWords(one.kind, one.to)])
      law(isPrintable(words), `${JSON.stringify(words)} can be shown`);
    if (one.kind === 'nat' || isHold(one)) continue;
    const read = shellOf([one]).map(wordsOf);
    law(JSON.stringify(read) === JSON.stringify(argvOf(one)), 'a shell reads back what is run');
    for (const line of shellOf([one])) law(isPrintable(line), `${JSON.stringify(line)} can be shown`);
  }
}

/** How a POSIX shell takes apart what is quoted here; throws for anything that it would do more with. */
function wordsOf(line: string): string[] {
  const words: string[] = [];
  for (let rest = line; rest !== '';) {
    const word = /^(?:'[^']*'|\\'|"\$\(printf '(?:\\[0-7]{3})+'\)"|[\w.,:@/=+-])+(?= |$)/u.exec(rest)?.[0];
    if (word === undefined) throw new Error(`A shell would not take ${JSON.stringify(rest)} for a word`);
    words.push(word.replaceAll(/"\$\(printf '([^']*)'\)"|'([^']*)'|\\(')/gu, unquoted));
    rest = rest.slice(word.length + 1);
  }
  return words;
}

function unquoted(_whole: string, octal: string | undefined, text: string | undefined, quote: string | undefined): string {
  if (octal === undefined) return text ?? quote ?? '';
  return Buffer.from(
    octal
      .slice(1)
      .split('\\')
      .map((digits) => Number.parseInt(digits, 8)),
  ).toString('utf8');
}

describe('names of live interfaces', () => {
  it(
    'are listed, planned with and shown, whatever bytes they have',
    async () => {
      const { accepted, refused } = await fuzz(names);
      expect(accepted).toBeGreaterThan(100);
      // Names that JavaScript, unlike the kernel, takes for having white space: their switches are passed over.
      expect(refused).toBeGreaterThan(0);
    },
    FUZZ_TIMEOUT,
  );

  it('are read back by a real shell', () => {
    const random = new Random(1);
    const words = Array.from({ length: 500 }, () => kernelLinkName(Buffer.from(liveName(random)).toString('utf8')));
    const shown = execFileSync('sh', ['-s'], { input: `printf '%s\\0' ${words.map(shellWord).join(' ')}\n`, encoding: 'utf8' });
    expect(shown.split('\0').slice(0, -1)).toEqual(words);
  });

  it('are seen in the reason why an address is left', () => {
    const link = kernelLinkName('g\u001b[31m');
    const entries = ['10.0.0.1/24', '10.0.0.2/24'].map((text, at): AddressEntry => {
      const entry = { address: must(parseInterfaceAddress(text)), interface: link, scope: 'global' } as const;
      return at === 0 ? entry : { ...entry, secondary: true };
    });
    const { left } = undo([address('10.0.0.1/24', link)], { ...freshHost([]), addresses: entries });
    expect(left.map(leftWords)).toEqual([expect.stringContaining(String.raw`dev g\x1b[31m`)]);
  });
});
