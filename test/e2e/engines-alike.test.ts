// Two engines on one kernel, and one kernel under two engines. First a host is made by chance, of links, addresses, routes, rules, neighbours and switches of every kind; what the
// netlink engine sees of it and what the iproute2 engine sees of it is one and the same state. Then two equal routers: profiles by chance are
// applied and removed, on the one by netlink and on the other by iproute2; after each step the two are equal again, and at the end as they were
// at first.
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { Backend } from '../../src/engine/backend.ts';
import { execute } from '../../src/engine/execute.ts';
import type { HostState } from '../../src/model/state.ts';
import type { Profile } from '../../src/profile/profile.ts';
import { Random } from '../fuzz/random.ts';
import { arbitraryHost, type ArbitraryHost } from '../support/arbitrary-host.ts';
import { anyForwarding, anyProfile, LINKS } from '../support/arbitrary-profile.ts';
import { inhabit, NO_NAMESPACES, type Inhabited } from '../support/backend-in-namespace.ts';
import { planOn, transactionFor, type Planned } from '../support/laws.ts';
import { MemoryJournal } from '../support/memory-journal.ts';
import { LONG, SEED } from '../support/tally.ts';

const walk = fc.record({
  forwarding: anyForwarding,
  steps: fc.array(
    fc.oneof(
      { weight: 3, arbitrary: fc.array(anyProfile, { minLength: 1, maxLength: 2 }).map((profiles) => ({ apply: profiles })) },
      { weight: 1, arbitrary: fc.constantFrom('alpha', 'beta', 'gamma').map((name) => ({ remove: name })) },
    ),
    { minLength: 2, maxLength: 5 },
  ),
});

describe.skipIf(NO_NAMESPACES)(`two engines${NO_NAMESPACES === null ? '' : ` (skipped: ${NO_NAMESPACES})`}`, () => {
  const inhabited: Inhabited[] = [];
  afterEach(async () => {
    for (const host of inhabited.splice(0)) await host.dispose();
  });

  const seeds = Array.from({ length: LONG ? 500 : 12 }, (_, at) => SEED * 1000 + at);

  it.each(seeds)('see the same of host %i', async (seed) => {
    const host = await inhabit('netlink');
    inhabited.push(host);
    furnish(host, arbitraryHost(new Random(seed)));
    await expectAlike(host.backend, host.beside('iproute2'));
  });

  it('see the same without any privilege', async () => {
    const unprivileged = ['setpriv', '--bounding-set=-all', '--inh-caps=-all'];
    const host = await inhabit('netlink', unprivileged);
    inhabited.push(host);
    furnish(host, { ...arbitraryHost(new Random(SEED)), nft: 'table ip parp_edge {}' });
    await expectAlike(host.backend, host.beside('iproute2', unprivileged));
    expect(await host.backend.observe()).toMatchObject({ nftables: null, nat: {} });
  });

  const walks = fc.sample(walk, { numRuns: LONG ? 200 : 3, seed: SEED }).map((steps, at) => [at + 1, steps] as const);

  it.each(walks)('leave equal hosts on walk %i', async (_walk, { forwarding, steps }) => {
    const routers = [await routerOf('netlink', forwarding), await routerOf('iproute2', forwarding)] as const;
    inhabited.push(...routers.map(({ host }) => host));
    const first = await expectEqual(routers);
    for (const step of [...steps, 'all'] as const) {
      const outcomes = await Promise.all(routers.map(async (router) => take(router, step)));
      expect(outcomes[0]).toEqual(outcomes[1]);
      await expectEqual(routers);
    }
    expect(await expectEqual(routers)).toEqual(first);
  });
});

interface Router extends Planned {
  readonly host: Inhabited;
  /** Writes. */
  readonly backend: Backend;
  /** Reads, the same on both. */
  readonly kernel: Backend;
}

async function routerOf(engine: Backend['name'], forwarding: Readonly<Record<string, string>>): Promise<Router> {
  const host = await inhabit(engine);
  const links = LINKS.flatMap((name, at) => [
    `link add ${name} address 02:00:00:00:00:0${at} type veth peer name p${at} address 02:00:00:00:01:0${at}`,
    `link set ${name} up`,
    `link set p${at} up`,
  ]);
  host.run(['ip', '-batch', '-'], `${links.join('\n')}\n`);
  for (const [path, value] of Object.entries(forwarding)) host.run(['sh', '-c', `echo ${value} > /proc/sys/${path}`]);
  return { host, backend: host.backend, kernel: host.beside('netlink'), journal: new MemoryJournal() };
}

type Step = { readonly apply: readonly Profile[] } | { readonly remove: string } | 'all';

/** What became of the step: the operations, or the conflicts that stand against them. */
async function take(router: Router, step: Step): Promise<unknown> {
  const inForce = Object.keys(router.journal.ledger.profiles);
  const apply = typeof step === 'object' && 'apply' in step ? step.apply : [];
  const remove = step === 'all' ? inForce : 'remove' in step && inForce.includes(step.remove) ? [step.remove] : [];
  if (new Set(apply.map(({ name }) => name)).size < apply.length) return [];
  const plan = await planOn(router, apply, remove);
  if (plan.conflicts.length > 0) return plan.conflicts;
  const { kind } = await execute(plan, transactionFor(plan, router), router.backend, router.journal);
  return { kind, operations: plan.operations };
}

/** The state of both, which is one. */
async function expectEqual([one, other]: readonly [Router, Router]): Promise<unknown> {
  const [state, same] = [sorted(await one.kernel.observe()), sorted(await other.kernel.observe())];
  expect(state).toEqual(same);
  return state;
}

/** Routes and entries stand in tables of hashes; what was ever written cannot be given back. */
function sorted({ sticky: _sticky, ...state }: HostState): unknown {
  const inOrder = (list: readonly unknown[]): unknown => list.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return { ...state, routes: inOrder(state.routes), proxies: inOrder(state.proxies), addresses: inOrder(state.addresses) };
}

/** Makes the host as far as the kernel takes it. */
function furnish(host: Inhabited, { ip, files, nft }: ArbitraryHost): void {
  host.run(['sh', '-c', 'ip -force -batch - >&2 || true'], `${ip.join('\n')}\n`);
  const writes = files.map(([path, value]) => `echo ${value} > "/proc/sys/net/ipv4/${path}"`);
  host.run(['sh', '-c', 'sh 2>&1 || true'], `${writes.join('\n')}\n`);
  if (nft !== '') host.run(['nft', '-f', '-'], nft);
}

/** Both see the same, between two looks in which nothing changed: carriers come and go a moment after their links. */
async function expectAlike(netlink: Backend, iproute2: Backend): Promise<void> {
  for (let look = 1; ; look++) {
    const before = comparable(await netlink.observe());
    const other = comparable(await iproute2.observe());
    const after = comparable(await netlink.observe());
    if (JSON.stringify(before) !== JSON.stringify(after) && look < 20) continue;
    expect(after).toEqual(other);
    return;
  }
}

/** Without what nft says of itself, and what `ip` makes of an address of no bytes: it prints the byte that stands behind it. */
function comparable(state: HostState): HostState {
  const bare = new Set(state.links.filter(({ mac }) => mac === null).map(({ name }) => name));
  const neighbours = state.neighbours.map((entry) => (bare.has(entry.interface) ? { ...entry, mac: null } : entry));
  return { ...state, neighbours, nftables: state.nftables?.filter((object) => !Object.hasOwn(object as object, 'metainfo')) ?? null };
}
