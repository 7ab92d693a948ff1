import { readFileSync } from 'node:fs';
import { readFileSafely } from '../host/read-file-safely.ts';
import { arpDecision, storyOf, type ArpDecision, type ArpQuestion } from '../model/arp-decision.ts';
import { Failure } from '../model/failure.ts';
import { foretell } from '../model/foretell.ts';
import { EMPTY_LEDGER } from '../model/ledger.ts';
import type { PathFinding } from '../model/operator-peer.ts';
import { linkNamed, type HostState } from '../model/state.ts';
import type { Profile } from '../profile/profile.ts';
import { suggest } from '../profile/suggest.ts';
import { decisionLines, questionWords, remedyLines, type ExplainLine, type Part } from '../render/explain-text.ts';
import { printable } from '../render/words.ts';
import { usage } from './address-arguments.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { parseQuestions, questionFrom, type AskedLine, type QuestionOptions } from './explain-questions.ts';
import { captured, live } from './plan.ts';
import type { Terminal } from './terminal.ts';
import { accepting, planProfiles, profilesOf, refuse, refusals } from './work-out.ts';

export interface ExplainOptions extends QuestionOptions {
  readonly questions?: string;
  readonly against?: string;
}

/** A question with its answer now, and, where profiles are named, with the one after them. */
interface Explained {
  readonly question: ArpQuestion;
  readonly now: ArpDecision;
  readonly later: ArpDecision | undefined;
}

/** `parp explain`: whether a host answers an ARP request, why, and after how long; with profiles before and after them. */
export async function explain(files: readonly string[], options: ExplainOptions, terminal: Terminal): Promise<ExitCode> {
  checkStandardInput(files, options);
  const profiles = files.length === 0 ? [] : await profilesOf(files, terminal);
  const asked = askedBy(options);
  const { state, ledger, peers } =
    options.against === undefined ? await live(terminal) : { state: captured(options.against), ledger: EMPTY_LEDGER, peers: [] };
  checkInterfaces(state, asked, options.questions);
  if (state.nftables === null)
    terminal.note('Notice: the nftables ruleset could not be read (it takes CAP_NET_ADMIN and nft), so that filters of ARP are not seen');
  const after = files.length === 0 ? undefined : planned(profiles, state, ledger, peers, terminal);
  const answer = (question: ArpQuestion): Explained => ({
    question,
    now: arpDecision(state, question),
    later: after === undefined ? undefined : arpDecision(after, question),
  });
  // Of many thousand answers each is told at once, so that none need be kept with all that led to it.
  const isDocument = terminal.globals.json || (options.questions !== undefined && terminal.globals.verbosity <= 0);
  if (isDocument) {
    const answers = asked.map(({ question }) => answerDocument(answer(question)));
    terminal.result('explain', { answers });
  } else {
    asked.forEach(({ question }, at) => {
      if (at > 0) terminal.print('');
      tell(answer(question), state, after, terminal);
    });
  }
  return EXIT.done;
}

/** Standard input can be one of them alone. */
function checkStandardInput(files: readonly string[], { questions, against }: ExplainOptions): void {
  const dashes = [questions, against, ...files].filter((name) => name === '-');
  if (dashes.length > 1) throw usage(['Only one of questions, capture and profiles can come from standard input']);
}

/** The largest list of questions that is read, in bytes. */
const LARGEST_QUESTIONS = 256 * 2 ** 20;

function askedBy(options: ExplainOptions): readonly AskedLine[] {
  const { questions: file, against: _against, ...single } = options;
  if (file === undefined) return [{ line: 0, question: questionFrom(single) }];
  const named = Object.keys(single);
  if (named.length > 0) throw usage(['Name either one question, or a file of them with --questions']);
  if (file === '-') return parseQuestions(readFileSync(0, 'utf8'), '<stdin>');
  const { bytes } = readFileSafely(file, { what: 'questions', largest: LARGEST_QUESTIONS });
  return parseQuestions(Buffer.from(bytes).toString('utf8'), file);
}

/** Throws `Failure` 'refused' for an interface that the host has not got. */
function checkInterfaces(state: HostState, asked: readonly AskedLine[], file: string | undefined): void {
  const missing = asked.find(({ question }) => linkNamed(state, question.interface) === undefined);
  if (missing === undefined) return;
  const { line, question } = missing;
  const names = state.links.map(({ name }) => name);
  const near = suggest(question.interface, names);
  const where = file === undefined ? '' : `${file === '-' ? '<stdin>' : file}:${line}: `;
  throw new Failure('refused', 'no-such-interface', `${where}There is no interface ${JSON.stringify(question.interface)}`, {
    remedy: near === undefined ? `Name one of ${names.map(printable).join(', ')}` : `Did you mean ${printable(near)}?`,
  });
}

/** Conflicts that lie in what the host would answer: the plan is whole, and just this is to be explained. */
const CONSEQUENCES: ReadonlySet<string> = new Set<PathFinding['code']>(['gateway-proxied', 'management-path']);

/** The host as it will be under the profiles. What they would be refused for is told, and explained all the same where it can be. */
function planned(
  profiles: readonly Profile[],
  state: HostState,
  ledger: Parameters<typeof planProfiles>[2],
  peers: Parameters<typeof planProfiles>[4],
  terminal: Terminal,
): HostState {
  const plan = planProfiles(profiles, state, ledger, new Date().toISOString(), peers);
  refuse({ ...plan, risks: [], conflicts: plan.conflicts.filter(({ code }) => !CONSEQUENCES.has(code)) });
  for (const { code, message } of refusals(accepting(plan, { force: false })))
    terminal.note(`Notice: parp apply would refuse this (${code}): ${printable(message)}`);
  return foretell(state, plan.operations);
}

function answerDocument({ question, now, later }: Explained): object {
  return later === undefined
    ? decisionDocument(question, now)
    : { ...decisionDocument(question, later), before: decisionDocument(question, now) };
}

function decisionDocument({ interface: at, from, to }: ArpQuestion, decision: ArpDecision): object {
  const { answer, because, mac, delayMs } = decision;
  return { interface: at, from, to, answer, because, mac, delay_ms: { min: delayMs.min, max: delayMs.max }, steps: storyOf(decision) };
}

const STYLES = { question: 'bold', reply: 'green', silence: 'red', depends: 'yellow', heading: 'bold' } as const;

function painted(part: Part, text: string, terminal: Terminal): string {
  return part === 'step' ? text : terminal.style(STYLES[part], text);
}

function tell({ question, now, later }: Explained, state: HostState, after: HostState | undefined, terminal: Terminal): void {
  const { columns } = terminal;
  const print = (lines: readonly ExplainLine[]): void => {
    terminal.print(lines.map(({ part, text }) => painted(part, text, terminal)).join('\n'));
  };
  print([{ part: 'question', text: questionWords(question) }]);
  if (later === undefined || after === undefined) {
    print([...decisionLines(now, columns), ...remedyLines(state, question, now, columns)]);
  } else if (storyOf(now).join() === storyOf(later).join()) {
    print([...decisionLines(now, columns), ...remedyLines(state, question, now, columns)]);
    print([{ part: 'heading', text: 'After the change it is the same' }]);
  } else {
    print([{ part: 'heading', text: 'Now:' }, ...decisionLines(now, columns)]);
    print([
      { part: 'heading', text: 'After the change:' },
      ...decisionLines(later, columns),
      ...remedyLines(after, question, later, columns),
    ]);
  }
}
