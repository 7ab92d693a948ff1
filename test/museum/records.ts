// Bugs in what a program remembers of its work, and where.
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { ROUTES } from '../support/plain-profiles.ts';
import type { Exhibit, Scenario } from './exhibit.ts';
import { Scene, TO } from './scene.ts';

/** A switch and a route. */
const BOTH = `version: 1
kind: custom
name: both
sysctl: { net/ipv4/conf/eth1/rp_filter: 1 }
routes: [{ to: ${TO}/32, interface: eth1 }]
`;

/** The machine's memory is short, and the program is killed between two writes; somebody has it put things right. */
const killedBetween: Scenario = async (net, program) => {
  const scene = new Scene(net, program);
  const before = await scene.snapshot();
  await scene.run(['apply', net.profile('both.yaml', BOTH)], { at: 'operation.written', act: 'kill' });
  const { exitCode } = await scene.run(['recover']);
  scene.check(exitCode === 0, `recover ended with ${exitCode}`);
  await scene.checkAsBefore(before, 'recover left something behind');
  return scene.harms;
};

/** One change is in force, and the program is killed in the middle of noting down the next one. */
const killedNoting: Scenario = async (net, program) => {
  const scene = new Scene(net, program);
  const before = await scene.snapshot();
  await scene.must(['apply', net.profile('routes.yaml', ROUTES)]);
  await scene.run(['apply', net.profile('both.yaml', BOTH)], { at: 'file.part-written', act: 'kill' });
  const { exitCode } = await scene.run(['remove', 'routes']);
  scene.check(exitCode === 0, `remove ended with ${exitCode}`);
  await scene.checkAsBefore(before, 'what was in force cannot be given back');
  return scene.harms;
};

/** Half of the records is gone, as after a crash of the machine's file system. */
const cutOff: Scenario = async (net, program) => {
  const scene = new Scene(net, program);
  await scene.must(['apply', net.profile('routes.yaml', ROUTES)]);
  const journal = `${scene.records}/journal`;
  truncateSync(journal, statSync(journal).size >> 1);
  const { exitCode } = await scene.run(['remove', '--all']);
  scene.check(exitCode !== 0, 'remove --all ended with 0 without its records');
  await scene.run(['recover']);
  scene.check((await scene.routesTo(TO)).length === 0, 'the route is left behind, and forgotten');
  return scene.harms;
};

/** One bit of the records is flipped: the switch was 0 before, and now they say 2. */
const bitFlipped: Scenario = async (net, program) => {
  const scene = new Scene(net, program);
  await scene.must(['apply', net.profile('both.yaml', BOTH)]);
  const journal = `${scene.records}/journal`;
  const text = readFileSync(journal, 'latin1');
  const flipped = text.replaceAll('rp_filter","from":"0"', 'rp_filter","from":"2"');
  if (flipped === text) throw new Error('The records do not say what the switch was');
  writeFileSync(journal, flipped, 'latin1');
  await scene.run(['rollback']);
  const value = await net.sysctl('router', 'net/ipv4/conf/eth1/rp_filter');
  scene.check(value !== '2', 'rp_filter became 2, which it never was');
  return scene.harms;
};

/** The host was started anew, and now somebody else sets up the same; the records of then are still there. */
const startedAnew: Scenario = async (net, program) => {
  const scene = new Scene(net, program);
  await scene.must(['apply', net.profile('both.yaml', BOTH)]);
  const before = await scene.snapshot();
  const bootId = `${net.lab.folder}/boot_id`;
  writeFileSync(bootId, '01234567-89ab-4def-8123-456789abcdef\n');
  await scene.runBehind(`mount --bind ${bootId} /proc/sys/kernel/random/boot_id`, ['rollback']);
  await scene.checkAsBefore(before, 'it went by the records of another boot');
  return scene.harms;
};

/** Somebody has put a link where the records shall be, to a folder of his choice. */
const linkedFolder: Scenario = async (net, program) => {
  const scene = new Scene(net, program);
  const elsewhere = `${net.lab.folder}/elsewhere`;
  mkdirSync(elsewhere, { mode: 0o700 });
  symlinkSync(elsewhere, net.lab.stateDir);
  await scene.run(['apply', net.profile('routes.yaml', ROUTES)]);
  scene.check(readdirSync(elsewhere).length === 0, 'root wrote to where a link led');
  return scene.harms;
};

/** The same with the file that a plan goes to. */
const linkedFile: Scenario = async (net, program) => {
  const scene = new Scene(net, program);
  const theirs = `${net.lab.folder}/shadow`;
  writeFileSync(theirs, 'root:*:19000:0:99999:7:::\n');
  symlinkSync(theirs, `${net.lab.folder}/plan.json`);
  await scene.run(['plan', net.profile('routes.yaml', ROUTES), '--out', `${net.lab.folder}/plan.json`]);
  scene.check(readFileSync(theirs, 'utf8').startsWith('root:'), 'root wrote over a file that a link led to');
  return scene.harms;
};

const openFile: Scenario = async (net, program) => {
  const scene = new Scene(net, program);
  const file = `${net.lab.folder}/plan.json`;
  writeFileSync(file, '');
  chmodSync(file, 0o666);
  await scene.run(['plan', net.profile('routes.yaml', ROUTES), '--out', file]);
  scene.check(readFileSync(file, 'utf8').startsWith('{'), 'no plan was written');
  scene.check((statSync(file).mode & 0o077) === 0, 'others may read the plan');
  return scene.harms;
};

/** A file is written where it is, whoever made it. */
const IN_PLACE: Exhibit['edits'] = [
  { file: 'cli/write-privately.ts', from: 'const beside = `${path}.${randomUUID()}`;', to: 'const beside = path; void randomUUID;' },
  { file: 'cli/write-privately.ts', from: 'O_CREAT | O_EXCL | O_NOFOLLOW, 0o600', to: 'O_CREAT, 0o600' },
];

export const RECORDS: readonly Exhibit[] = [
  {
    bug: 'notes down what it does when it is done',
    tools: 'scripts with a state file, or without',
    story: 'the state file is the last line of the script: killed before it, nobody knows what to take back',
    edits: [
      { file: 'engine/execute.ts', from: 'journal.open(transaction);', to: '' },
      { file: 'engine/execute.ts', from: "watch.stage?.('flush');", to: "journal.open(transaction); watch.stage?.('flush');" },
    ],
    scenario: killedBetween,
    harm: 'recover left something behind',
  },
  {
    bug: 'takes a file with a process id for a lock',
    tools: 'daemons with a pid file',
    story:
      'the file outlives the process: after a crash keepalived says "daemon is already running" until somebody deletes it (keepalived issues 383 and 1527)',
    edits: [
      { file: 'host/file-lock.ts', from: "flock(folder, 'exclusive', true) ? lockFile(path)", to: "textAt(path) === '' ? lockFile(path)" },
    ],
    scenario: killedBetween,
    harm: 'recover ended with 7',
  },
  {
    bug: 'writes its records over the old ones in place',
    tools: 'daemons and scripts that truncate and write',
    story:
      'cut off in between, the old state is gone and the new one is not there: Docker was left with an empty key.json, and did not start (moby issue 23985)',
    edits: [{ file: 'host/state-folder.ts', from: 'const beside = `${path}.new`;', to: 'const beside = path;' }],
    scenario: killedNoting,
    harm: 'what was in force cannot be given back',
  },
  {
    bug: 'takes records that were cut off for none',
    tools: 'programs with a state file',
    story:
      'where it does not parse they begin with an empty one: it is as though they had never done anything, and nothing of it is taken back',
    edits: [{ file: 'host/records.ts', from: 'throw new RecordsDamaged(this.#path, read.why);', to: 'return null;' }],
    scenario: cutOff,
    harm: 'the route is left behind, and forgotten',
  },
  {
    bug: 'believes its records, whatever became of them',
    tools: 'programs with a state file in JSON or lines',
    story:
      'hardly one bears a checksum: a value that a failing disk or a careless editor changed is written to the kernel as the one of before',
    edits: [
      {
        file: 'host/journal-format.ts',
        from: "if (text.toString('latin1', start, start + CRC_WIDTH) !== `${hex(own)} ` || text[end - 1] !== LINE_END) return undefined;",
        to: '',
      },
    ],
    scenario: bitFlipped,
    harm: 'rp_filter became 2, which it never was',
  },
  {
    bug: 'goes by the records of another boot',
    tools: 'network plugins with their state below /var/lib',
    story:
      'after a reboot the addresses that CNI had given out were still taken, and containers did not start (podman issue 3759, containernetworking/plugins issue 252)',
    edits: [{ file: 'host/records.ts', from: 'return bootId === this.#head.bootId && cookie === this.#head.cookie;', to: 'return true;' }],
    scenario: startedAnew,
    harm: 'it went by the records of another boot',
  },
  {
    bug: 'keeps its records in a folder that a link leads to',
    tools: 'services of root that make their folders',
    story: 'opentmpfiles gave files anywhere to the user who had put a link in the place of a folder (CVE-2017-18925)',
    edits: [{ file: 'host/state-folder.ts', from: 'const stat = lstatSync(path);', to: 'const stat = statSync(path);' }],
    scenario: linkedFolder,
    harm: 'root wrote to where a link led',
  },
  {
    bug: 'writes a file through a link',
    tools: 'scripts of root that write to /tmp',
    story: 'a file of a known name in /tmp: whoever puts a link there first has root write over any file (rancid, Debian bug 496426)',
    edits: [...IN_PLACE, { file: 'cli/write-privately.ts', from: 'requireReplaceable(path);', to: '' }],
    scenario: linkedFile,
    harm: 'root wrote over a file that a link led to',
  },
  {
    bug: 'writes what is secret into a file that others may read',
    tools: 'scripts that redirect into a file of a known name',
    story: 'umask protects a new file alone: who made the file before root did keeps it, with its mode',
    edits: IN_PLACE,
    scenario: openFile,
    harm: 'others may read the plan',
  },
];
