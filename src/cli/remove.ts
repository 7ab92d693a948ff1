import { execute } from '../engine/execute.ts';
import { Failure } from '../model/failure.ts';
import { isEmptyPlan } from '../model/make-plan.ts';
import { changesOf } from '../render/plan-json.ts';
import { operatorPeers } from '../host/operator-peers.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { endingOf } from './outcome.ts';
import { documentPlan, printPlan } from './print-plan.ts';
import type { Terminal } from './terminal.ts';
import { accepting, planRemoval, refuse } from './work-out.ts';
import { asWriter, transactionOf } from './writer.ts';

export interface RemoveOptions {
  readonly all?: boolean;
  readonly force?: boolean;
}

/** `parp remove`: gives back everything that the profiles changed, and nothing else. */
export async function remove(names: readonly string[], options: RemoveOptions, terminal: Terminal): Promise<ExitCode> {
  if (options.all === true && names.length > 0) throw new Failure('invalid', 'usage', 'Name either profiles or --all, not both');
  if (options.all !== true && names.length === 0)
    throw new Failure('invalid', 'usage', 'Name the profiles to remove, or --all', { remedy: 'What is in force: parp status' });
  return asWriter(`remove ${options.all === true ? '--all' : names.join(' ')}`, terminal, async (writer) => {
    const { ledger } = writer.records;
    const inForce = Object.keys(ledger.profiles);
    const unknown = names.filter((name) => !inForce.includes(name));
    if (unknown.length > 0) throw notInForce(unknown, inForce);
    const going = options.all === true ? inForce : names;
    const now = new Date().toISOString();
    const plan = accepting(planRemoval(going, await writer.backend.observe(), ledger, now, operatorPeers([])), {
      force: options.force ?? false,
    });
    if (isEmptyPlan(plan, ledger)) {
      documentPlan('remove', plan, () => ({ removed: [], outcome: 'nothing-to-do' }), terminal);
      terminal.print('Nothing to do: no profile is in force.');
      return EXIT.done;
    }
    if (terminal.globals.verbosity >= 0) printPlan(plan, terminal);
    refuse(plan);
    writer.backend.requireWritable(changesOf(plan));
    const outcome = await execute(
      plan,
      transactionOf(plan, `remove ${going.join(' ')}`, writer.records, now),
      writer.backend,
      writer.files,
      {
        signal: writer.signal,
      },
    );
    documentPlan('remove', plan, () => ({ removed: going, outcome: outcome.kind }), terminal);
    if (outcome.kind !== 'done') return endingOf(outcome, writer, terminal);
    await writer.persist();
    terminal.note(`Removed ${going.join(', ')}. Neighbours that learned of it heal by themselves within 60 s.`);
    terminal.next(['status']);
    return EXIT.done;
  });
}

/** The refusal of a command that is about profiles in force. */
export function notInForce(unknown: readonly string[], inForce: readonly string[]): Failure {
  const names = unknown.map((name) => `"${name}"`).join(', ');
  return new Failure('refused', 'not-in-force', `No profile ${names} is in force`, {
    remedy: inForce.length === 0 ? 'None is in force here: parp status' : `In force: ${inForce.join(', ')}`,
  });
}
