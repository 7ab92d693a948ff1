import { allPrefixes } from '../net/address-set.ts';
import { effectOn, forwardingWrite, isForwardingEffect } from '../model/forwarding.ts';
import { isHold, net, type Operation } from '../model/operation.ts';
import type { Plan } from '../model/plan.ts';
import { shellOf } from './shell.ts';

/** The operations that change something: what a person sees, counts and compares. */
export function changesOf(plan: Plan): readonly Operation[] {
  return net(plan.operations);
}

/**
 * The plan as shell lines that leave the same host. Holds are among them only where ip_forward would set another value; a route that is
 * taken up and laid again is written as both.
 */
export function commandsOf(plan: Plan): string[] {
  const forwarding = forwardingWrite(plan.operations);
  const value = forwarding?.to ?? null;
  return shellOf(
    plan.operations.filter((operation) => {
      if (!isHold(operation)) return true;
      return (
        operation.kind === 'sysctl' &&
        value !== null &&
        isForwardingEffect(operation.subject) &&
        operation.to !== effectOn(operation.subject, value)
      );
    }),
  );
}

/** The document of `plan --json` but for its schema: stable names, plain data. */
export function planDocument(plan: Plan): object {
  return {
    profiles: plan.profiles.map(({ profile, kind }) => ({ name: profile, kind })),
    operations: changesOf(plan),
    held: plan.operations.filter(isHold),
    announcements: plan.announcements.map(({ profile, interface: link, addresses, options }) => ({
      profile,
      interface: link,
      addresses,
      ...options,
    })),
    probes: plan.claims.map(({ interface: link, addresses, role, probe }) => ({ interface: link, addresses, role, mode: probe })),
    answered: plan.answered.map(({ interface: link, gained, lost, open, offLink }) => ({
      interface: link,
      gained: allPrefixes(gained),
      lost: allPrefixes(lost),
      open: allPrefixes(open),
      default_route: offLink === 'gained',
      default_route_lost: offLink === 'lost',
    })),
    flush: plan.flush.map(({ address, interface: link }) => ({ address, interface: link })),
    risks: plan.risks,
    conflicts: plan.conflicts,
    left: plan.left.map(({ subject, expected, found, reason }) => ({
      kind: subject.kind,
      subject: subject.subject,
      expected,
      found,
      reason,
    })),
    commands: commandsOf(plan),
  };
}
