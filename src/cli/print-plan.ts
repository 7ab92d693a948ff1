import type { Operation } from '../model/operation.ts';
import type { Plan } from '../model/plan.ts';
import { planDocument } from '../render/plan-json.ts';
import { changeLines, linesWithoutSummary, planLines, type Detail, type Mark, type PlanLine } from '../render/plan-text.ts';
import type { Terminal } from './terminal.ts';

const STYLES: Readonly<Record<Mark, Parameters<Terminal['style']>[0]>> = {
  add: 'green',
  delete: 'red',
  change: 'yellow',
  heading: 'bold',
  faint: 'dim',
  warning: 'yellow',
  refusal: 'red',
};

/** A plan on stdout, coloured where that is a terminal; many changes that are alike are counted, unless `all` or -v asks for each one. */
export function printPlan(plan: Plan, terminal: Terminal, all = false): void {
  printLines(planLines(plan, all ? 'all' : detailOf(terminal)), terminal);
}

/** The same for whoever writes the profile, and does not put it in force yet. */
export function printForeseen(plan: Plan, terminal: Terminal): void {
  printLines(foreseenLines(plan, detailOf(terminal)), terminal);
}

/** What a profile that is written would change. Where that is refused, it goes without its summary: that nothing is written is not true of the file. */
export function foreseenLines(plan: Plan, detail?: Detail): PlanLine[] {
  return plan.conflicts.length === 0 ? planLines(plan, detail) : linesWithoutSummary(plan, detail);
}

function detailOf(terminal: Terminal): Detail {
  return terminal.globals.verbosity > 0 ? 'all' : 'counted';
}

/** The document of --json about a plan, and what became of it. Nothing is made where nobody asked for it: it can be large. */
export function documentPlan(command: string, plan: Plan, outcome: () => object, terminal: Terminal): void {
  if (terminal.globals.json) terminal.document(command, { ...planDocument(plan), ...outcome() });
}

/** Changes alone, in the same form. */
export function printChanges(changes: readonly Operation[], terminal: Terminal): void {
  if (changes.length > 0) printLines(changeLines(changes, new Set(), detailOf(terminal)), terminal);
}

function printLines(lines: readonly PlanLine[], terminal: Terminal): void {
  terminal.print(lines.map((line) => paintLine(line, terminal)).join('\n'));
}

/** A line of a plan, coloured where its stream is a terminal that wants it. */
export function paintLine({ mark, text }: PlanLine, terminal: Terminal, stream: 'stdout' | 'stderr' = 'stdout'): string {
  return mark === undefined ? text : terminal.style(STYLES[mark], text, stream);
}
