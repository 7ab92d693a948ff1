import { expect } from 'vitest';
import { differences, type Snapshot } from '../../src/lab/snapshot.ts';
import type { Topology } from '../../src/lab/topology.ts';
import type { Machine } from './machine.ts';
import { QUIET } from './stopping.ts';

/** The same router as THREE_WIRES, with an interface less. */
export const WITHOUT_ETH2: Topology = {
  hosts: { router: { links: { eth0: {}, eth1: {} } }, wire: { links: {} } },
  wires: [
    ['router:eth0', 'wire:w0'],
    ['router:eth1', 'wire:w1'],
  ],
};

/** A profile whose only effect is a route by eth1, or by another interface. */
export const ROUTE = (name: string, to: string, link = 'eth1'): string =>
  `version: 1\nkind: custom\nname: ${name}\nroutes: [{ to: ${to}/32, interface: ${link} }]\n`;

/** Where parp's routes lead. */
export async function inForce(machine: Machine): Promise<string[]> {
  const routes = await machine.net.ipJson('router', 'route', 'show', 'proto', '97');
  return routes.map(({ dst }) => String(dst)).toSorted();
}

/** Applies a profile and enables it. */
export async function applyAndEnable(machine: Machine, text: string): Promise<void> {
  const name = /^name: (.*)$/m.exec(text)?.[1] ?? '';
  const applied = await machine.parp(['apply', machine.profile(`${name}.yaml`, text), ...QUIET]);
  expect(applied, applied.stderr).toMatchObject({ exitCode: 0 });
  const enabled = await machine.parp(['enable', name]);
  expect(enabled, enabled.stderr).toMatchObject({ exitCode: 0 });
}

/** Outcomes of `boot` by profile. */
export async function boot(machine: Machine, options: Parameters<Machine['parp']>[1] = {}): Promise<Record<string, string>> {
  const end = await machine.parp(['--json', 'boot'], options);
  expect(end, end.stderr).toMatchObject({ exitCode: 0 });
  expect(end.json['schema']).toBe('parp.boot/1');
  const profiles = end.json['profiles'] as { name: string; outcome: string }[];
  return Object.fromEntries(profiles.map(({ name, outcome }) => [name, outcome]));
}

/** The router is as it was then. */
export const unchanged = async (machine: Machine, since: Snapshot): Promise<void> =>
  expect(differences(since, await machine.net.snapshot('router'))).toEqual([]);
