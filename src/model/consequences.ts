import { answerChanges } from './answer-change.ts';
import { foretell } from './foretell.ts';
import { digestsOf, foretoldAnswers } from './foretold-answers.ts';
import { refusedGateways } from './gateway-check.ts';
import type { Ledger, LedgerProfile } from './ledger.ts';
import { managementPath } from './management-path.ts';
import type { OperatorPeer } from './operator-peer.ts';
import type { Plan } from './plan.ts';
import { promisesOf, type AnswerPromise } from './promises.ts';
import type { Risk } from './risk.ts';
import type { LinkManagers } from './risks/risk-input.ts';
import { risksOf } from './risks/risks-of.ts';
import type { HostState } from './state.ts';
import { unanswered, waivedBy, type WaivedBy } from './unanswered.ts';
import { unansweredRisks } from './unanswered-risks.ts';

/**
 * The plan with what comes of it: the gateways that the kernel would refuse, its risks, what it would do to the ways by which the host is
 * managed, and whom the host will answer for. `managers` is null where nobody can tell who else configures the links.
 */
export function withConsequences(plan: Plan, state: HostState, peers: readonly OperatorPeer[], managers: LinkManagers | null): Plan {
  if (plan.conflicts.length > 0) return plan;
  const { profiles, operations } = plan;
  if (operations.length === 0)
    return { ...plan, risks: [...plan.risks, ...risksOf({ profiles, before: state, after: state, operations, promises: [], managers })] };
  const profile = profiles[0]?.profile ?? plan.removed[0] ?? '';
  const gateways = refusedGateways(state, operations).map(({ message }) => ({ code: 'gateway-unreachable', message, profile }));
  if (gateways.length > 0) return { ...plan, conflicts: gateways };
  const after = foretell(state, operations);
  const findings = managementPath(state, after, peers);
  const promised = new Map(Object.entries(plan.ledger.profiles).map(([name, { settings }]) => [name, promisesOf(settings, after)]));
  const promises = profiles.flatMap((settings) => promised.get(settings.profile) ?? []);
  const missing = unanswered(promises, after);
  const risks = risksOf({ profiles, before: state, after, operations, promises, managers });
  const conflicts = findings.filter(({ always, severity }) => always && severity === 'refusal');
  return {
    ...plan,
    conflicts: conflicts.map(({ code, message }) => ({ code, message, profile })),
    risks: [
      ...plan.risks,
      ...risks,
      ...findings
        .filter((finding) => !conflicts.includes(finding))
        .map(({ code, severity, message }) => ({ code, severity, message, profile })),
      ...unansweredRisks(missing.filter(({ example }) => !isTold(risks, example.because))),
    ],
    answered: answerChanges(state, after, operations),
    foretold: foretoldAnswers(promises, after),
    ledger: withForetold(plan.ledger, waivedBy(missing, promises, after), promised, after),
  };
}

/** The ledger with what the plan said that it would not keep of the profiles that it applies, and for whom every profile in force answers then. */
function withForetold(ledger: Ledger, waived: WaivedBy, promised: ReadonlyMap<string, readonly AnswerPromise[]>, after: HostState): Ledger {
  const profiles = Object.entries(ledger.profiles).map(([name, { answers: _before, ...profile }]): [string, LedgerProfile] => {
    const entries = waived.get(name);
    const answers = digestsOf(promised.get(name) ?? [], after);
    return [
      name,
      {
        ...profile,
        ...(entries === undefined ? {} : { waived: entries }),
        ...(Object.keys(answers).length === 0 ? {} : { answers }),
      },
    ];
  });
  return { ...ledger, profiles: Object.fromEntries(profiles) };
}

/** Whether a risk tells already why nobody is answered. */
function isTold(risks: readonly Risk[], because: string): boolean {
  const code = because === 'source-rejected' ? 'source-filtered' : because;
  return risks.some((risk) => risk.code === code && risk.severity === 'warning');
}
