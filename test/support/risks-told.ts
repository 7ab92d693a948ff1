import { expect } from 'vitest';
import type { Network } from './namespaces.ts';

/** What `parp plan` tells of the risks of a profile: each as `severity code`, and the sentences of one. */
export interface RisksTold {
  readonly exitCode: number | null;
  readonly kinds: readonly string[];
  readonly messages: (code: string) => readonly string[];
}

interface Told {
  readonly code: string;
  readonly severity: string;
  readonly message: string;
}

/** Plans a profile on the router, which changes nothing. */
export async function risksTold(net: Network, text: string): Promise<RisksTold> {
  const planned = await net.parp('router', ['--json', 'plan', fileOf(net, text)]);
  const risks = planned.json['risks'];
  if (!Array.isArray(risks)) throw new Error(`The plan has no risks: ${planned.stdout}`);
  const told: readonly Told[] = risks;
  return {
    exitCode: planned.exitCode,
    kinds: told.map(({ severity, code }) => `${severity} ${code}`),
    messages: (of) => told.filter(({ code }) => code === of).map(({ message }) => message),
  };
}

/** Applies a profile on the router, which has to end so; nothing is probed or announced. Gives what it said on stderr. */
export async function applied(net: Network, text: string, { exitCode = 0, options = [] as readonly string[] } = {}): Promise<string> {
  const end = await net.parp('router', ['apply', fileOf(net, text), '--no-probe', '--no-announce', ...options]);
  expect(end.exitCode, end.stderr).toBe(exitCode);
  return end.stderr;
}

function fileOf(net: Network, text: string): string {
  return net.profile(`${/^name: (.*)$/m.exec(text)?.[1]}.yaml`, text);
}

/** Who answers a host's question, each MAC once, in the order of their answers. */
export async function answerers(net: Network, host: string, from: string, to: string, waitMs = 300): Promise<string[]> {
  const heard = await net.askArp(host, 'eth0', [{ to, from }], { waitMs });
  return [...new Set(heard.map(({ mac }) => mac))];
}
