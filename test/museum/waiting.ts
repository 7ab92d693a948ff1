// Bugs in what happens between an apply that has to be confirmed and its end.
import { cpSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ROUTES } from '../support/plain-profiles.ts';
import type { Exhibit, Scenario } from './exhibit.ts';
import { museumFolder } from './plant.ts';
import { pause, Scene, TO, within } from './scene.ts';

const WINDOW_MS = 10_000;

/** How much later than its deadline a change may still be there, on a machine with other things to do. */
const LATE_MS = 2500;

/** How long what takes a moment may take on such a machine. */
const PATIENCE_MS = 30_000;

/** So long does a guard take at most that is wrongly in a hurry. */
const SOON_MS = 2000;

async function isThere(scene: Scene): Promise<boolean> {
  return (await scene.routesTo(TO)).length > 0;
}

/** Somebody applies a change that cuts off his own session, and the terminal goes with it. */
const terminalGoes: Scenario = async (net, program) => {
  const scene = new Scene(net, program);
  const done = `${net.lab.folder}/done`;
  const apply = [...program, 'apply', '--confirm=10s', net.profile('routes.yaml', ROUTES)].join(' ');
  const terminal = net.spawn('router', ['script', '--quiet', '--command', `${apply} && touch ${done}; sleep 60`, '/dev/null']);
  terminal.end.catch(() => undefined);
  if (!(await within(PATIENCE_MS, () => existsSync(done)))) throw new Error('The apply did not end');
  const since = performance.now();
  // The other end of the terminal is closed with the last process that holds it: this one.
  terminal.kill('SIGKILL');
  await pause(WINDOW_MS * 0.7 - (performance.now() - since));
  scene.check(await isThere(scene), 'it was taken back long before its time');
  const isGone = await within(WINDOW_MS + LATE_MS - (performance.now() - since), async () => !(await isThere(scene)));
  scene.check(isGone, 'nobody took it back at its deadline');
  return scene.harms;
};

/** Somebody asks for more time than a timer holds, and is told so; then for as much as there is. */
const longWindow: Scenario = async (net, program) => {
  const scene = new Scene(net, program);
  for (const time of ['30d', '24h']) {
    const { exitCode } = await scene.run(['apply', `--confirm=${time}`, net.profile('routes.yaml', ROUTES)]);
    if (exitCode === 3) continue;
    await within(SOON_MS, async () => !(await isThere(scene)));
    scene.check(await isThere(scene), `it was to be confirmed within ${time}, and is not there any more`);
  }
  scene.check(await isThere(scene), 'not even 24h are possible');
  return scene.harms;
};

/** The wall clock jumps by a day, as where the time server answers at last. It does so for this program alone. */
const clockJumps: Scenario = async (net, program) => {
  const ahead = `${net.lab.folder}/ahead`;
  const shifted = `${net.lab.folder}/parp.mjs`;
  const [node = '', ...script] = program;
  writeFileSync(
    shifted,
    `import { existsSync } from 'node:fs';
const { now } = Date;
Date.now = () => now() + (existsSync(${JSON.stringify(ahead)}) ? 86_400_000 : 0);
await import(${JSON.stringify(script[0])});
`,
  );
  const scene = new Scene(net, [node, shifted]);
  await scene.must(['apply', '--confirm=1h', net.profile('routes.yaml', ROUTES)]);
  writeFileSync(ahead, '');
  await within(SOON_MS, async () => !(await isThere(scene)));
  scene.check(await isThere(scene), 'it was taken back when the wall clock jumped');
  await scene.run(['rollback']);
  return scene.harms;
};

/** Somebody confirms just when the guard begins to take the change back. */
const confirmedLate: Scenario = async (net, program) => {
  const scene = new Scene(net, program);
  const begun = `${net.lab.folder}/begun`;
  const confirmed = `${net.lab.folder}/confirmed`;
  // The guard goes on when there is an answer, or behind the time in which somebody who waits for the guard gets none.
  const act = `run: touch ${begun}; timeout 3 sh -c 'until test -e ${confirmed}; do sleep 0.05; done'`;
  await scene.must(['apply', '--confirm=1h', net.profile('routes.yaml', ROUTES)], { at: 'journal.mark.undoing', act, only: 'guard' });
  process.kill(scene.guard, 'SIGTERM');
  if (!(await within(5000, () => existsSync(begun)))) throw new Error('The guard does not begin');
  const { exitCode } = await scene.run(['confirm']);
  writeFileSync(confirmed, '');
  if (!(await within(5000, () => !scene.isGuarded))) throw new Error('The guard does not end');
  scene.check(exitCode !== 0 || (await isThere(scene)), 'confirm ended with 0, and it was taken back');
  scene.check(exitCode === 0 || !(await isThere(scene)), `confirm ended with ${exitCode}, and it was kept`);
  return scene.harms;
};

/** The package is upgraded while the change waits to be confirmed. */
const upgraded: Scenario = async (net, program) => {
  const [node = '', path = ''] = program;
  const installed = museumFolder(basename(net.lab.folder));
  cpSync(dirname(path), installed, { recursive: true });
  const scene = new Scene(net, [node, join(installed, basename(path))]);
  try {
    await scene.must(['apply', '--confirm=1h', net.profile('routes.yaml', ROUTES)]);
  } finally {
    rmSync(installed, { recursive: true, force: true });
  }
  process.kill(scene.guard, 'SIGTERM');
  const isGone = await within(5000, async () => !(await isThere(scene)));
  scene.check(isGone, 'with the files of its program gone, the guard took nothing back');
  return scene.harms;
};

export const WAITING: readonly Exhibit[] = [
  {
    bug: 'forgets to revert when the terminal goes away',
    tools: 'shell one-liners, try-commands that wait in the foreground',
    story: '`sleep 120 && revert &`: the change cuts the session off, SIGHUP ends what was to revert it, and the host stays cut off',
    edits: [
      { file: 'host/detached.ts', from: 'detached: true,', to: 'detached: false,' },
      { file: 'cli/guard.ts', from: "for (const name of ['SIGHUP', 'SIGINT'] as const) process.on(name, () => undefined);", to: '' },
    ],
    scenario: terminalGoes,
    harm: 'nobody took it back at its deadline',
  },
  {
    bug: 'reverts up to a minute late',
    tools: 'reverting by `at` or cron',
    story: 'they look at the clock once a minute: whoever is cut off waits, and has given up by then',
    edits: [{ file: 'cli/guard.ts', from: 'const LOOK_EVERY_MS = 50;', to: 'const LOOK_EVERY_MS = 60_000;' }],
    scenario: terminalGoes,
    harm: 'nobody took it back at its deadline',
  },
  {
    bug: 'waits with one timer, which overflows and ends at once',
    tools: 'programs in JavaScript',
    story:
      'setTimeout takes more than 2³¹ ms for 1 ms: in zigbee2mqtt 30 days were over at once, again and again (zigbee2mqtt issue 17659)',
    edits: [
      { file: 'cli/apply.ts', from: 'longest: 24 * 3_600_000', to: 'longest: 60 * 24 * 3_600_000' },
      {
        file: 'cli/guard.ts',
        from: "if (phase !== 'applied' && !isAlive(transaction.by)) return 'due';",
        to: "if (deadlineMs !== null) return pause(deadlineMs - bootMilliseconds()).then(() => 'due');",
      },
    ],
    scenario: longWindow,
    harm: 'it was to be confirmed within 30d, and is not there any more',
  },
  {
    bug: 'counts its time by the wall clock',
    tools: 'scripts that compare `date +%s`',
    story: 'on a router without a battery for its clock the time server sets it by years, and the two minutes are over, or never will be',
    edits: [{ file: 'host/libc.ts', from: 'return Math.floor(clockMilliseconds(CLOCK_BOOTTIME));', to: 'return Date.now();' }],
    scenario: clockJumps,
    harm: 'it was taken back when the wall clock jumped',
  },
  {
    bug: 'tells both the one who confirms and the one who reverts that he was first',
    tools: 'commit-confirm scripts',
    story: '"confirm" deletes a file, or an `at` job that runs already: it says that the change is kept, and a second later it is gone',
    edits: [
      {
        file: 'cli/writer.ts',
        from: 'const lock = await lockWithin(options.patienceMs ?? PATIENCE_MS, folder, command);',
        to: `const lock: LockHeld = command === 'confirm'
          ? { kind: 'held', descriptors: [], isIntact: () => true, release: () => undefined }
          : await lockWithin(options.patienceMs ?? PATIENCE_MS, folder, command);`,
      },
    ],
    scenario: confirmedLate,
    harm: 'confirm ended with 0, and it was taken back',
  },
  {
    bug: 'loads the code that reverts when it is time to revert',
    tools: 'shell scripts, programs with late imports',
    story: 'an upgrade replaces the files meanwhile: a shell reads its script as it goes, and goes on in the middle of another one',
    edits: [
      { file: 'cli/guard.ts', from: "import { createIproute2Backend } from '../host/iproute2-backend.ts';", to: '' },
      {
        file: 'cli/guard.ts',
        from: 'const backend = createIproute2Backend();',
        to: `const load = async () => (await import('../host/iproute2-backend.ts')).createIproute2Backend();
          const backend: Backend = {
            name: 'iproute2',
            observe: async () => (await load()).observe(),
            write: async (...given) => (await load()).write(...given),
            flush: async (...given) => (await load()).flush(...given),
          };`,
      },
    ],
    scenario: upgraded,
    harm: 'with the files of its program gone, the guard took nothing back',
  },
];
