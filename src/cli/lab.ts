import { macExpected, ownerOf, type Asked } from '../lab/checks.ts';
import { programPath } from '../lab/child-process.ts';
import { LabError } from '../lab/lab-error.ts';
import type { LabKind } from '../lab/lab-kind.ts';
import { LAB_KINDS } from '../lab/lab-kinds.ts';
import { buildTopology, type Lab } from '../lab/namespaces.ts';
import { againInUserNamespace, isInUserNamespace, mayMakeNamespaces, ownRun } from '../lab/privileges.ts';
import { rehearse, type Audience, type Rehearsal } from '../lab/rehearsal.ts';
import { removeStale } from '../lab/removal.ts';
import { nodesOf } from '../lab/topology.ts';
import { Failure } from '../model/failure.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import type { Terminal } from './terminal.ts';

/** Why everything stops: the code to exit with. */
class Interrupted extends Error {
  readonly exitCode: 130 | 143;

  constructor(exitCode: 130 | 143) {
    super('Interrupted');
    this.exitCode = exitCode;
  }
}

/**
 * `parp lab [KIND]`: builds a throw-away network, shows that it does not work, applies a profile in it, shows that it works, and
 * takes everything away. 0 when every expectation held, 1 when one did not, 130 or 143 when it was interrupted; nothing is left in
 * each case but with `keep`. Throws `Failure`: an unknown kind, missing programs or privileges.
 */
export async function labCommand(name: string | undefined, options: { readonly keep?: boolean }, terminal: Terminal): Promise<ExitCode> {
  const kind = kindNamed(name);
  const keep = options.keep ?? false;
  try {
    for (const program of ['ip', 'ping', ...kind.programs]) programPath(program);
    if (!mayMakeNamespaces()) {
      const [script = '', ...args] = process.argv.slice(1);
      return exitCodeOf(await againInUserNamespace([process.execPath, script, ...args]));
    }
    if (isInUserNamespace()) await ownRun();
    else for (const id of removeStale()) terminal.note(`Removed ${id}, left behind by a lab that was killed`);
    return await interruptible(async (signal) => show(kind, name === undefined, keep, signal, terminal));
  } catch (error) {
    if (error instanceof Interrupted) {
      terminal.note('Interrupted; the network is gone');
      return error.exitCode;
    }
    if (error instanceof LabError)
      throw new Failure(error.reason === 'failed' ? 'failed' : 'refused', `lab-${error.reason}`, error.message, { remedy: error.remedy });
    throw error;
  }
}

function kindNamed(name: string | undefined): LabKind {
  const kind = name === undefined ? LAB_KINDS[0] : LAB_KINDS.find((candidate) => candidate.kind === name);
  if (kind !== undefined) return kind;
  throw new Failure('invalid', 'unknown-kind', `"${name}" is not a kind of lab`, {
    remedy: `Kinds: ${LAB_KINDS.map((known) => known.kind).join(', ')}`,
  });
}

function exitCodeOf(code: number): ExitCode {
  const known = [...Object.values(EXIT), 130, 143] as const;
  return known.find((candidate) => candidate === code) ?? EXIT.failed;
}

/** Does the work with a signal that SIGINT, SIGTERM and SIGHUP abort with `Interrupted`. */
async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const abort = (name: NodeJS.Signals): void => controller.abort(new Interrupted(name === 'SIGINT' ? 130 : 143));
  for (const name of names) process.on(name, abort);
  try {
    return await work(controller.signal);
  } finally {
    for (const name of names) process.off(name, abort);
  }
}

async function show(kind: LabKind, byDefault: boolean, keep: boolean, signal: AbortSignal, terminal: Terminal): Promise<ExitCode> {
  introduce(kind, byDefault, terminal);
  terminal.note(`Building ${nodesOf(kind.topology).length} network namespaces`);
  const lab = await buildTopology(kind.topology, { signal, family: keep ? 'parp-kept' : 'parp-lab' });
  let kept = false;
  try {
    const script = process.argv[1] ?? '';
    const result = await rehearse(
      lab,
      kind,
      { parp: [process.execPath, script], json: terminal.globals.json, keep },
      narrator(kind, terminal),
    );
    conclude(kind, lab, result, keep, terminal);
    if (keep) {
      await leaveStanding(lab, kind, signal, terminal);
      kept = !isInUserNamespace();
    }
    return result.complaints.length === 0 ? EXIT.done : EXIT.failed;
  } finally {
    if (kept) lab.keep();
    else await lab.destroy();
  }
}

/** Stories are broken for terminals of that width; narrower ones break them anew. */
const STORY_COLUMNS = 80;

function introduce(kind: LabKind, byDefault: boolean, terminal: Terminal): void {
  terminal.print(
    `${terminal.style('bold', kind.title)}\n\n${terminal.columns < STORY_COLUMNS ? kind.story.replaceAll('\n', ' ') : kind.story}`,
  );
  terminal.verbatim(kind.picture);
  terminal.print(`\n${kind.kind}.yaml, for the ${kind.router}:\n\n${indented(kind.profile)}`);
  const others = LAB_KINDS.filter((other) => other !== kind).map((other) => other.kind);
  if (byDefault) terminal.note(`Other labs: parp lab ${others.join(' | ')}`);
}

/** Tells each step on stdout as it happens. */
function narrator(kind: LabKind, terminal: Terminal): Audience {
  let planned = '';
  return {
    asked: (when, asked) => terminal.print(`\n${table(kind, when, asked, terminal)}`),
    runs: (host, args) => terminal.print(`\n${terminal.style('bold', `${host}$ parp ${args.join(' ')}`)}`),
    ran: ({ args, stdout, stderr, exitCode }) => {
      // `apply` begins with the plan that was just shown.
      const known = args[0] === 'apply' && planned !== '' && stdout.startsWith(planned);
      const said = known ? `(the same plan)\n${stderr}${stdout.slice(planned.length)}` : `${stdout}${stderr}`;
      if (args[0] === 'plan') planned = stdout;
      terminal.print(indented(`${said}${exitCode === 0 ? '' : `exit code ${exitCode}\n`}`));
    },
    redirects: (count) => {
      if (kind.pings > 1) terminal.print(`\nICMP redirects that the hosts received: ${count}`);
    },
    foretold: ({ inside, beside, complaints }) => {
      const asked = `${inside} of the addresses that plan foretold, and ${beside} beside them`;
      terminal.print(`\nThe wires were asked for ${asked}: ${complaints.length === 0 ? 'all as foretold' : 'NOT AS FORETOLD'}`);
    },
    givenBack: (left, compared) => {
      const what = `addresses, routes, rules, neighbours, nftables and ${compared} sysctls`;
      if (left.length === 0) terminal.print(`\nThe ${kind.router} is as it was before: ${what} compared`);
      else terminal.print(`\nThe ${kind.router} is not as it was before:\n${indented(left.join('\n'))}`);
    },
  };
}

function table(kind: LabKind, when: 'before' | 'after', asked: readonly Asked[], terminal: Terminal): string {
  const rows = kind.checks.map((check, i) => {
    const { answer = 'silence', mac = null } = asked[i] ?? {};
    const held = answer === check[when] && (when === 'before' || mac === macExpected(kind, check));
    const owner = mac === null ? (answer === 'reply' ? 'through its gateway' : '') : `${mac}  ${ownerOf(kind, mac)}`;
    const cells = [`${check.from} -> ${check.to}`.padEnd(26), answer.padEnd(9), when === 'before' ? check.what : owner];
    return `  ${cells.join('').trimEnd()}${held ? '' : '   NOT AS EXPECTED'}`;
  });
  const title = when === 'before' ? 'Without parp' : 'With parp: who is reached, and the MAC that the asker has for it';
  return `${terminal.style('bold', title)}\n\n${rows.join('\n')}`;
}

function conclude(kind: LabKind, lab: Lab, result: Rehearsal, kept: boolean, terminal: Terminal): void {
  const held = result.complaints.length === 0;
  for (const line of result.complaints) terminal.print(terminal.style('red', line));
  terminal.print(
    terminal.style(held ? 'green' : 'red', held ? '\nEverything was as it should be' : '\nNot everything was as it should be'),
  );
  terminal.document('lab', {
    kind: kind.kind,
    title: kind.title,
    topology: kind.topology,
    profile: kind.profile,
    checks: kind.checks.map((check, i) => ({
      ...check,
      expected: { before: check.before, after: check.after, mac: macExpected(kind, check) },
      before: result.before[i] ?? null,
      after: result.after?.[i] ?? null,
    })),
    runs: result.runs.map(({ host, args, exitCode, stdout }) => ({ host, args, exitCode, output: documentIn(stdout) })),
    redirects: result.redirects,
    foretold: result.foretold,
    left: result.left,
    complaints: result.complaints,
    held,
    kept: kept ? { namespaces: nodesOf(lab.topology).map((host) => lab.name(host)), folder: lab.folder } : null,
  });
}

/** How to enter and how to delete a network that stays. In a user namespace it stays as long as this process does. */
async function leaveStanding(lab: Lab, kind: LabKind, signal: AbortSignal, terminal: Terminal): Promise<void> {
  const enter = `ip netns exec ${lab.name(kind.router)} env PARP_STATE_DIR=${lab.stateDir} bash`;
  terminal.note(
    `\nThe network stays: ${nodesOf(lab.topology)
      .map((host) => lab.name(host))
      .join(', ')}`,
  );
  if (!isInUserNamespace()) {
    terminal.note(`Enter the router:  ${enter}`);
    terminal.note(
      `Delete it all:     for host in ${nodesOf(lab.topology).join(' ')}; do ip netns delete ${lab.id}-$host; done; rm -r ${lab.folder}`,
    );
    return;
  }
  terminal.note(`Enter the router, from another terminal: nsenter --target ${process.pid} --user --mount --preserve-credentials ${enter}`);
  terminal.note('Delete it all: end this process with ^C');
  const keepAlive = setInterval(() => undefined, 60_000);
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  clearInterval(keepAlive);
}

function documentIn(stdout: string): unknown {
  try {
    return JSON.parse(stdout);
  } catch {
    return stdout;
  }
}

function indented(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ');
}
