import { bootSwitchedOff } from '../host/boot-switch.ts';
import { requireCapabilities } from '../host/capabilities.ts';
import { EnabledFiles, isEnabledHere, type EnabledProfile } from '../host/enabled-files.ts';
import { Failure } from '../model/failure.ts';
import type { Profile } from '../profile/profile.ts';
import { printable } from '../render/words.ts';
import { applyProfiles } from './apply.ts';
import type { Course } from './apply-steps.ts';
import { requireEnabledHere } from './enabled-elsewhere.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { interruptibly } from './interruption.ts';
import { readRecords } from './read-records.ts';
import type { Terminal } from './terminal.ts';

/** What became of an enabled profile at boot: `pending` where its interface is not there, `skipped` where it failed too often before. */
interface Booted {
  readonly name: string;
  readonly outcome: 'applied' | 'nothing-to-do' | 'pending' | 'failed' | 'skipped';
  readonly reason: string | null;
}

/** The same, and whether it is to the profile's own account: then it is not tried for ever. */
type Tried = Omit<Booted, 'name'> & { readonly counts?: true };

/** After so many failed boots in a row a profile is no longer tried: it may be what keeps the machine from coming up. */
const MOST_FAILURES = 3;

/**
 * `parp boot`: brings up every enabled profile, each as a transaction of its own, so that none keeps another from it. Exit code 0 whatever
 * becomes of them; 1 where it cannot be read what is enabled.
 */
export async function boot(terminal: Terminal): Promise<ExitCode> {
  const off = bootSwitchedOff();
  if (off !== null) {
    terminal.document('boot', { profiles: [], switched_off: off });
    terminal.error(`Nothing is brought up: ${off}`);
    return EXIT.done;
  }
  // In the unit the other processes cannot be seen; it starts in the machine's own network.
  if (isEnabledHere() === false) requireEnabledHere('boot');
  const files = new EnabledFiles();
  const { profiles, alarm } = files.read();
  if (alarm !== null) terminal.error(`Warning: ${alarm}`);
  const enabled = Object.entries(profiles).toSorted(([one], [other]) => (one < other ? -1 : 1));
  if (enabled.length > 0)
    requireCapabilities([{ name: 'CAP_NET_ADMIN', need: 'change sysctls, addresses, routes, neighbours and nftables' }]);
  return interruptibly(async (interruption) => {
    const booted: Booted[] = [];
    const inForce = namesInForce(terminal);
    for (const [name, profile] of enabled) {
      if (interruption.signal.aborted) break;
      const one = { name, ...(inForce.has(name) ? ALREADY : await bringUp(name, profile, files, terminal)) };
      tell(one, terminal);
      booted.push(one);
    }
    if (enabled.length === 0) terminal.print('No profile is enabled.');
    terminal.document('boot', { profiles: booted, switched_off: null });
    return interruption.exitCode ?? EXIT.done;
  });
}

const ALREADY = { outcome: 'nothing-to-do', reason: 'it is in force already' } as const;

/** What an earlier run at this boot brought up. Records that cannot be read are what every apply will fail of. */
function namesInForce(terminal: Terminal): ReadonlySet<string> {
  try {
    return new Set(Object.keys(readRecords(terminal, true).ledger.profiles));
  } catch {
    return new Set();
  }
}

async function bringUp(name: string, profile: EnabledProfile, files: EnabledFiles, terminal: Terminal): Promise<Omit<Booted, 'name'>> {
  const attempts = files.attempts();
  const failed = Object.hasOwn(attempts, name) ? (attempts[name] ?? 0) : 0;
  if (failed >= MOST_FAILURES) return { outcome: 'skipped', reason: `it failed ${failed} times in a row` };
  // Before it is tried, for then the machine may stand still, or this process be killed.
  await count(files, name, failed + 1, terminal);
  const { counts, ...tried } = await tryUp(name, profile, terminal);
  if (counts !== true) await count(files, name, tried.outcome === 'applied' ? 0 : failed, terminal);
  return tried;
}

/** Where the disk cannot be written, profiles come up all the same, and only the count is lost. */
async function count(files: EnabledFiles, name: string, times: number, terminal: Terminal): Promise<void> {
  try {
    await files.count({ [name]: times });
  } catch (error) {
    terminal.note(`Warning: ${name}: how often it failed cannot be kept: ${printable(messageOf(error))}`);
  }
}

async function tryUp(name: string, { origin }: EnabledProfile, terminal: Terminal): Promise<Tried> {
  const course: Course = { outcome: undefined, announced: undefined };
  const request = { profiles: [origin as Profile], command: `boot ${name}`, options: { wait: false }, confirmWithinMs: null, atBoot: true };
  try {
    const exitCode = await applyProfiles(request, inTheNameOf(name, terminal), course);
    if (course.outcome === undefined) return exitCode === EXIT.done ? { outcome: 'nothing-to-do', reason: null } : interrupted;
    if (course.outcome.kind === 'done') return { outcome: 'applied', reason: null };
    if (exitCode === 130 || exitCode === 143) return interrupted;
    return { outcome: 'failed', reason: course.outcome.cause.message, counts: true };
  } catch (error) {
    // It is in force, and only what came behind that went wrong.
    if (course.outcome?.kind === 'done') return { outcome: 'applied', reason: messageOf(error) };
    return failed(error);
  }
}

const interrupted: Tried = { outcome: 'failed', reason: 'it was interrupted' };

function failed(error: unknown): Tried {
  const reason = messageOf(error);
  if (!(error instanceof Failure)) return { outcome: 'failed', reason, counts: true };
  if (error.code === 'no-such-interface') return { outcome: 'pending', reason };
  // Others write here, or are about to: that says nothing of the profile.
  if (error.ending === 'busy' || error.code === 'pending') return { outcome: 'failed', reason };
  return { outcome: 'failed', reason, counts: true };
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error instanceof Failure ? [error.message, ...error.details].join('; ') : error.message;
}

/** The terminal of one apply among several: what it says bears the profile's name, and what only its own command would print is left out. */
function inTheNameOf(name: string, terminal: Terminal): Terminal {
  return {
    ...terminal,
    globals: { ...terminal.globals, verbosity: -1 },
    print: (text) => terminal.detail(text),
    next: () => undefined,
    note: (text) => terminal.note(`${name}: ${text}`),
    error: (text) => terminal.error(`${name}: ${text}`),
    document: () => undefined,
  };
}

function tell({ name, outcome, reason }: Booted, terminal: Terminal): void {
  const why = reason === null ? '' : `: ${printable(reason)}`;
  switch (outcome) {
    case 'applied':
      terminal.print(`${terminal.style('bold', name)}: applied${why}`);
      break;
    case 'nothing-to-do':
      terminal.print(`${terminal.style('bold', name)}: nothing to do${why}`);
      break;
    case 'pending':
      terminal.error(`Warning: "${name}" waits for its interface, and is tried at the next boot${why}`);
      break;
    case 'failed':
      terminal.error(`Warning: "${name}" did not come up${why}`);
      break;
    case 'skipped':
      terminal.error(
        `Warning: "${name}" is not tried any more${why}; try it again with: parp enable ${name}, or give it up with: parp disable ${name}`,
      );
  }
}
