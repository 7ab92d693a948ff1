// The story: a command meets a journal that is not what parp wrote. Damaged, it is left alone: nothing is undone by it, and `recover` gives back what
// the kernel itself marks as parp's, and tells the rest, so that what is told is right. One of a newer parp is not even put aside. And one of
// this format that was kept, with what its transaction left on a router, is undone rightly by every parp that comes.
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeJournal, packTransaction } from '../../src/host/journal-format.ts';
import type { Binding } from '../../src/host/records.ts';
import { differences, type Snapshot } from '../../src/lab/snapshot.ts';
import { Random } from '../fuzz/random.ts';
import { useRouters, type Router } from '../support/furnished.ts';
import { profileIn } from '../support/kill-stories.ts';
import { at as atPlace, journalPath, lastOf, PATIENCE, runLine } from '../support/kill-sweep.ts';
import { CAN_BUILD, type Network } from '../support/namespaces.ts';
import { filled, rawLines, seal, unseal } from '../support/sealing.ts';
import { LONG, SEED, tally } from '../support/tally.ts';
import { eachOfSweep } from '../support/sampled.ts';

const GOLDEN = fileURLToPath(new URL('golden', import.meta.url));
const SLOT = 128;

describe.skipIf(!CAN_BUILD)('a journal that is damaged, or of another parp', PATIENCE, () => {
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
    { what: 'a newer format', head: { format: 4, parp: '9.0.0' } },
    { what: 'an older format', head: { format: 2, parp: '0.0.1' } },
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
      const { exitCode, stdout } = await warm.run([
        '--json',
        ...(args[0] === 'apply' ? ['apply', profileIn(net, 'guests'), '--no-probe'] : args),
      ]);
      expect({ exitCode, ...JSON.parse(stdout) }, args.join(' ')).toMatchObject({ exitCode: 1, error: { code: 'records-format' } });
      expect(JSON.parse(stdout).error.message).toContain(`parp ${head.parp} wrote ${path} in format ${head.format}`);
    }
    expect(readFileSync(path).equals(other)).toBe(true);
    expect(await changed(inForce)).toEqual([]);
    writeFileSync(path, bytes);
    await runLine(router(), ['rollback']);
    expect(await changed()).toEqual([]);
  });

  it('#26 the kept journal of format 3 is read as it was written', () => {
    const bytes = readFileSync(join(GOLDEN, 'format-3.journal'));
    const read = decodeJournal(bytes);
    if (read.kind !== 'whole') throw new Error(`It is ${read.kind}`);
    const { transaction, phase, deadlineMs } = read.last;
    expect({ phase, deadlineMs, end: read.end }).toEqual({ phase: 'open', deadlineMs: null, end: bytes.length - 5 * SLOT });
    expect(packTransaction(transaction)).toEqual(JSON.parse(unseal(bytes).transaction));
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
  ])('#26 the kept journal of format 3, with the marks $marks: $first takes it back', async ({ marks, first }) => {
    const { net } = router();
    const done = await net.run('router', ['sh', join(GOLDEN, 'format-3.sh')]);
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
    const text = readFileSync(join(GOLDEN, 'format-3.lines'), 'utf8').replace(/\{\{(.*?)\}\}/g, (_, name: string) => values[name] ?? '');
    const [head = '', transaction = ''] = text.split('\n');
    const mark = (phase: string): string => JSON.stringify(phase === 'armed' ? { phase, deadlineMs: 1 } : { phase });
    return seal({ head, transaction, marks: marks.map(mark) });
  }

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
