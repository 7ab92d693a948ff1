// The story: somebody wants root's parp to choke on a file. A few hundred characters stand for more than any memory holds, or a bracket is opened
// fifty thousand times, or a name has ten million letters: each is refused in few words, within the time that any profile takes to read, and
// the kernel has seen no write. What is right and only long is planned like anything else.
import { describe, expect, it } from 'vitest';
import { GOOD, PATIENCE, useGivenFiles, type Diagnostic } from '../support/given-files.ts';
import { CAN_BUILD } from '../support/namespaces.ts';
import { OFFICE } from '../support/plain-profiles.ts';
import { LONG } from '../support/tally.ts';

describe.skipIf(!CAN_BUILD)('hostile input that is huge once it is read', () => {
  const { parp, write, nothingHasChanged } = useGivenFiles();

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
