// The story: somebody writes a profile that means one thing to who reads it and another to YAML, to JavaScript or to a terminal: a key that reaches
// the prototype of all objects, a tag that runs a program, a second key of the same name, bytes that are no text. Each is refused for its own
// reason, and nothing of it sticks to the profiles behind it; what merely looks odd is read as it stands.
import { describe, expect, it } from 'vitest';
import { GOOD, useGivenFiles } from '../support/given-files.ts';
import { CAN_BUILD } from '../support/namespaces.ts';
import { OFFICE } from '../support/plain-profiles.ts';
import { expectRefusal } from '../support/refusal.ts';
import { eachOfSweep } from '../support/sampled.ts';
import { LONG, SEED } from '../support/tally.ts';

describe.skipIf(!CAN_BUILD)('hostile input as text', () => {
  const { parp, write, mistakesIn, nothingHasChanged } = useGivenFiles();

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
