import { counted, grouped } from '../net/count-words.ts';
import { Interrupted } from '../engine/execute.ts';
import { probe, type ProbeAnswer } from '../host/prober.ts';
import { addressCount, eachAddress } from '../model/due.ts';
import { Failure } from '../model/failure.ts';
import type { Plan } from '../model/plan.ts';
import { ipv4FromNumber, type Ipv4 } from '../net/ipv4.ts';
import type { LinkName } from '../net/link-name.ts';
import type { Mac } from '../net/mac.ts';
import type { Terminal } from './terminal.ts';

/** At most so many addresses are asked for before an apply. */
const MOST = 1024;

interface Question {
  readonly interface: LinkName;
  readonly addresses: Ipv4[];
  rfc5227: boolean;
}

/**
 * Asks every wire whether somebody owns what is about to be claimed there, all interfaces side by side. Throws `Failure` 'refused' with
 * each live owner. Interfaces without carrier are skipped with a warning.
 */
export async function askTheWire(
  claims: Plan['claims'],
  own: ReadonlySet<Mac>,
  signal: AbortSignal,
  terminal: Terminal,
  update: (title: string) => void,
): Promise<void> {
  const { questions, asked, left } = questionsOf(claims);
  if (left > 0)
    terminal.note(`Notice: only the first ${grouped(asked)} addresses are asked for on the wire, ${grouped(left)} more are not`);
  update(`Ask the wire who owns ${counted(asked, 'address', 'addresses')}`);
  const answers = await Promise.all(questions.map((question) => ask(question, own, signal, terminal)));
  const owners = answers.flat();
  const [first] = owners;
  if (first !== undefined) throw liveOwner(owners);
  update(`Nobody answers for the ${counted(asked, 'address', 'addresses')} yet`);
}

interface Owner extends ProbeAnswer {
  readonly interface: LinkName;
}

function liveOwner(owners: readonly Owner[]): Failure {
  const lines = owners.map((owner) => `${owner.address} is owned by ${owner.mac} on ${owner.interface}`);
  const remedy = 'Free the address, take it out of the profile, or claim it all the same with --no-probe';
  return new Failure(
    'refused',
    'live-owner',
    lines.length === 1 ? (lines[0] ?? '') : `${grouped(lines.length)} addresses are owned by live hosts`,
    {
      remedy,
      details: lines.length === 1 ? [] : lines,
    },
  );
}

/** Own addresses first, then public ones, then hosts; each address once for each interface. */
function questionsOf(claims: Plan['claims']): { questions: Question[]; asked: number; left: number } {
  const questions = new Map<LinkName, Question>();
  const seen = new Set<string>();
  let left = 0;
  for (const role of ['own', 'public', 'host'] as const) {
    for (const claim of claims.filter((candidate) => candidate.role === role)) {
      let passed = 0;
      for (const number of eachAddress(claim.addresses)) {
        if (seen.size >= MOST) break;
        passed++;
        const address = ipv4FromNumber(number);
        const key = `${claim.interface} ${address}`;
        if (seen.has(key)) continue;
        seen.add(key);
        const question = questions.get(claim.interface) ?? { interface: claim.interface, addresses: [], rfc5227: false };
        question.addresses.push(address);
        question.rfc5227 ||= claim.probe === 'rfc5227';
        questions.set(claim.interface, question);
      }
      left += addressCount(claim.addresses) - passed;
    }
  }
  return { questions: [...questions.values()], asked: seen.size, left };
}

async function ask(question: Question, own: ReadonlySet<Mac>, signal: AbortSignal, terminal: Terminal): Promise<Owner[]> {
  try {
    const mode = question.rfc5227 ? 'rfc5227' : 'fast';
    const answers = await probe({ interface: question.interface, addresses: question.addresses, mode, ownMacs: own, signal });
    return answers.map((answer) => ({ ...answer, interface: question.interface }));
  } catch (error) {
    if (signal.aborted) throw new Interrupted();
    if (!(error instanceof Failure)) throw cannotAsk(question, error);
    if (error.code !== 'no-carrier') throw error;
    terminal.note(
      `Warning: ${question.interface} has no carrier, so that its ${grouped(question.addresses.length)} addresses are not asked for`,
    );
    return [];
  }
}

/** The interface went down, or away, while it was asked on: an answer could no longer come, so nothing is claimed. */
function cannotAsk({ interface: link, addresses }: Question, cause: unknown): Failure {
  const answer = cause instanceof Error ? cause.message : String(cause);
  const count = addresses.length === 1 ? 'an address' : `${grouped(addresses.length)} addresses`;
  return new Failure('refused', 'probe-failed', `Ask on ${link} who owns ${count}: ${answer}`, {
    remedy: `See what happened to ${link}, or claim without asking: --no-probe`,
    cause,
  });
}
