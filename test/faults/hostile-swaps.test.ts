// The story: somebody who owns no file that parp would read puts others in the place of a good one, thousands of times a second, and hopes that parp
// checks the one and reads the other. What is read is always what was checked, whole, and in the folder that was checked.
import { chmodSync, chownSync, linkSync, mkdirSync, symlinkSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { programPath } from '../../src/lab/child-process.ts';
import { GOOD, PATIENCE, STRANGER, useGivenFiles, WITHOUT_HANGING, type Diagnostic } from '../support/given-files.ts';
import { CAN_BUILD, PARP } from '../support/namespaces.ts';
import { LONG, tally } from '../support/tally.ts';

describe.skipIf(!CAN_BUILD)('hostile input while it is swapped', () => {
  const given = useGivenFiles();
  const { net, parp, write } = given;
  // Without it not all of this is proven.
  beforeAll(() => void programPath('strace'));

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
    const place = `${given.folder}/x.yaml`;
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
    const link = `${given.folder}/link`;
    symlinkSync(write('target', poison), link);
    const pipe = `${given.folder}/pipe`;
    await net.run('router', ['mkfifo', pipe]);
    const good = write('good', GOOD);
    const place = `${given.folder}/x.yaml`;
    await racing([good, open, good, strange, good, link, good, pipe], place, async () => {
      const met = new Set<string>();
      // How often either is met is the scheduler's choice.
      for (let round = 0; round < 8 && !(met.has('0 good') && met.size > 1); round++) {
        const ends = await endsOf(place);
        const wrong = new Map([...ends].filter(([end]) => !['0 good', '4 unsafe-profile', '3 not-a-regular-file'].includes(end)));
        expect(wrong).toEqual(new Map());
        for (const end of ends.keys()) met.add(end);
      }
      expect(met.has('0 good') && met.size > 1, 'it met with both').toBe(true);
    });
  });

  it('#101 the folder that is checked is the one that the file is in, wherever its path leads meanwhile', PATIENCE, async () => {
    for (const name of ['safe', 'open']) mkdirSync(`${given.folder}/${name}`);
    chmodSync(`${given.folder}/open`, 0o777);
    write('safe/x.yaml', GOOD);
    write('open/x.yaml', GOOD.replace('good', 'poison'));
    const links = ['safe', 'open'].map((name) => {
      symlinkSync(`${given.folder}/${name}`, `${given.folder}/to-${name}`);
      return `${given.folder}/to-${name}`;
    });
    await racing(links, `${given.folder}/current`, async () => {
      const ends = new Set<string>();
      // How often either folder is met is the scheduler's choice.
      for (let round = 0; round < 8 && ends.size < 2; round++)
        for (const end of (await endsOf(`${given.folder}/current/x.yaml`)).keys()) ends.add(end);
      expect(ends).toEqual(new Set(['0 good', '4 unsafe-profile']));
    });
  });
});
