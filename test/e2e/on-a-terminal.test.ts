// The story: somebody works through every command of parp on the terminal that is at hand: a wide one, a phone's of 40 columns without colours and
// with the locale C, a dumb one, a pipe that is closed behind the first line. Nothing is wider than the screen, nothing shows as rubbish, nothing
// is cut off in the middle, and whoever sits there is told what comes next.
import { stripVTControlCharacters } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { cellsOf } from '../../src/cli/cells.ts';
import { commandTree } from '../../src/cli/command-tree.ts';
import { EXAMPLES } from '../../src/cli/examples.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { CAN_BUILD, useNetwork } from '../support/namespaces.ts';
import { officeOf, TWO_WIRES } from '../support/plain-profiles.ts';
import { shownInHead, shownOn, type Shown, type TerminalKind } from '../support/shown-on.ts';

/** One command line of the story. */
interface Call {
  readonly args: readonly string[];
  /** Of the exit; 0 by default. */
  readonly exitCode?: number;
  /** What its last line tells to do next; nothing by default. */
  readonly next?: string;
  /** Why all of it may be wider than the screen. */
  readonly whole?: 'a JSON document' | 'a shell script';
  /** The lines that may be, beside single words and what is to be copied. */
  readonly wide?: RegExp;
  /** Where it lasts too long to be called in every way, and touches nothing that the others see. */
  readonly once?: true;
}

const QUICK = 'announce: { rounds: 1 }\n';
const MISTAKEN = officeOf('192.168.0.2, 192.168.0.3, 192.168.0.004, 192.168.0.5', '192.168.0.66, 192.168.0.300', 'adresses: []\n');

/** The life of a profile. Each command of parp has at least one call; the host is as before when it has been told. */
const STORY: readonly (Call & { readonly command: string })[] = (
  [
    {
      args: [
        ...'init --yes --force --kind private-vlan --set interfaces=eth0 --set addresses=10.7.0.1/24 --out'.split(' '),
        'new one.yaml',
      ],
    },
    { args: ['apply', '--help'] },
    { args: ['init', '--help'] },
    { args: ['validate', 'office.yaml', 'new one.yaml'], next: "plan office.yaml 'new one.yaml'" },
    { args: ['validate', 'mistaken.yaml'], exitCode: 3 },
    { args: ['draw', 'office.yaml'], next: 'plan office.yaml' },
    { args: ['plan', 'office.yaml'], next: 'apply office.yaml' },
    { args: ['plan', 'office.yaml', '--format', 'shell'], whole: 'a shell script' },
    { args: ['plan', 'office.yaml', '--out', 'a plan.json'], next: "apply --plan 'a plan.json'" },
    { args: ['schema', 'plan'], whole: 'a JSON document' },
    { args: ['apply', '--confirm', 'office.yaml'], next: 'confirm' },
    { args: ['apply', 'office.yaml'], exitCode: 4 },
    { args: ['status'] },
    { args: ['confirm'], next: 'status' },
    { args: ['enable', 'office'], next: 'status' },
    { args: ['boot'] },
    { args: ['disable', 'office'] },
    { args: ['explain', '-i', 'eth0', '--from', '192.168.0.2', '--to', '192.168.0.66'] },
    { args: ['explain', '-i', 'eth9', '--from', '192.168.0.2', '--to', '192.168.0.66'], exitCode: 4 },
    { args: ['probe', '-i', 'eth0', '192.168.0.9', '--expect', 'taken'], exitCode: 1 },
    { args: ['announce', '-i', 'eth0', '192.168.0.66', '--rounds', '1'] },
    { args: ['neighbours'] },
    { args: ['flush', '-i', 'eth0'] },
    { args: ['capture'], whole: 'a JSON document' },
    { args: ['rollback'], next: 'status' },
    { args: ['recover'], next: 'status' },
    { args: ['status'], next: 'init' },
    { args: ['apply', 'office.yaml', '--no-probe'], next: 'enable office' },
    { args: ['apply', 'office.yaml'] },
    { args: ['remove', 'office'], next: 'status' },
    { args: ['remove', 'office'], exitCode: 4 },
    { args: ['completion', 'bash'], whole: 'a shell script' },
    { args: ['lab', 'nowhere'], exitCode: 3 },
    { args: ['completion'], exitCode: 3 },
    { args: ['apply', '--confirn', 'office.yaml'], exitCode: 3 },
    { args: ['--engine', 'of my own', 'status'], exitCode: 3 },
    { args: ['apply', 'nowhere.yaml'], exitCode: 3 },
    // Pictures lose their shape when they are broken.
    { args: ['lab'], wide: /[-+|]{2}|^ +192\.168\.0\.0\/24$/, once: true },
  ] satisfies readonly Call[]
).map((call) => ({ ...call, command: call.args[0] ?? '' }));

const SHORT = STORY.filter(({ once }) => once === undefined);
const LONG = STORY.filter(({ once }) => once !== undefined);

const WIDE: TerminalKind = { columns: 80, env: { LC_ALL: 'C.UTF-8' } };
const NARROW: TerminalKind = { columns: 40, env: { LANG: 'C', NO_COLOR: '1' } };
const DUMB: TerminalKind = { columns: 40, env: { TERM: 'dumb', LC_ALL: 'C.UTF-8' } };

/** What is copied stays whole. */
const COPIED = new Set(Object.values(EXAMPLES).flatMap((some) => some.map(({ line }) => line)));

describe.skipIf(!CAN_BUILD)('every command on a terminal', () => {
  const net = useNetwork(TWO_WIRES);
  const env = () => ({ PARP_LIB_DIR: `${net.lab.folder}/lib` });
  const write = (): void => {
    net.profile('office.yaml', officeOf('192.168.0.2', '192.168.0.66', QUICK));
    net.profile('mistaken.yaml', MISTAKEN);
  };

  // What has a network of its own goes on beside the rest.
  let beside: readonly { readonly call: Call; readonly showing: Promise<Shown> }[] = [];
  beforeAll(() => {
    beside = LONG.map((call) => ({ call, showing: shownOn(net, 'router', call.args, NARROW) }));
  });

  it('is in the story', () => {
    const { commands } = commandTree(buildProgram(() => undefined));
    const told = new Set(STORY.map(({ command }) => command).filter((command) => !command.startsWith('-')));
    expect([...told].toSorted()).toEqual(commands.map(({ name }) => name).toSorted());
  });

  it.each([
    ['80 columns', WIDE],
    ['40 columns, without colours, in the locale C', NARROW],
  ])('of %s', async (_name, terminal) => {
    write();
    const show = async ({ args }: Call): Promise<Shown> =>
      shownOn(net, 'router', args, { ...terminal, env: { ...terminal.env, ...env() } });
    for (const call of SHORT) {
      const shown = await show(call);
      check(call, shown, terminal);
      checkNext(call, shown);
    }
    expect(await net.ipJson('router', 'route', 'show', 'proto', '97')).toEqual([]);
  });

  it('that is dumb: lines alone, and no sequence', async () => {
    write();
    for (const args of [
      ['plan', 'office.yaml'],
      ['apply', 'office.yaml'],
      ['remove', 'office'],
      ['apply', 'nothing.yaml'],
    ]) {
      const shown = await shownOn(net, 'router', args, { ...DUMB, env: { ...DUMB.env, ...env() } });
      check({ args, exitCode: args[1] === 'nothing.yaml' ? 3 : 0 }, shown, DUMB);
      expect(shown.raw, args.join(' ')).not.toMatch(/\r/);
    }
  });

  it('that is too narrow for a table: each of its rows on two lines', async () => {
    await net.ip(
      'router',
      'neigh replace 192.168.0.2 lladdr 02:00:00:00:00:02 dev eth0 nud permanent',
      'neigh add proxy 192.168.0.66 dev eth1',
    );
    const { raw } = await shownOn(net, 'router', ['neighbours'], NARROW);
    expect(raw.split('\n').map((line) => line.trimEnd())).toEqual([
      'ADDRESS       INTERFACE',
      '  MAC                STATE',
      '192.168.0.2   eth0',
      '  02:00:00:00:00:02  permanent',
      '192.168.0.66  eth1',
      '  -                  proxy',
      '',
    ]);
    await net.ip('router', 'neigh del 192.168.0.2 dev eth0', 'neigh del proxy 192.168.0.66 dev eth1');
  });

  it('that ends behind the first line: nothing is cut off in the middle', async () => {
    write();
    for (const call of SHORT) {
      const shown = await shownInHead(net, 'router', call.args, { LC_ALL: 'C', ...env() });
      expect({ args: call.args, exitCode: shown.exitCode }, shown.raw).toEqual({ args: call.args, exitCode: call.exitCode ?? 0 });
      expect(shown.raw.split('\n').length, call.command).toBeLessThanOrEqual(1);
      expect(shown.raw).not.toContain('\u001b');
      expect(shown.raw).not.toMatch(/Next:|EPIPE|^ +at /m);
    }
    expect(await net.ipJson('router', 'route', 'show', 'proto', '97')).toEqual([]);
  });

  it('of 40 columns, and what lasts longer', async () => {
    expect(beside.length).toBeGreaterThan(0);
    for (const { call, showing } of beside) check(call, await showing, NARROW);
  });
});

function check({ args, exitCode = 0, whole, wide }: Call, shown: Shown, { columns, env }: TerminalKind): void {
  const { raw } = shown;
  const what = `parp ${args.join(' ')}\n${raw}`;
  expect(shown.exitCode, what).toBe(exitCode);
  expect(raw, what).not.toMatch(/EPIPE|^ +at .*:\d+:\d+\)?$/m);
  const isColored = env['NO_COLOR'] === undefined && env['TERM'] !== 'dumb';
  const sequences = raw.split('\u001b').slice(1);
  // Styles alone: nothing moves the cursor, or hides it.
  expect(isColored ? sequences.filter((sequence) => !/^\[[0-9;]*m/.test(sequence)) : sequences, what).toEqual([]);
  if (isColored && args[0] === 'plan' && whole === undefined) expect(sequences.length, what).toBeGreaterThan(0);
  if (env['LC_ALL'] === undefined) expect(raw, what).not.toMatch(/\P{ASCII}/u);
  if (whole !== undefined) return;
  const lines = stripVTControlCharacters(raw).split('\n');
  const tooWide = lines.filter(
    (line, at) =>
      // What is written over a line stays off the last column, behind which the cursor would be on the next one.
      line.split('\r').some((part, nth, parts) => cellsOf(part) > (nth < parts.length - 1 ? columns - 1 : columns)) &&
      !/^ *\S+$/.test(line) &&
      !(wide?.test(line) ?? false) &&
      !COPIED.has(line.trim()) &&
      lines[at - 1] !== 'Next:',
  );
  expect(tooWide, what).toEqual([]);
}

function checkNext({ args, next }: Call, { raw }: Shown): void {
  const text = stripVTControlCharacters(raw);
  const last = /(?:^|\n)Next:[ \n](.*)\n$/.exec(text)?.[1];
  expect(last, `parp ${args.join(' ')}\n${raw}`).toBe(next === undefined ? undefined : `parp ${next}`);
}
