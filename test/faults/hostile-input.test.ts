// The story: somebody wants root's parp to choke on a file, to read another one than it checked, to write where it should not, or to make the
// administrator's terminal obey. Each way is tried on the program as it is shipped: what it is given is refused in few words, it neither dies
// nor hangs, and the kernel has seen no write; or it is harmless, and means what it says.
import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { programPath, type ChildOptions, type Ended } from '../../src/lab/child-process.ts';
import { differences, type Snapshot } from '../../src/lab/snapshot.ts';
import { CAN_BUILD, PARP, useNetwork, type ParpEnd } from '../support/namespaces.ts';
import { OFFICE, TWO_WIRES } from '../support/plain-profiles.ts';
import { expectRefusal } from '../support/refusal.ts';
import { LONG, SEED, tally } from '../support/tally.ts';
import { eachOfSweep } from '../support/sampled.ts';

/** Nothing that parp is given keeps it longer than that, however busy the machine is. */
const WITHOUT_HANGING: ChildOptions = { timeoutMs: 30_000 };
/** For a test of the long run. */
const PATIENCE = { timeout: LONG ? 1_800_000 : 120_000 };
const STRANGER = 54_321;
const GOOD = 'version: 1\nkind: custom\nname: good\n';

/** What a terminal obeys, or shows as something else than it is; a line break ends a line. */
const OBEYED = /[^\P{C}\n]|[\u2028\u2029]/u;

interface Diagnostic {
  readonly code: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

describe.skipIf(!CAN_BUILD)('hostile input', () => {
  const net = useNetwork(TWO_WIRES);
  let folder = '';
  let before: Snapshot;

  beforeAll(async () => {
    before = await net.snapshot('router');
  });
  beforeAll(() => {
    // Without it not all of this is proven.
    programPath('strace');
    folder = mkdtempSync(`${net.lab.folder}/input-`);
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { mode: 0o755 });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const parp = async (args: readonly string[], options: ChildOptions = {}): Promise<ParpEnd> =>
    net.parp('router', args, { ...WITHOUT_HANGING, ...options });

  function write(name: string, content: string | Uint8Array, mode = 0o644): string {
    const path = `${folder}/${name}`;
    writeFileSync(path, content);
    chmodSync(path, mode);
    return path;
  }

  async function nothingHasChanged(): Promise<void> {
    expect(differences(before, await net.snapshot('router'))).toEqual([]);
  }

  /** What `parp validate` finds wrong with each of the files, all of which one process reads. */
  async function mistakesIn(files: readonly string[]): Promise<Diagnostic[][]> {
    const { exitCode, json } = await parp(['--json', 'validate', ...files]);
    const { diagnostics } = json as unknown as { diagnostics: Diagnostic[] };
    expect(exitCode).toBe(diagnostics.length === 0 ? 0 : 3);
    return files.map((path) => diagnostics.filter(({ file }) => file === path));
  }

  describe('that is huge once it is read', () => {
    /**
     * Has validate and apply refuse each text from a file, and plan from standard input, all three the first text and in turn the others; prints
     * the times, and gives how many were refused.
     */
    async function refusedFast(row: string, files: ReadonlyMap<string, string>, codes: RegExp): Promise<number> {
      const since = performance.now();
      expect((await parp(['validate', write('good.yaml', GOOD)])).exitCode).toBe(0);
      const usual = performance.now() - since;
      for (const [at, [what, text]] of [...files].entries()) {
        const path = write('hostile.yaml', text);
        const times: string[] = [];
        const ways = [[['validate', path]], [['plan', '-'], text], [['apply', path]]] as const;
        for (const [args, input] of ways.filter((_, way) => LONG || at === 0 || way === at % ways.length)) {
          const began = performance.now();
          const end = await parp(['--json', ...args], input === undefined ? {} : { input });
          times.push(`${args[0]} ${Math.round(performance.now() - began)} ms`);
          const found = (end.json as unknown as { diagnostics: Diagnostic[] }).diagnostics;
          expect({ what, exitCode: end.exitCode, signal: end.signal }).toEqual({ what, exitCode: 3, signal: null });
          expect(found[0]?.code, what).toMatch(codes);
          expect(found.length, what).toBeLessThanOrEqual(21);
          expect(end.stderr.length, `${what}: few words`).toBeLessThan(40_000);
          if (args[0] === 'validate') expect(end.stdout.length, `${what}: few words`).toBeLessThan(40_000);
        }
        console.log(`${row} ${what} (${text.length} characters): ${times.join(', ')}; a good profile ${Math.round(usual)} ms`);
      }
      await nothingHasChanged();
      return files.size;
    }

    it('#91 a bomb of aliases is refused before any is followed', async () => {
      const rows = Array.from('bcdefghi', (name, at) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[at]}`).join(',')}]\n`);
      const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${rows.join('')}`;
      expect(bomb.length).toBeLessThan(309);
      expect(await refusedFast('#91', new Map([['a bomb of aliases', bomb]]), /^yaml-(alias|anchor)$/)).toBe(1);
    });

    it('#92 what is nested too deeply is refused, also a second time in one process', async () => {
      const deep = new Map(
        [1000, 50_000].flatMap((depth) => [
          [`${depth} [`, '['.repeat(depth)],
          [`${depth} {a: `, '{a: '.repeat(depth)],
          [`${depth} - `, '- '.repeat(depth)],
          [`${depth} [ that are closed`, `${'['.repeat(depth)}1${']'.repeat(depth)}`],
          [`${depth} [ inside of a profile`, `${OFFICE}description: ${'['.repeat(depth)}`],
        ]),
      );
      const files = [...deep.values()].map((text, at) => write(`${at}.yaml`, text));
      const { exitCode, json } = await parp(['--json', 'validate', ...files, ...files, write('good.yaml', GOOD)]);
      const { diagnostics } = json as unknown as { diagnostics: Diagnostic[] };
      expect(exitCode).toBe(3);
      expect(diagnostics.map(({ file, code }) => ({ file, code }))).toEqual(
        [...files, ...files].map((file) => ({ file, code: 'nested-too-deeply' })),
      );
      expect(json['profiles'], 'what comes behind is read as ever').toMatchObject([{ name: 'good' }]);
      const [one, other] = ['1000 [', '50000 ['];
      await refusedFast('#92', new Map([one, other].map((what) => [what, deep.get(what) ?? ''])), /^nested-too-deeply$/);
    });

    it('#93 what is long beyond measure is refused in few words', PATIENCE, async () => {
      const lines = (count: number, line: (at: number) => string): string => Array.from({ length: count }, (_, at) => line(at)).join('');
      const huge = new Map([
        ['100,000 keys', GOOD + lines(100_000, (at) => `key${at}: 1\n`)],
        ['100,000 keys of a map', `${GOOD}sysctl:\n${lines(100_000, (at) => `  key${at}: 1\n`)}`],
        ['a text of 10 MB', `${GOOD}accept_risks: ${'a'.repeat(10_000_000)}\n`],
        ['a name of 10 MB', `version: 1\nkind: custom\nname: ${'a'.repeat(10_000_000)}\n`],
        ['an address of 10 MB', `${GOOD}proxies: [{ interface: eth0, address: "${'1.'.repeat(5_000_000)}" }]\n`],
        ['200,000 items between brackets', `[${'a,'.repeat(200_000)}]`],
        ['200,000 items of a list', `${GOOD}accept_risks: [${'a,'.repeat(200_000)}]\n`],
        ['200,000 items of a list of a list', OFFICE.replace('192.168.0.66', '1,'.repeat(200_000))],
      ]);
      expect(await refusedFast('#93', huge, /./)).toBe(huge.size);
    });

    it('#93 a list that is right, and longer than anybody has interfaces, is planned like others', PATIENCE, async () => {
      const count = LONG ? 140_000 : 70_000;
      const list = (item: (at: number) => string): string => Array.from({ length: count }, (_, at) => `${item(at)}\n`).join('');
      const lists = [
        `version: 1\nkind: private-vlan\nname: x\ninterfaces:\n${list((at) => `  - i${at}`)}`,
        `${GOOD}sysctl:\n${list((at) => `  net/ipv4/conf/i${at}/proxy_arp: 1`)}`,
      ];
      for (const text of LONG ? lists : lists.slice(0, 1)) {
        const began = performance.now();
        const { exitCode, stderr, stdout } = await parp(['plan', write('x.yaml', text)], { timeoutMs: 120_000 });
        console.log(`#93 a list of ${count}: plan ${Math.round(performance.now() - began)} ms`);
        expect({ exitCode, stderr }).toEqual({ exitCode: 4, stderr: '' });
        expect(stdout).toContain(`Refused for ${count} reasons`);
      }
      await nothingHasChanged();
    });
  });

  describe('as text', () => {
    const custom = (line: string): string => `version: 1\nkind: custom\n${line}`;
    const bytes = (...parts: (string | readonly number[])[]): Uint8Array =>
      Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))));

    const REFUSED: readonly (readonly [what: string, content: string | Uint8Array, code: string])[] = [
      ['__proto__', custom('name: x\n__proto__: { polluted: 1, kind: custom }\n'), 'unknown-key'],
      ['__proto__ in quotes', custom('name: x\n"__proto__": { polluted: 1 }\n'), 'unknown-key'],
      ['__proto__ with an escape', custom('name: x\n"\\x5f_proto__": { polluted: 1 }\n'), 'unknown-key'],
      ['__proto__ further down', custom('name: x\nannounce: { __proto__: { rounds: 9 } }\n'), 'unknown-key'],
      ['__proto__ for a switch', custom('name: x\nsysctl: { __proto__: { polluted: 1 } }\n'), 'unknown-key'],
      ['__proto__ for a name', custom('name: __proto__\n'), 'bad-name'],
      ['__proto__ for a kind', 'version: 1\nkind: __proto__\nname: x\n', 'unknown-kind'],
      ['constructor', custom('name: x\nconstructor: { prototype: { polluted: 1 } }\n'), 'unknown-key'],
      ['constructor for a kind', 'version: 1\nkind: constructor\nname: x\n', 'unknown-kind'],
      ['a key twice', custom('name: x\nname: y\n'), 'duplicate-key'],
      ['a key twice, once in quotes', custom('name: x\n"name": y\n'), 'duplicate-key'],
      ['a merge key', custom('name: x\n<<: { description: y }\n'), 'yaml-merge-key'],
      ['a merge key with an alias', `base: &b { name: y }\n${custom('<<: *b\n')}`, 'yaml-anchor'],
      ['a tag', custom('name: !!str x\n'), 'yaml-tag'],
      ['a tag of a program', custom('name: !!js/function "function () { return 1 }"\n'), 'yaml-tag'],
      ['a tag of another program', custom('name: !!python/object/apply:os.system ["id"]\n'), 'yaml-tag'],
      ['a tag in full', custom('name: !<tag:yaml.org,2002:binary> eA==\n'), 'yaml-tag'],
      ['a list for a key', custom('name: x\n? [a]\n: b\n'), 'key-not-text'],
      ['two documents of one name', `${custom('name: x\n')}---\n${custom('name: x\n')}`, 'duplicate-name'],
      ['a document behind a good one', `${custom('name: x\n')}---\n- 1\n`, 'not-a-profile'],
      ['a version of YAML to come', `%YAML 9.9\n---\n${custom('name: x\n')}`, 'yaml-syntax'],
      ['a byte order mark in the middle', custom('name: x\ndescription: a\ufeffb\n'), 'control-character'],
      ['two byte order marks', `\ufeff\ufeff${custom('name: x\n')}`, 'control-character'],
      ['UTF-16', bytes([0xff, 0xfe], Buffer.from(custom('name: x\n'), 'utf16le').toString('latin1')), 'not-utf8'],
      ['NUL', custom('name: x\0y\n'), 'control-character'],
      ['NUL at the end', `${custom('name: x\n')}\0`, 'control-character'],
      ['NUL with an escape', custom('name: "x\\0"\n'), 'control-character'],
      ['the line ends of another age', custom('name: x\rdescription: y\n'), 'control-character'],
      ['a lone surrogate with an escape', custom('name: x\ndescription: "\\ud800"\n'), 'control-character'],
      ['a lone surrogate as bytes', bytes(custom('name: x\ndescription: '), [0xed, 0xa0, 0x80], '\n'), 'not-utf8'],
      ['an overlong slash', bytes(custom('name: x\ndescription: '), [0xc0, 0xaf], '\n'), 'not-utf8'],
      ['a terminal escape in a comment', custom('name: x # \u001b]0;owned\u0007\n'), 'control-character'],
      ['a mark that turns the direction', custom('name: x\ndescription: "\u202egnp.exe"\n'), 'control-character'],
      ['numbers that overflow', custom('name: x\nannounce: { rounds: 1e400 }\n'), 'wrong-type'],
      ['a number that is none', custom('name: x\nannounce: { rounds: .nan }\n'), 'wrong-type'],
    ];

    it('#94 what YAML has and a profile has not is refused, each for its own reason', async () => {
      const files = REFUSED.map(([, content], at) => write(`${at}.yaml`, content));
      const found = await mistakesIn(files);
      for (const [at, [what, , code]] of REFUSED.entries())
        expect({ what, codes: found[at]?.map((mistake) => mistake.code) }).toEqual({ what, codes: expect.arrayContaining([code]) });
      const applied = files.filter((_, at) => LONG || at % 5 === SEED % 5);
      for (const path of applied) expectRefusal(await parp(['--json', 'apply', path]), 3, 'invalid-profile', `${path}:`);
      await nothingHasChanged();
    });

    it('#94 what is refused leaves no mark on what is read behind it', async () => {
      const polluting = [
        custom('name: x\n__proto__: { polluted: 1, description: 5, rounds: 9 }\n'),
        custom('name: x\nconstructor: { prototype: { polluted: 1, description: 5 } }\n'),
        custom('name: x\nsysctl: { __proto__: 1, constructor: 1, toString: 1 }\n'),
      ].map((text, at) => write(`bad${at}.yaml`, text));
      const good = [write('office.yaml', OFFICE), write('good.yaml', GOOD)];
      const alone = (await parp(['--json', 'validate', ...good])).json;
      const { json } = await parp(['--json', 'validate', ...polluting, ...good]);
      expect(json['profiles']).toEqual(alone['profiles']);
      expect((await mistakesIn([...polluting, ...good])).slice(-2)).toEqual([[], []]);
    });

    eachOfSweep<[what: string, content: string]>([
      ['a byte order mark in front', `\ufeff${OFFICE}`],
      ['CRLF', OFFICE.replaceAll('\n', '\r\n')],
      ['JSON', '{"version":1,"kind":"custom","name":"office"}'],
      ['names of prototypes as text', `${OFFICE}description: "__proto__ constructor <<"\n`],
      ['a document that is empty, in front', `---\n---\n${OFFICE}`],
      ['a surrogate pair with an escape', `${OFFICE}description: "\\ud83d\\ude00"\n`],
    ])('#94 %s is read as it stands', async (_what, content) => {
      const { exitCode, json, stderr } = await parp(['--json', 'plan', write('office.yaml', content)]);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      expect(json['profiles']).toMatchObject([{ name: 'office' }]);
    });

    it('#94 a profile with the name of what every object has is one like others', async () => {
      for (const name of LONG ? ['constructor', 'valueof', 'tostring', 'hasownproperty'] : ['constructor']) {
        const path = write('x.yaml', `version: 1\nkind: private-vlan\nname: ${name}\ninterfaces: [eth0]\nannounce: false\n`);
        expect((await parp(['plan', path, '--detailed-exitcode'])).exitCode, name).toBe(2);
        const applied = await parp(['--json', 'apply', path, '--no-probe']);
        expect(applied, applied.stderr).toMatchObject({ exitCode: 0 });
        expect((await parp(['--json', 'status'])).json['profiles']).toMatchObject([{ name, drift: [] }]);
        const removed = await parp(['remove', name]);
        expect(removed, removed.stderr).toMatchObject({ exitCode: 0 });
        await nothingHasChanged();
      }
      expectRefusal(await parp(['--json', 'remove', 'constructor']), 4, 'not-in-force');
    });
  });

  describe('as an address', () => {
    const ODD = [
      '010.0.0.1',
      '10.00.0.1',
      '1.2.3',
      '1.2.3.4.5',
      '0x7f.1',
      '0x7f.0.0.1',
      '2130706433',
      '256.1.1.1',
      '1.2.3.4/33',
      '1.2.3.4/-1',
      '1.2.3.4/024',
      '1.2.3.4/255.255.255.0',
      '1.2.3.4/',
      '::ffff:1.2.3.4',
      'fe80::1%eth0',
      '１.2.3.4',
      '١.2.3.4',
      '1。2。3。4',
      '1.2.3.4;id',
      '1.2.3.4 5.6.7.8',
      '1.2.3.4\\n5.6.7.8',
      '10.0.0.9-10.0.0.1',
      '10.0.0.1-10.0.0',
      '$(id)',
      '-1.2.3.4',
      '',
    ];

    /** Each key that takes an address, as a profile with an @ in its place. */
    const PLACES = {
      hosts: OFFICE.replace('192.168.0.66', '"@"'),
      addresses: OFFICE.replace('192.168.0.1/24', '"@"'),
      'address of a private VLAN': 'version: 1\nkind: private-vlan\nname: x\ninterfaces: [eth0]\naddresses: ["@"]\n',
      public: 'version: 1\nkind: nat-proxy\nname: x\noutside: eth0\ninside: eth1\nnat: [{ public: "@", private: 10.0.0.1 }]\n',
      source: 'version: 1\nkind: nat-proxy\nname: x\noutside: eth0\ninside: eth1\nnat: [{ public: 203.0.113.9, source: "@" }]\n',
      to: `${GOOD}routes: [{ to: "@", interface: eth0 }]\n`,
      via: `${GOOD}routes: [{ to: 10.9.9.0/24, via: "@" }]\n`,
      'source of a route': `${GOOD}routes: [{ to: 10.9.9.0/24, interface: eth0, source: "@" }]\n`,
      proxies: `${GOOD}proxies:\n  - interface: eth0\n    address: "@"\n`,
      announce_addresses: `${GOOD}announce_addresses: [{ interface: eth0, address: "@" }]\n`,
    };

    eachOfSweep(Object.entries(PLACES))(
      '#95 none that is odd is taken for %s, and each is shown where it stands',
      async (_place, profile) => {
        const [line, column] = placeOf(profile);
        const found = await mistakesIn(
          ODD.map((text, at) =>
            write(
              `${at}.yaml`,
              profile.replace('@', () => text),
            ),
          ),
        );
        for (const [at, mistakes] of found.entries())
          expect({ address: ODD[at], ...mistakes[0] }).toMatchObject({ address: ODD[at], line, column });
      },
    );

    it('#95 none that is odd is taken from a file of hosts, or from the command line', async () => {
      const odd = ODD.filter((text) => text !== '' && !text.includes('\\n'));
      write('hosts', odd.map((text) => `  ${text}\n`).join(''));
      const named = write('office.yaml', OFFICE.replace('hosts: [192.168.0.66]', 'hosts_file: hosts'));
      const { json } = await parp(['--json', 'validate', named]);
      const found = (json as unknown as { diagnostics: Diagnostic[] }).diagnostics.filter(({ code }) => code !== 'more-mistakes');
      expect(found.map(({ file, line, column }) => ({ file, line, column }))).toEqual(
        odd.slice(0, 20).map((_, at) => ({ file: `${folder}/hosts`, line: at + 1, column: 3 })),
      );
      const probes = odd.filter((text) => !text.startsWith('-'));
      for (const text of probes.slice(0, LONG ? undefined : 6)) {
        const end = await parp(['--json', 'probe', '-i', 'eth0', text]);
        expectRefusal(end, 3, 'usage');
      }
      await nothingHasChanged();
    });

    function placeOf(profile: string): [line: number, column: number] {
      const lines = profile.slice(0, profile.indexOf('@')).split('\n');
      return [lines.length, (lines.at(-1) ?? '').length];
    }
  });

  describe('on the terminal', () => {
    /** The title of a window, a cleared screen, the same in eight bits, a turned direction, a line of Unicode's, DEL. */
    const ESCAPES = '\u001b]0;x\u0007\u001b[2J\u009b2J\u202ex\u2028y\u007fz';
    const SHOWN = String.raw`\x1b]0;x\x07\x1b[2J\x9b2J`;

    function expectSeen({ stdout, stderr }: Ended, what: string): void {
      for (const text of [stdout, stderr]) {
        const at = text.search(OBEYED);
        expect(at < 0 ? null : text.slice(Math.max(0, at - 60), at + 20), what).toBeNull();
      }
    }

    it('#98 escapes in a profile, its name, its folder and on the command line are shown, not sent', async () => {
      const named = (text: string): string => `version: 1\nkind: custom\n${text}`;
      const places = [
        named(`name: x # ${ESCAPES}\n`),
        named(`name: x\ndescription: "${ESCAPES}"\n`),
        named(`name: "${ESCAPES}"\n`),
        named(`name: x\n"${ESCAPES}": 1\n`),
        OFFICE.replace('hosts: [192.168.0.66]', `hosts_file: "${ESCAPES}"`),
      ].map((text, at) => write(`${at}.yaml`, text));
      const mistaken = await parp(['validate', ...places]);
      expectSeen(mistaken, 'mistakes in profiles');
      expect(mistaken.stderr.split(SHOWN).length - 1).toBe(places.length);
      mkdirSync(`${folder}/${ESCAPES}`);
      const path = write(`${ESCAPES}/${ESCAPES}.yaml`, GOOD, 0o664);
      const calls: readonly (readonly [exitCode: number, ...args: string[]])[] = [
        [0, 'validate', path],
        [0, 'plan', path],
        [3, 'plan', `${path}.absent`],
        [3, 'plan', '--against', path, path],
        [3, 'apply', '--plan', path],
        [4, 'remove', ESCAPES],
        [3, '--netns', ESCAPES, 'status'],
        [4, 'probe', '-i', ESCAPES, '10.0.0.1'],
        [3, 'probe', '-i', 'eth0', ESCAPES],
        [4, '--state-dir', `/dev/null/${ESCAPES}`, 'apply', path],
      ];
      for (const [exitCode, ...args] of calls) {
        const end = await parp(args);
        expectSeen(end, args.slice(0, 2).join(' '));
        expect({ args, exitCode: end.exitCode }).toEqual({ args, exitCode });
      }
      await nothingHasChanged();
    });

    it('#98 a name of several lines makes no line of its own', async () => {
      const path = write('x\nerror[fake]: all is lost', GOOD, 0o666);
      const end = await parp(['plan', path]);
      expect(end.exitCode).toBe(4);
      expect(end.stderr.split('\n').filter((line) => line.startsWith('error[fake]'))).toEqual([]);
    });
  });

  describe('as a file', () => {
    /** How each file that a command reads is named: profiles, files of hosts, plans and captures. */
    const ROLES: Readonly<Record<string, (path: string) => string[]>> = {
      profile: (path) => ['apply', path],
      'hosts file': (path) => ['apply', write('bridge.yaml', OFFICE.replace('hosts: [192.168.0.66]', `hosts_file: ${path}`))],
      plan: (path) => ['apply', '--plan', path],
      capture: (path) => ['plan', write('office.yaml', OFFICE), '--against', path],
    };

    describe.each(Object.entries(ROLES))('that is read as a %s', (role, args) => {
      const expectUnsafe = async (path: string, ...words: string[]): Promise<void> => {
        expectRefusal(await parp(['--json', ...args(path)]), 4, `unsafe-${role.replace(' ', '-')}`, ...words);
      };

      it('#99 one that everybody may write, or replace, or that is a stranger’s, is refused by its path', async () => {
        const path = write('x', OFFICE, 0o666);
        await expectUnsafe(path, path, `chmod o-w ${path}`);
        chmodSync(path, 0o644);
        chownSync(path, STRANGER, 0);
        await expectUnsafe(path, path, `belongs to user ${STRANGER}`);
        mkdirSync(`${folder}/open`);
        const inside = write('open/x', OFFICE);
        for (const mode of [0o777, 0o703]) {
          chmodSync(`${folder}/open`, mode);
          await expectUnsafe(inside, `${folder}/open`, 'everybody may replace it');
        }
        mkdirSync(`${folder}/closed`);
        symlinkSync(`${folder}/open`, `${folder}/closed/link`);
        await expectUnsafe(`${folder}/closed/link/x`, `${folder}/open`);
        expect(differences(before, await net.snapshot('router'))).toEqual([]);
      });

      const kinds: [what: string, make: (path: string) => unknown, says: string][] = [
        ['a symbolic link', (path) => symlinkSync(write('target', OFFICE), path), 'it is a symbolic link'],
        ['a named pipe', async (path) => net.run('router', ['mkfifo', path]), 'it is a named pipe'],
        ['a device that never ends', async (path) => net.run('router', ['mknod', path, 'c', '1', '5']), 'it is a device'],
        ['a folder', (path) => mkdirSync(path), 'it is a folder'],
        ['sparse', (path) => (writeFileSync(path, ''), truncateSync(path, 2 ** 41)), 'MiB'],
        ['a link to itself', (path) => symlinkSync(path, path), 'it is a symbolic link'],
        ['a device that gives nothing', async (path) => net.run('router', ['mknod', path, 'c', '1', '3']), 'it is a device'],
        ['a block device of nothing', async (path) => net.run('router', ['mknod', path, 'b', '7', '250']), 'not a regular file'],
        ['a socket', async (path) => socketAt(path), 'it is a socket'],
      ];
      eachOfSweep(role === 'profile' || LONG ? kinds : kinds.slice(0, 3))(
        '#100 one that is %s is refused without waiting for it',
        async (_what, make, says) => {
          const path = `${folder}/x`;
          await make(path);
          const end = await parp(['--json', ...args(path)]);
          expect({ exitCode: end.exitCode, stderr: end.stderr }).toEqual({ exitCode: 3, stderr: expect.stringContaining(says) });
        },
      );

      it('#100 one that the kernel makes up is refused', async () => {
        const paths = [
          '/proc/self/status',
          '/sys/kernel/uevent_seqnum',
          '/proc/self/mem',
          '/proc/kmsg',
          '/proc/version',
          '/dev/zero',
          '/dev/tty',
        ];
        for (const path of role === 'profile' || LONG ? paths : paths.slice(0, 2)) {
          const end = await parp(['--json', ...args(path)]);
          expect({ path, exitCode: end.exitCode, signal: end.signal }, end.stderr).toEqual({ path, exitCode: 3, signal: null });
        }
        await nothingHasChanged();
      });
    });

    it('#99 only who calls sudo is trusted besides root, and a group is worth a warning', async () => {
      const path = write('office.yaml', OFFICE, 0o664);
      chownSync(path, STRANGER, STRANGER);
      const planned = await parp(['plan', path], { env: { SUDO_UID: `${STRANGER}` } });
      expect({ exitCode: planned.exitCode, stderr: planned.stderr }).toMatchObject({
        exitCode: 0,
        stderr: `Warning: ${path} can be written by its group (${STRANGER})\n`,
      });
      for (const uid of ['', '0', `${STRANGER + 1}`, `${STRANGER}x`, `-${STRANGER}`, ` ${STRANGER}`])
        expectRefusal(await parp(['--json', 'plan', path], { env: { SUDO_UID: uid } }), 4, 'unsafe-profile', path);
      mkdirSync(`${folder}/sticky`);
      chmodSync(`${folder}/sticky`, 0o1777);
      expect((await parp(['plan', write('sticky/office.yaml', OFFICE)])).exitCode).toBe(0);
    });

    it('#99 what helps is a command that a shell takes for nothing else', async () => {
      const path = write("it's; touch owned $(id)", OFFICE, 0o666);
      const { stderr } = await parp(['plan', path]);
      const help = /help: (chmod .*)$/m.exec(stderr)?.[1] ?? '';
      expect((await net.run('router', ['sh', '-c', help], { cwd: folder })).stderr).toBe('');
      expect((await parp(['plan', path], { cwd: folder })).exitCode, 'the file is safe now').toBe(0);
    });

    it('#100 one of a byte more than 16 MiB is refused, and one of 16 MiB is read', async () => {
      const filled = (size: number): string => `${OFFICE}#${'x'.repeat(size - OFFICE.length - 2)}\n`;
      const most = 16 * 2 ** 20;
      expect((await parp(['validate', write('most.yaml', filled(most))])).exitCode).toBe(0);
      expectRefusal(await parp(['--json', 'apply', write('more.yaml', filled(most + 1))]), 3, 'file-too-large', `${most + 1} bytes`);
      const input = filled(most + 1);
      expectRefusal(await parp(['--json', 'apply', '-'], { input }), 3, 'file-too-large', '16 MiB');
    });

    /** Without anybody who listens; a socket's name stays behind, and is refused in the same way. */
    async function socketAt(path: string): Promise<void> {
      const server = createServer().listen(path);
      await new Promise((resolve) => server.once('listening', resolve));
      linkSync(path, `${path}.kept`);
      await new Promise((resolve) => server.close(resolve));
      renameSync(`${path}.kept`, path);
    }
  });

  describe('while it is swapped', () => {
    /** Puts each of the files in the place of the last argument in turn, thousands of times a second, until SIGTERM; then says how often. */
    const RACER = `
      const { linkSync, renameSync } = require('node:fs');
      const sources = process.argv.slice(1, -1), place = process.argv.at(-1);
      let count = 1;
      process.on('SIGTERM', () => (console.log(count), process.exit()));
      (function swap() {
        for (let i = 0; i < 100; i++) {
          linkSync(sources[count++ % sources.length], place + '.next');
          renameSync(place + '.next', place);
        }
        setTimeout(swap);
      })();`;

    /** Every answer about a file comes a millisecond late: many swaps lie between what is asked and what is done with it. */
    const ASKED = '?statx,?fstat,?newfstatat';
    const SLOWLY = ['strace', '-qq', '-o', '/dev/null', '-e', `trace=${ASKED}`, '-e', `inject=${ASKED}:delay_exit=1000`, '--'];

    /** How often each end came of validating a file again and again, every other time slowly. */
    async function endsOf(path: string): Promise<ReadonlyMap<string, number>> {
      const ends = new Map<string, number>();
      for (let times = 0; times < (LONG ? 400 : 16); times++) {
        const argv = [...(times % 2 === 0 ? [] : SLOWLY), ...PARP, '--json', 'validate', path];
        const { exitCode, stdout, stderr } = await net.run('router', argv, WITHOUT_HANGING);
        expect(stdout, stderr).not.toBe('');
        const { profiles = [], error } = JSON.parse(stdout) as { profiles?: { name: string }[]; error?: { code: string } };
        const end = `${exitCode} ${error?.code ?? profiles.map(({ name }) => name).join()}`;
        ends.set(end, (ends.get(end) ?? 0) + 1);
      }
      return ends;
    }

    /** Works while a racer puts the sources at `place` in turn. */
    async function racing(sources: readonly string[], place: string, work: () => Promise<void>): Promise<void> {
      linkSync(sources[0] ?? '', place);
      const racer = net.spawn('router', [process.execPath, '-e', RACER, '--', ...sources, place]);
      try {
        await work();
      } finally {
        racer.kill();
      }
      const { stdout, stderr } = await racer.end;
      expect({ stderr, often: Number(stdout) >= (LONG ? 10_000 : 1000) }).toEqual({ stderr: '', often: true });
      tally('swaps of a file under a reader', Number(stdout), 0);
    }

    it('#101 a file is read whole: never a part of one and a part of another', PATIENCE, async () => {
      // The end of either behind the beginning of the other is no YAML, and each is longer than what is read at once.
      const filler = Array.from({ length: 6000 }, (_, at) => `"10.${at >> 8}.${at & 255}.1"`);
      const [wire, hosts] = ['interface: eth0', 'hosts'];
      const block = `name: block\nversion: 1\nkind: pseudo-bridge\nsegments:\n  - ${wire}\n    ${hosts}:\n${filler.map((one) => `      - ${one}\n`).join('')}  - interface: eth1\n`;
      const flow = `{name: flow, version: 1, kind: pseudo-bridge, segments: [{${wire}, ${hosts}: [${filler.join(', ')}]}, {interface: eth1}]}\n`;
      const sources = [write('block', block), write('flow', flow)];
      const place = `${folder}/x.yaml`;
      const seen = new Set<unknown>();
      await racing(sources, place, async () => {
        for (let run = 0; run < (LONG ? 40 : 2); run++) {
          const { json } = await parp(['--json', 'validate', ...Array<string>(40).fill(place)]);
          const { profiles, diagnostics } = json as unknown as { profiles: { name: string }[]; diagnostics: Diagnostic[] };
          expect(diagnostics.filter(({ code }) => code !== 'duplicate-name')).toEqual([]);
          for (const { name } of profiles) seen.add(name);
        }
      });
      expect(seen).toEqual(new Set(['block', 'flow']));
    });

    it('#101 what is read is what was checked, however fast another takes its place', PATIENCE, async () => {
      const poison = GOOD.replace('good', 'poison');
      const open = write('open', poison, 0o666);
      const strange = write('strange', poison);
      chownSync(strange, STRANGER, STRANGER);
      const link = `${folder}/link`;
      symlinkSync(write('target', poison), link);
      const pipe = `${folder}/pipe`;
      await net.run('router', ['mkfifo', pipe]);
      const good = write('good', GOOD);
      const place = `${folder}/x.yaml`;
      await racing([good, open, good, strange, good, link, good, pipe], place, async () => {
        const ends = await endsOf(place);
        const wrong = new Map([...ends].filter(([end]) => !['0 good', '4 unsafe-profile', '3 not-a-regular-file'].includes(end)));
        expect(wrong).toEqual(new Map());
        expect(ends.has('0 good') && ends.size > 1, 'it met with both').toBe(true);
      });
    });

    it('#101 the folder that is checked is the one that the file is in, wherever its path leads meanwhile', PATIENCE, async () => {
      for (const name of ['safe', 'open']) mkdirSync(`${folder}/${name}`);
      chmodSync(`${folder}/open`, 0o777);
      write('safe/x.yaml', GOOD);
      write('open/x.yaml', GOOD.replace('good', 'poison'));
      const links = ['safe', 'open'].map((name) => {
        symlinkSync(`${folder}/${name}`, `${folder}/to-${name}`);
        return `${folder}/to-${name}`;
      });
      await racing(links, `${folder}/current`, async () => {
        const ends = new Set<string>();
        // How often either folder is met is the scheduler's choice.
        for (let round = 0; round < 8 && ends.size < 2; round++)
          for (const end of (await endsOf(`${folder}/current/x.yaml`)).keys()) ends.add(end);
        expect(ends).toEqual(new Set(['0 good', '4 unsafe-profile']));
      });
    });
  });
});
