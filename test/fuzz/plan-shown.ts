import { planProfiles } from '../../src/cli/work-out.ts';
import { EMPTY_LEDGER } from '../../src/model/ledger.ts';
import type { Plan } from '../../src/model/plan.ts';
import type { HostState } from '../../src/model/state.ts';
import type { Profile } from '../../src/profile/profile.ts';
import { planMarkdown } from '../../src/render/markdown.ts';
import { commandsOf, planDocument } from '../../src/render/plan-json.ts';
import { planLines } from '../../src/render/plan-text.ts';
import { law } from './harness.ts';
import { isPrintable } from './unseen.ts';

/** Plans profiles on a host, and shows the plan in every form: none of it may break, and a person must see all of it. */
export function shownPlan(profiles: readonly Profile[], state: HostState): Plan {
  const plan = planProfiles(profiles, state, EMPTY_LEDGER, '2030-01-01T00:00:00.000Z');
  for (const { text } of planLines(plan)) law(isPrintable(text), `${JSON.stringify(text)} of a plan can be shown`);
  law(isPrintable(planMarkdown(plan), 'lines'), 'a plan can be shown as Markdown');
  law(isPrintable(commandsOf(plan).join('\n'), 'lines'), 'the commands of a plan can be shown');
  JSON.stringify(planDocument(plan));
  return plan;
}
