import { isSameChange, type Plan } from '../model/plan.ts';
import type { HostState } from '../model/state.ts';
import { Failure } from '../model/failure.ts';
import type { Drafted } from '../profile/interview.ts';
import type { Interview } from '../profile/question.ts';
import { wrapped } from '../profile/wrapped.ts';
import { printable } from '../render/words.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { dialogueOf, type Dialogue } from './init-dialogue.ts';
import { foresee, isThere, readyFrom, tellWritten, writeProfile, type Foreseen, type Ready } from './init-profile.ts';
import { Left, type Prompter } from './init-prompter.ts';
import { CONFIRM_WITHIN_S, nextQuestion, review, type Next } from './init-review.ts';
import { openPrompter } from './init-terminal.ts';
import type { InitOptions } from './init.ts';
import type { Interruption } from './interruption.ts';
import type { Terminal } from './terminal.ts';

interface Beginning {
  readonly begin: () => Interview<Drafted>;
  readonly host: HostState | null;
  /** What to say first. */
  readonly about: string | undefined;
}

/** Asks, shows what came of it, and does what the person then chooses. Whoever leaves before that leaves nothing behind: 130. */
export async function runDialogue(
  { begin, host, about }: Beginning,
  options: InitOptions,
  interruption: Interruption,
  terminal: Terminal,
): Promise<ExitCode> {
  const prompter = await openPrompter(interruption.signal, terminal.globals.color);
  let chosen: Chosen;
  try {
    if (about !== undefined) prompter.say(wrapped(about, prompter.columns - 1));
    chosen = await choose(dialogueOf(begin, prompter), host, options, prompter, terminal);
  } catch (error) {
    if (!(error instanceof Left)) throw error;
    terminal.note('Left; nothing was written');
    return interruption.exitCode ?? 130;
  } finally {
    prompter.close();
  }
  const { ready, foreseen, next, overwrite } = chosen;
  if (next === 'leave') {
    terminal.note('Nothing was written');
    return EXIT.done;
  }
  writeProfile(ready, overwrite);
  const file = printable(ready.file);
  if (next === 'write' || 'why' in foreseen) {
    tellWritten(ready.file, foreseen, terminal);
    return EXIT.done;
  }
  terminal.note(`Wrote ${file}`);
  return putInForce(ready, foreseen.plan, interruption, terminal);
}

interface Chosen {
  readonly ready: Ready;
  readonly foreseen: Foreseen;
  readonly next: Next;
  /** Whether a file that is there was given up. */
  readonly overwrite: boolean;
}

/** Asks until something is to be done. */
async function choose(
  dialogue: Dialogue<Drafted>,
  host: HostState | null,
  options: InitOptions,
  prompter: Prompter,
  terminal: Terminal,
): Promise<Chosen> {
  for (;;) {
    const ready = readyFrom(await dialogue.finish(), options.out, terminal);
    const foreseen = await foresee(ready, host, terminal);
    let next = await lookedAt(ready, foreseen, prompter, terminal);
    let overwrite = options.force ?? false;
    if ((next === 'write' || next === 'apply') && !overwrite && isThere(ready.file)) {
      overwrite = await mayOverwrite(ready, prompter);
      if (!overwrite) next = 'back';
    }
    if (next !== 'back') return { ready, foreseen, next, overwrite };
    if (!dialogue.back()) return { ready, foreseen, next: 'leave', overwrite };
  }
}

async function lookedAt(ready: Ready, foreseen: Foreseen, prompter: Prompter, terminal: Terminal): Promise<Next> {
  for (;;) {
    await review(ready, foreseen, prompter, terminal);
    const reply = await prompter.ask(nextQuestion(ready, foreseen), { back: false });
    const next = reply === 'back' ? 'back' : (['write', 'apply', 'leave', 'back'] as const).find((one) => one === reply.answer);
    if (next !== undefined) return next;
  }
}

async function mayOverwrite({ file }: Ready, prompter: Prompter): Promise<boolean> {
  const reply = await prompter.ask(
    {
      kind: 'one',
      id: 'overwrite',
      ask: `${printable(file)} is there already.`,
      choices: [
        { value: 'keep', name: 'Leave it as it is, and go back to the last question' },
        { value: 'overwrite', name: 'Write over it' },
      ],
    },
    { back: true },
  );
  return reply !== 'back' && reply.answer === 'overwrite';
}

/** Applies what was shown, to be confirmed, and asks whether to keep it. */
async function putInForce({ file, profile }: Ready, shown: Plan, interruption: Interruption, terminal: Terminal): Promise<ExitCode> {
  const { applyProfiles } = await import('./apply.ts');
  const check = (plan: Plan): void => {
    if (isSameChange(plan, shown)) return;
    throw new Failure('refused', 'host-moved', 'The host has changed since the plan was shown', {
      remedy: 'See the plan again with: parp plan',
    });
  };
  const request = { profiles: [profile], command: `apply ${profile.name}`, options: {}, confirmWithinMs: CONFIRM_WITHIN_S * 1000, check };
  // The plan was shown, and what comes next is asked.
  const code = await applyProfiles(request, { ...terminal, print: () => undefined, next: () => undefined });
  return code === EXIT.done ? keepOrNot(file, shown, interruption, terminal) : code;
}

async function keepOrNot(file: string, shown: Plan, interruption: Interruption, terminal: Terminal): Promise<ExitCode> {
  if (shown.operations.length === 0) return EXIT.done;
  const decided = await decision(interruption, terminal);
  if (decided === 'wait') return EXIT.done;
  if (decided === 'keep') return (await import('./confirm.ts')).confirm(terminal);
  const code = await (await import('./rollback.ts')).rollback(terminal);
  // Whoever takes it back, and all the more whoever leaves, may take the file for gone as well.
  if (code === EXIT.done) terminal.note(`The change was taken back; ${printable(file)} stays as it was written`);
  return decided === 'left' && code === EXIT.done ? (interruption.exitCode ?? 130) : code;
}

/** Whoever leaves here keeps nothing: it is taken back at once. */
async function decision(interruption: Interruption, terminal: Terminal): Promise<'keep' | 'undo' | 'wait' | 'left'> {
  const prompter = await openPrompter(interruption.signal, terminal.globals.color);
  try {
    const reply = await prompter.ask(
      {
        kind: 'one',
        id: 'keep',
        ask: 'Does everything work as it should?',
        hint: 'Try it from another host first. If this session hangs, do nothing: it is taken back by itself.',
        choices: [
          { value: 'keep', name: 'Yes: keep it' },
          { value: 'undo', name: 'No: take it back now' },
          { value: 'wait', name: 'Decide later, with `parp confirm` or `parp rollback`' },
        ],
        initial: 'keep',
      },
      { back: false },
    );
    if (reply === 'back') return 'undo';
    return (['keep', 'undo', 'wait'] as const).find((one) => one === reply.answer) ?? 'wait';
  } catch (error) {
    if (error instanceof Left) return 'left';
    throw error;
  } finally {
    prompter.close();
  }
}
