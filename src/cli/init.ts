import type { HostState } from '../model/state.ts';
import { Failure } from '../model/failure.ts';
import { parsed, type Parsed } from '../net/parsed.ts';
import type { Draft } from '../profile/draft.ts';
import { mistakeIn } from '../profile/draft-check.ts';
import { linksIn } from '../profile/found.ts';
import { interview, type Drafted, type Known } from '../profile/interview.ts';
import type { Interview } from '../profile/question.ts';
import { PROFILE_KINDS } from '../profile/schema.ts';
import { withSet } from '../profile/set-value.ts';
import { stemOf } from '../profile/parse.ts';
import type { ReadHostsFile } from '../profile/read-source.ts';
import { withoutAsking } from '../profile/unasked.ts';
import { createBackend } from '../host/create-backend.ts';
import { hostsReader } from '../host/read-profile.ts';
import { planDocument } from '../render/plan-json.ts';
import { printable } from '../render/words.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { foresee, readyFrom, tellWritten, writeProfile } from './init-profile.ts';
import { hasTerminal } from './init-terminal.ts';
import { interruptibly } from './interruption.ts';
import { printForeseen } from './print-plan.ts';
import type { Terminal } from './terminal.ts';

export interface InitOptions {
  readonly kind?: string;
  /** `segments.0.interface=eth0` */
  readonly set?: readonly string[];
  readonly out?: string;
  /** Nobody is asked. */
  readonly yes?: boolean;
  /** With `yes`: put it in force, to be confirmed. */
  readonly apply?: boolean;
  /** A file that is there is written over. */
  readonly force?: boolean;
}

/** `parp init`: puts a profile together by questions, or with --yes by flags, and writes it. */
export async function init(options: InitOptions, terminal: Terminal): Promise<ExitCode> {
  const given = givenBy(options);
  if (options.apply === true && options.yes !== true)
    throw new Failure('invalid', 'usage', '--apply goes with --yes; without that the wizard asks');
  if (terminal.globals.json && options.yes !== true) throw new Failure('invalid', 'usage', '--json goes with --yes: it asks nothing');
  const readHosts = hostsBeside(options.out);
  const mistake = mistakeIn(given, { readHosts });
  if (mistake !== undefined && options.yes !== true) throw new Failure('invalid', 'invalid-profile', `--set: ${mistake}`);
  return interruptibly(async (interruption) => {
    const { host, problem } = await look(terminal);
    if (interruption.exitCode !== undefined) return interruption.exitCode;
    const known: Known = { host, given, readHosts, ...stemFor(options.out) };
    const begin = (): Interview<Drafted> => interview(known);
    if (options.yes === true) return writeUnasked(begin(), { host, wrong: mistake !== undefined }, options, terminal);
    if (!hasTerminal()) throw noTerminal(begin());
    const { runDialogue } = await import('./init-asked.ts');
    return runDialogue({ begin, host, about: aboutHost(host, problem) }, options, interruption, terminal);
  });
}

function givenBy({ kind, set = [], out }: InitOptions): Draft {
  if (out === '' || out === '-') throw new Failure('invalid', 'usage', '--out needs the name of a file');
  if (kind === undefined && set.length > 0) {
    throw new Failure('invalid', 'usage', '--set needs --kind', { remedy: `--kind ${PROFILE_KINDS.join('|')}` });
  }
  const known = PROFILE_KINDS.find((one) => one === kind);
  if (known === undefined) return {};
  const draft = set.reduce<Parsed<Draft>>((before, text) => (before.ok ? withSet(before.value, known, text) : before), parsed({}));
  if (!draft.ok)
    throw new Failure('invalid', 'usage', `--set: ${draft.problem}`, { remedy: 'For example: --set segments.0.interface=eth0' });
  return { kind: known, ...draft.value };
}

/** Reads hosts files beside the profile to be; what is wrong with one is said to the person, who can name another. */
function hostsBeside(out = 'profile.yaml'): ReadHostsFile {
  const read = hostsReader(out, []);
  return (path) => {
    try {
      return read(path);
    } catch (error) {
      if (error instanceof Failure) return { ok: false, problem: error.message };
      throw error;
    }
  };
}

/** The name that a file gives to its profile, if it is one. */
function stemFor(out: string | undefined): { readonly stem?: string } {
  const stem = out === undefined ? '' : stemOf(out);
  return stem === '' || mistakeIn({ kind: 'custom', name: stem }) !== undefined ? {} : { stem };
}

/** This host; null with the reason where it cannot be read: a profile can be put together for another one. */
async function look({ globals }: Terminal): Promise<{ readonly host: HostState | null; readonly problem?: string }> {
  try {
    return { host: await (await createBackend(globals.engine)).observe() };
  } catch (error) {
    return { host: null, problem: error instanceof Error ? error.message : String(error) };
  }
}

/** What a person should know about what was found, before the first question. */
function aboutHost(host: HostState | null, problem: string | undefined): string | undefined {
  if (host === null) return `This host cannot be read (${printable(problem ?? 'unknown')}): you are asked for everything, and see no plan.`;
  if (linksIn(host).length > 0) return undefined;
  return 'This host has no interface that speaks ARP, as in a container without a network: you are asked for their names, and what is missing here cannot be put in force here.';
}

function noTerminal(begun: Interview<Drafted>): Failure {
  const { missing } = withoutAsking(begun);
  const example = ['parp init --yes', ...missing, '--out FILE'].join(' ');
  return new Failure('invalid', 'no-terminal', '`parp init` asks its questions on a terminal, and here is none', {
    details: missing.length === 0 ? [] : [`Say with flags what cannot be found here: ${missing.join(' ')}`],
    remedy: missing.length === 0 ? `${example} writes the file without a question` : `For example: ${example}`,
  });
}

async function writeUnasked(
  begun: Interview<Drafted>,
  { host, wrong }: { readonly host: HostState | null; readonly wrong: boolean },
  options: InitOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const { result, missing } = withoutAsking(begun);
  // Without asking there is nobody to mend it: what is wrong is shown before what is missing.
  if (missing.length > 0 && wrong) readyFrom(result, options.out, terminal);
  if (missing.length > 0) {
    throw new Failure('invalid', 'missing-value', 'That is not enough to make a profile without asking', {
      details: missing.map((flag) => `It lacks ${flag}`),
      remedy: 'Without --yes, on a terminal, you are asked',
    });
  }
  const ready = readyFrom(result, options.out, terminal);
  const foreseen = await foresee(ready, host, terminal);
  writeProfile(ready, options.force ?? false);
  if (options.apply === true) {
    terminal.note(`Wrote ${printable(ready.file)}`);
    const { apply } = await import('./apply.ts');
    const { CONFIRM_WITHIN_S } = await import('./init-review.ts');
    return apply([ready.file], { confirm: `${CONFIRM_WITHIN_S}s` }, terminal);
  }
  if ('plan' in foreseen) printForeseen(foreseen.plan, terminal);
  else terminal.note(`Notice: what it would change is not known: ${foreseen.why}`);
  tellWritten(ready.file, foreseen, terminal);
  terminal.document('init', {
    file: ready.file,
    profile: { name: ready.profile.name, kind: ready.profile.kind },
    plan: 'plan' in foreseen ? planDocument(foreseen.plan) : null,
  });
  return EXIT.done;
}
