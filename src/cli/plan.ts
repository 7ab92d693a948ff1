import { readFileSync } from 'node:fs';
import { readFileSafely } from '../host/read-file-safely.ts';
import { loadCapture } from '../model/capture.ts';
import { EMPTY_LEDGER } from '../model/ledger.ts';
import type { Plan } from '../model/plan.ts';
import type { HostState } from '../model/state.ts';
import { changesOf, commandsOf, planDocument } from '../render/plan-json.ts';
import { planMarkdown } from '../render/markdown.ts';
import { fileWords } from './command-line.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { savePlan } from './plan-file.ts';
import { documentPlan, printPlan } from './print-plan.ts';
import type { Terminal } from './terminal.ts';
import { accepting, planProfiles, profilesOf, refusals } from './work-out.ts';

export type Format = 'text' | 'json' | 'shell' | 'markdown';

export interface PlanOptions {
  readonly against?: string;
  readonly detailedExitcode?: boolean;
  readonly format?: Format;
  readonly out?: string;
  readonly force?: boolean;
  readonly all?: boolean;
}

/** `parp plan`: what apply would do, without doing any of it. Needs no root, and with --against no network either. */
export async function plan(files: readonly string[], options: PlanOptions, terminal: Terminal): Promise<ExitCode> {
  const profiles = await profilesOf(files, terminal);
  const { state, ledger, peers, managers } =
    options.against === undefined
      ? await live(terminal)
      : { state: captured(options.against), ledger: EMPTY_LEDGER, peers: [], managers: null };
  const made = accepting(planProfiles(profiles, state, ledger, new Date().toISOString(), peers, managers), {
    force: options.force ?? false,
  });
  if (state.nftables === null && made.desired.some(({ kind }) => kind === 'nat')) {
    terminal.note('Notice: the nftables ruleset could not be read (it takes CAP_NET_ADMIN and nft), so that the plan takes it for empty');
  }
  const reasons = refusals(made);
  if (options.out !== undefined && reasons.length === 0) savePlan(options.out, profiles, made);
  show(made, options, terminal);
  suggest(files, made, options, terminal);
  if (reasons.length > 0) return EXIT.refused;
  return options.detailedExitcode === true && changesOf(made).length > 0 ? EXIT.changes : EXIT.done;
}

/** What carries the plan out: what was written to a file is kept to, and a way to the host that the plan may cut off is not risked for good. */
function suggest(files: readonly string[], made: Plan, { against, out, format = 'text', force }: PlanOptions, terminal: Terminal): void {
  const reasons = refusals(made);
  const isWritten = out !== undefined && reasons.length === 0;
  if (format !== 'text' || against !== undefined || changesOf(made).length === 0) return;
  if (made.conflicts.length > 0 || reasons.some(({ code }) => code !== 'management-path')) return;
  const confirm = made.risks.some(({ code }) => code === 'management-path') ? ['--confirm'] : [];
  const what = isWritten ? ['--plan', ...fileWords([out])] : fileWords(files);
  terminal.next(['apply', ...confirm, ...(force === true ? ['--force'] : []), ...what]);
}

function show(made: Plan, { format = 'text', all }: PlanOptions, terminal: Terminal): void {
  documentPlan('plan', made, () => ({}), terminal);
  switch (format) {
    case 'text':
      printPlan(made, terminal, all);
      return;
    case 'json':
      terminal.verbatim(JSON.stringify({ schema: 'parp.plan/1', ...planDocument(made) }));
      return;
    case 'shell':
      terminal.verbatim(['#!/bin/sh', 'set -eu', ...commandsOf(made)].join('\n'));
      return;
    case 'markdown':
      terminal.verbatim(planMarkdown(made));
  }
}

/** This host. Loaded here alone: a plan against a captured state needs nothing of Linux. */
export async function live(terminal: Terminal) {
  const [{ createBackend }, { readRecords }, { operatorPeers }, { linkManagers }] = await Promise.all([
    import('../host/create-backend.ts'),
    import('./read-records.ts'),
    import('../host/operator-peers.ts'),
    import('../host/link-managers.ts'),
  ]);
  const { ledger } = readRecords(terminal);
  const state = await (await createBackend(terminal.globals.engine)).observe();
  return { state, ledger, peers: operatorPeers([]), managers: linkManagers(state.links) };
}

/** The largest capture that is read, in bytes. */
const LARGEST_CAPTURE = 1024 * 2 ** 20;

export function captured(file: string): HostState {
  if (file === '-') return loadCapture(readFileSync(0, 'utf8'));
  const { bytes } = readFileSafely(file, { what: 'capture', largest: LARGEST_CAPTURE });
  return loadCapture(Buffer.from(bytes).toString('utf8'));
}
