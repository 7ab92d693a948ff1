// The story: all other stories happen in namespaces that are made for them. This one looks at the network that the machine came up with, where
// parp is used, and only looks: the first network namespace lists what no other does (its neighbour tables have one for interfaces yet to come, and
// interfaces of hardware). Both engines see the same, a plan can be made for it, and questions are answered, with root's rights and without.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCapture } from '../../src/model/capture.ts';
import type { HostState } from '../../src/model/state.ts';
import { PARP } from '../support/namespaces.ts';

const [NODE = '', PROGRAM = ''] = PARP;
const UNPRIVILEGED = ['setpriv', '--bounding-set=-all', '--inh-caps=-all', '--'];

/** Any interface with neighbours. */
const LINK = readdirSync('/sys/class/net').find((name) => name !== 'lo' && /^[a-z0-9]+$/.test(name));

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'parp-own-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function parp(
  before: readonly string[],
  ...args: readonly string[]
): { readonly exitCode: number | null; readonly stdout: string; readonly stderr: string } {
  const [program = NODE, ...rest] = [...before, NODE, PROGRAM, ...args];
  const { status, stdout, stderr } = spawnSync(program, rest, {
    encoding: 'utf8',
    env: { ...process.env, PARP_STATE_DIR: join(folder, 'state') },
  });
  return { exitCode: status, stdout, stderr };
}

/** But for what changes while it is looked at. */
function still({ links, addresses, routes, rules, sysctls, proxies, sticky }: HostState): object {
  return { links, addresses, routes, rules, sysctls, proxies, sticky };
}

function captured(engine: string): object {
  const { exitCode, stdout, stderr } = parp([], '--engine', engine, 'capture');
  expect(exitCode, stderr).toBe(0);
  return still(loadCapture(stdout));
}

describe('the network of the machine itself', () => {
  it('is the same to both engines', () => {
    const seen = captured('netlink');
    expect(seen).toEqual(captured('iproute2'));
    expect(seen).toMatchObject({ links: expect.arrayContaining([expect.objectContaining({ name: 'lo' })]) as unknown });
  });

  it.skipIf(LINK === undefined).each([
    ['as root is allowed to', []],
    ['without any privilege', UNPRIVILEGED],
  ] as const)('can be planned for and asked about, %s', (_how, before) => {
    const file = join(folder, 'probe.yaml');
    writeFileSync(file, `version: 1\nkind: custom\nname: looked-at\nproxies: [{ address: 198.51.100.7, interface: ${LINK} }]\n`);
    const planned = parp(before, 'plan', file);
    expect(planned.exitCode, planned.stderr).toBe(0);
    expect(planned.stdout).toContain('+ proxy neighbour 198.51.100.7');
    const explained = parp(before, 'explain', '-i', LINK ?? '', '--from', '198.51.100.8', '--to', '198.51.100.7');
    expect(explained.exitCode, explained.stderr).toBe(0);
    expect(explained.stdout).toMatch(/^\w+: who has 198\.51\.100\.7\? tell 198\.51\.100\.8\n(silence|reply|depends)/);
  });
});
