// The story: the journal of a real run is not what parp wrote. It is cut off at any length, any of its bits is another one, its lines stand twice or
// elsewhere, or another parp wrote it. What is whole is believed, up to the last whole mark; a mark that is cut off never happened; anything
// else is called damaged, and nothing is undone by it: `recover` then gives back what the kernel itself marks as parp's, and tells the rest.
// A journal of this format that was kept is undone rightly by every parp that comes.
import { closeSync, mkdirSync, openSync, readFileSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { recordsOf, type Phase, type Records } from '../../src/engine/transaction.ts';
import { decodeJournal } from '../../src/host/journal-format.ts';
import { RecordFiles, RecordsDamaged, type Binding } from '../../src/host/records.ts';
import { differences, type Snapshot } from '../../src/lab/snapshot.ts';
import { Random } from '../fuzz/random.ts';
import { useRouters, type Router } from '../support/furnished.ts';
import { guardGone } from '../support/guard-of.ts';
import { at as atPlace, journalPath, lastOf, runLine } from '../support/kill-sweep.ts';
import { CAN_BUILD, type Network } from '../support/namespaces.ts';
import { filled, rawLines, seal, unseal } from '../support/sealing.ts';
import { LONG, SEED, tally } from '../support/tally.ts';
import { eachOfSweep } from '../support/sampled.ts';

const GOLDEN = fileURLToPath(new URL('golden', import.meta.url));
const SLOT = 128;
/** In the journal of a change that was confirmed, and taken back later. */
const PHASES: readonly Phase[] = ['open', 'armed', 'applied', 'confirmed', 'undoing', 'undone'];

describe.skipIf(!CAN_BUILD)('the journal of a real run', () => {
  const routers = useRouters(1);
  const router = (): Router => {
    if (routers[0] === undefined) throw new Error('There is no router');
    return routers[0];
  };
  let whole: Buffer;
  let binding: Binding;
  let folder: string;
  /** What the whole journal says, and what it said before each of its marks, as JSON. */
  let said: readonly string[];
  /** Where the marks begin. */
  let marks: number;

  beforeAll(async () => {
    const { net } = router();
    for (const line of [['apply', '--confirm=60s', '@few'], ['confirm'], ['rollback']]) await runLine(router(), line);
    await guardGone(net);
    whole = readFileSync(journalPath(net) ?? '');
    binding = JSON.parse(unseal(whole).head);
    folder = join(net.lab.folder, 'mutants');
    mkdirSync(folder);
    marks = whole.length - 5 * SLOT;
    said = PHASES.map((_, count) => {
      const read = decodeJournal(Buffer.concat([whole.subarray(0, marks + count * SLOT), Buffer.alloc((5 - count) * SLOT)]));
      return JSON.stringify(recordsOf(read.kind === 'whole' ? read.last : null));
    });
  });

  /** What parp takes from a journal of these bytes. */
  function verdict(bytes: Uint8Array): string {
    writeFileSync(join(folder, 'journal'), bytes);
    return readAgain();
  }

  /** What it takes from the journal that lies there. */
  function readAgain(): string {
    const files = new RecordFiles(folder, binding);
    try {
      return JSON.stringify(files.read());
    } catch (error) {
      if (error instanceof RecordsDamaged) return 'damaged';
      throw error;
    } finally {
      files.close();
    }
  }

  /** What it takes from a journal of these bytes in which one of them, in turn, is another; `check` gets each. */
  function withByte(
    bytes: Buffer,
    from: number,
    others: (byte: number) => readonly number[],
    check: (at: number, byte: number, read: string) => void,
  ): number {
    writeFileSync(join(folder, 'journal'), bytes);
    const descriptor = openSync(join(folder, 'journal'), 'r+');
    const put = (at: number, byte: number): void => void writeSync(descriptor, Uint8Array.of(byte), 0, 1, at);
    let tried = 0;
    for (let at = from; at < bytes.length; at++) {
      const own = bytes[at] ?? 0;
      for (const byte of others(own)) {
        put(at, byte);
        check(at, byte, readAgain());
        tried++;
      }
      put(at, own);
    }
    closeSync(descriptor);
    return tried;
  }

  const flips = (byte: number): number[] => Array.from({ length: 8 }, (_, bit) => byte ^ (1 << bit));

  it('is what is written down of the format, byte by byte', () => {
    expect(seal(unseal(whole)).equals(whole)).toBe(true);
    expect(said.map((text) => (JSON.parse(text) as Records).last?.phase)).toEqual(PHASES);
    expect(verdict(whole)).toBe(said.at(-1));
  });

  it('#23 cut off at every length: what is whole of it counts, and a transaction that is cut off is damage', () => {
    writeFileSync(join(folder, 'journal'), whole);
    for (let { length } = whole; length >= 0; length--) {
      truncateSync(join(folder, 'journal'), length);
      const expected = length < marks ? 'damaged' : said[Math.floor((length - marks) / SLOT)];
      expect(readAgain(), `${length} bytes`).toBe(expected);
    }
    tally('mutants of the journal', whole.length + 1, 0);
  });

  it('#23 cut off at every length, with room behind it: the same', () => {
    const bytes = Buffer.from(whole);
    for (let length = whole.length - 1; length >= 0; length--) {
      bytes[length] = 0;
      const expected = length < marks ? 'damaged' : said[Math.floor((length - marks) / SLOT)];
      expect(verdict(bytes), `${length} bytes`).toBe(expected);
    }
    tally('mutants of the journal', whole.length, 0);
  });

  it('#24 every bit flipped: damage, and never another transaction', () => {
    const tried = withByte(whole, 0, flips, (at, byte, read) => {
      if (read !== 'damaged') expect.fail(`Byte ${at} is ${byte}: ${read}`);
    });
    expect(tried).toBe(8 * whole.length);
    expect(tried).toBeGreaterThan(0);
    tally('mutants of the journal', tried, 0);
  });

  it('#24 every bit flipped where no mark stands yet: damage, or no mark', () => {
    const length = marks + 2 * SLOT;
    const tried = withByte(filled([whole.subarray(0, length)], whole.length), length, flips, (at, byte, read) => {
      // In the next slot it may be what is left of a torn mark.
      const expected = at < length + SLOT - 1 ? said[2] : 'damaged';
      if (read !== expected) expect.fail(`Byte ${at} is ${byte}: ${read}`);
    });
    expect(tried).toBeGreaterThan(0);
    tally('mutants of the journal', tried, 0);
  });

  it('#24 every byte overwritten with zeros, ones and a letter: damage, but for the end of the last mark, without which it is none', () => {
    const others = (own: number): number[] => [0x00, 0xff, 0x20, 0x30].filter((byte) => byte !== own);
    const tried = withByte(whole, 0, others, (at, byte, read) => {
      const expected = byte === 0 && at === whole.length - 1 ? said.at(-2) : 'damaged';
      if (read !== expected) expect.fail(`Byte ${at} is ${byte}: ${read}`);
    });
    expect(tried).toBeGreaterThan(0);
    tally('mutants of the journal', tried, 0);
  });

  it('#25 its lines in every other order: damage', () => {
    const lines = rawLines(whole);
    let tried = 0;
    for (const order of permutations(lines)) {
      const bytes = Buffer.concat(order);
      expect(verdict(bytes)).toBe(bytes.equals(whole) ? said.at(-1) : 'damaged');
      tried++;
    }
    expect(tried).toBe(5040);
    expect(tried).toBeGreaterThan(0);
    tally('mutants of the journal', tried, 0);
  });

  it('#25 a line twice, left out, or from another journal: damage, unless only its last marks are missing', () => {
    const lines = rawLines(whole);
    const { head, transaction, marks: own } = unseal(whole);
    const other = rawLines(seal({ head, transaction: transaction.replace('"command":"apply few"', '"command":"apply low"'), marks: own }));
    let tried = 0;
    for (const [from, line] of lines.entries()) {
      for (let to = 0; to <= lines.length; to++) {
        // Behind the last mark a line that is shorter than a slot looks as though a mark had been cut off there.
        const expected = to === lines.length && line.length < SLOT ? said.at(-1) : 'damaged';
        expect(verdict(filled([...lines.slice(0, to), line, ...lines.slice(to)], whole.length)), `${from} again at ${to}`).toBe(expected);
        tried++;
      }
      const left = lines.filter((_, at) => at !== from);
      const expected = from === lines.length - 1 ? said.at(-2) : 'damaged';
      expect(verdict(filled(left, whole.length)), `without ${from}`).toBe(expected);
      // The head is the same in both.
      if (from > 0) expect(verdict(filled(lines.with(from, other[from] ?? line), whole.length)), `another ${from}`).toBe('damaged');
      tried += 2;
    }
    expect(tried).toBeGreaterThan(0);
    tally('mutants of the journal', tried, 0);
  });
});

describe.skipIf(!CAN_BUILD)('a journal that is damaged, or of another parp', () => {
  const routers = useRouters(1);
  let before: Snapshot;
  /** What is left of "few" and "edge" on the router when what bears parp's mark is gone. */
  let unmarked: readonly string[];
  const router = (): Router => {
    if (routers[0] === undefined) throw new Error('There is no router');
    return routers[0];
  };
  const changed = async (since = before): Promise<string[]> => differences(since, await router().net.snapshot('router'));

  beforeAll(async () => {
    const { net } = router();
    // What looks like parp's, and is not.
    await net.ip('router', 'route add 10.66.0.0/16 dev eth2 proto 98', 'neigh add proxy 10.66.0.1 dev eth2 protocol 98');
    await net.run('router', ['nft', 'table ip parp_mine { chain input { type filter hook input priority 7; }; }']);
    before = await net.snapshot('router');
    await runLine(router(), ['apply', '@few', '@edge']);
    unmarked = (await changed()).filter((line) => !/"protocol":"97"|parp_edge/.test(line));
    expect(unmarked.length).toBeLessThan((await changed()).length);
    await runLine(router(), ['rollback']);
    expect(await changed()).toEqual([]);
  });

  /** Mutants of a journal with one mark, and whether its sysctls and addresses can still be read in it. */
  function mutantsOf(bytes: Buffer): { what: string; mutant: Buffer; legible: boolean }[] {
    const random = new Random(SEED);
    const end = bytes.findLastIndex((byte) => byte !== 0) + 1;
    const body = bytes.indexOf(0x0a) + 1;
    const flips = Array.from({ length: LONG ? 60 : 12 }, () => {
      const at = random.below(end);
      const mutant = Buffer.from(bytes);
      mutant[at] = (mutant[at] ?? 0) ^ (1 << random.below(8));
      return { what: `byte ${at} is another one`, mutant, legible: false };
    });
    const cuts = Array.from({ length: LONG ? 20 : 3 }, () => {
      const length = random.between(1, bytes.length - 5 * SLOT - 1);
      return { what: `only ${length} bytes`, mutant: bytes.subarray(0, length), legible: false };
    });
    const lines = rawLines(bytes);
    const [head = bytes, transaction = bytes, mark = bytes] = lines;
    const crc = Buffer.from(bytes);
    crc[body] = crc[body] === 0x30 ? 0x31 : 0x30;
    return [
      ...flips,
      ...cuts,
      { what: 'nothing at all', mutant: Buffer.alloc(0), legible: false },
      { what: 'zeros alone', mutant: Buffer.alloc(bytes.length), legible: false },
      { what: 'another checksum of the transaction', mutant: crc, legible: true },
      { what: 'the mark twice', mutant: filled([head, transaction, mark, mark], bytes.length), legible: true },
      { what: 'no head', mutant: filled([transaction, mark], bytes.length), legible: true },
    ];
  }

  it('#24 status, remove and rollback write nothing by a damaged journal; recover gives back what bears a mark, and tells the rest', async () => {
    const { net, warm } = router();
    let count = 1;
    for (let at = 0; at < count; at++) {
      await runLine(router(), ['apply', '@few', '@edge']);
      const inForce = await net.snapshot('router');
      const path = journalPath(net) ?? '';
      const mutants = mutantsOf(readFileSync(path));
      count = mutants.length;
      const { what = '', mutant = Buffer.alloc(0), legible = false } = mutants[at] ?? {};
      writeFileSync(path, mutant);
      await atPlace(what, async () => {
        for (const args of [
          ['--json', 'status'],
          ['--json', 'remove', '--all'],
          ['--json', 'rollback'],
        ].slice(0, at < 3 ? 3 : 2)) {
          const { exitCode, stdout } = await warm.run(args);
          expect({ exitCode, ...JSON.parse(stdout) }, args.join(' ')).toMatchObject({ exitCode: 1, error: { code: 'records-damaged' } });
        }
        expect(await changed(inForce)).toEqual([]);
        expect(readFileSync(path).equals(mutant)).toBe(true);
        const told: unknown = JSON.parse(await runLine(router(), ['--json', 'recover'], at % 8 === 0));
        expect(told).toMatchObject({ recovered: null, damaged: expect.stringContaining('damaged'), refused: [], aside: `${path}.damaged` });
        expect((await changed()).toSorted()).toEqual(unmarked.toSorted());
        expect(readFileSync(`${path}.damaged`).equals(mutant)).toBe(true);
        const commands = isFieldsWithCommands(told) ? told.commands : [];
        if (legible) expect(commands.length, 'what the records still tell').toBeGreaterThan(3);
        // What is told is right, line by line: it brings the router back to where it was.
        for (const command of commands) expect((await net.run('router', ['sh', '-c', command])).exitCode, command).toBe(0);
        if (legible) expect(await changed()).toEqual([]);
        else await giveBackByHand(net);
        expect(await changed()).toEqual([]);
      });
    }
    tally('mutants of the journal', count, 0);
  });

  eachOfSweep([
    { what: 'a newer format', head: { format: 3, parp: '9.0.0' } },
    { what: 'an older format', head: { format: 1, parp: '0.0.1' } },
  ])('#27 $what is left alone, and named', async ({ head }) => {
    const { net, warm } = router();
    await runLine(router(), ['apply', '@few', '@edge']);
    const path = journalPath(net) ?? '';
    const bytes = readFileSync(path);
    const lines = unseal(bytes);
    const other = seal({ head: JSON.stringify({ ...JSON.parse(lines.head), ...head }), transaction: '{"other":"things"}', marks: [] });
    const inForce = await net.snapshot('router');
    writeFileSync(path, other);
    const commands = [['status'], ['remove', '--all'], ['rollback'], ['recover'], ['confirm'], ['apply', '@guests']];
    for (const args of commands) {
      const { exitCode, stdout } = await warm.run(['--json', ...(args[0] === 'apply' ? ['apply', guestsOf(net), '--no-probe'] : args)]);
      expect({ exitCode, ...JSON.parse(stdout) }, args.join(' ')).toMatchObject({ exitCode: 1, error: { code: 'records-format' } });
      expect(JSON.parse(stdout).error.message).toContain(`parp ${head.parp} wrote ${path} in format ${head.format}`);
    }
    expect(readFileSync(path).equals(other)).toBe(true);
    expect(await changed(inForce)).toEqual([]);
    writeFileSync(path, bytes);
    await runLine(router(), ['rollback']);
    expect(await changed()).toEqual([]);
  });

  it('#26 the kept journal of format 2 is read as it was written', () => {
    const bytes = readFileSync(join(GOLDEN, 'format-2.journal'));
    const read = decodeJournal(bytes);
    if (read.kind !== 'whole') throw new Error(`It is ${read.kind}`);
    const { transaction, phase, deadlineMs } = read.last;
    expect({ phase, deadlineMs, end: read.end }).toEqual({ phase: 'open', deadlineMs: null, end: bytes.length - 5 * SLOT });
    expect(transaction).toEqual(JSON.parse(unseal(bytes).transaction));
    expect(transaction).toMatchObject({ command: 'apply few edge', operations: { length: 15 } });
    expect(seal(unseal(bytes)).equals(bytes)).toBe(true);
  });

  eachOfSweep<{ marks: readonly string[]; first: string }>([
    { marks: [], first: 'recover' },
    { marks: ['armed'], first: 'recover' },
    { marks: ['armed', 'applied'], first: 'recover' },
    { marks: ['undoing'], first: 'recover' },
    { marks: ['confirmed'], first: 'rollback' },
    { marks: ['confirmed', 'undoing'], first: 'recover' },
    { marks: ['armed', 'applied', 'confirmed'], first: 'remove --all' },
  ])('#26 the kept journal of format 2, with the marks $marks: $first takes it back', async ({ marks, first }) => {
    const { net } = router();
    const done = await net.run('router', ['sh', join(GOLDEN, 'format-2.sh')]);
    expect(done.exitCode, done.stderr).toBe(0);
    expect((await changed()).length).toBeGreaterThan(10);
    const namespace = (await net.run('router', ['stat', '-Lc', '%i', '/proc/self/ns/net'])).stdout.trim();
    const path = journalPath(net) ?? join(net.lab.stateDir, namespace, 'journal');
    writeFileSync(path, await goldenIn(net, path, marks));
    await runLine(router(), first.split(' '), true);
    expect(await changed()).toEqual([]);
    expect(lastOf(net)?.phase).toBe(first === 'remove --all' ? 'confirmed' : 'undone');
  });

  /** The kept journal with this boot, this namespace and these interfaces in it. */
  async function goldenIn(net: Network, path: string, marks: readonly string[]): Promise<Buffer> {
    const { cookie } = JSON.parse(unseal(readFileSync(path)).head) as Binding;
    const links = await net.ipJson('router', 'link', 'show');
    const values: Record<string, string> = {
      'boot-id': readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
      cookie,
      inode: basename(dirname(path)),
      ...Object.fromEntries(links.map(({ ifname, ifindex }) => [String(ifname), String(ifindex)])),
    };
    const text = readFileSync(join(GOLDEN, 'format-2.lines'), 'utf8').replace(/\{\{(.*?)\}\}/g, (_, name: string) => values[name] ?? '');
    const [head = '', transaction = ''] = text.split('\n');
    const mark = (phase: string): string => JSON.stringify(phase === 'armed' ? { phase, deadlineMs: 1 } : { phase });
    return seal({ head, transaction, marks: marks.map(mark) });
  }

  const guestsOf = (net: Network): string =>
    net.profile('guests.yaml', 'version: 1\nkind: private-vlan\nname: guests\ninterfaces: [eth1]\naddresses: [192.168.5.1/24]\n');

  /** What no record tells any more, given back by hand. */
  async function giveBackByHand(net: Network): Promise<void> {
    if (journalPath(net) !== undefined) throw new Error('There is a journal again');
    await net.run('router', ['ip', 'address', 'del', '192.168.7.1/24', 'dev', 'eth1']);
    for (const [key, value] of Object.entries(before.sysctls)) {
      if (/conf\/(eth0\/arp_ignore|eth1\/proxy_arp|all\/accept_redirects|[a-z0-9]+\/forwarding)$|ip_forward$/.test(key)) {
        await net.setSysctl('router', key, value);
      }
    }
  }
});

function isFieldsWithCommands(value: unknown): value is { commands: string[] } {
  return typeof value === 'object' && value !== null && 'commands' in value && Array.isArray(value.commands);
}

function* permutations<T>(items: readonly T[]): Generator<T[]> {
  if (items.length === 0) yield [];
  for (const [at, item] of items.entries()) {
    for (const rest of permutations(items.toSpliced(at, 1))) yield [item, ...rest];
  }
}
