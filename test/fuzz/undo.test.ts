import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { captureOf, loadCapture } from '../../src/model/capture.ts';
import { Failure } from '../../src/model/failure.ts';
import { EMPTY_LEDGER, type Ledger } from '../../src/model/ledger.ts';
import { subjectKey, type Operation } from '../../src/model/operation.ts';
import type { HostState } from '../../src/model/state.ts';
import { undo } from '../../src/model/undo.ts';
import { argvOf } from '../../src/render/argv.ts';
import { leftWords } from '../../src/render/plan-text.ts';
import { operationWords } from '../../src/render/words.ts';
import { anyForwarding, anyProfile, LINKS } from '../support/arbitrary-profile.ts';
import { freshHost, MemoryKernel } from '../support/memory-kernel.ts';
import { fuzz, FUZZ_TIMEOUT, law, type Target } from './harness.ts';
import { mutatedJson } from './mutate-json.ts';
import { shownPlan } from './plan-shown.ts';
import type { Random } from './random.ts';
import { isPrintable } from './unseen.ts';

/** What one run wrote, and the host before and behind it. */
interface Written {
  readonly operations: readonly Operation[];
  readonly ledger: Ledger;
  readonly hosts: readonly HostState[];
}

/** Plans of arbitrary profiles, each carried out by a kernel in memory. */
async function runs(): Promise<Written[]> {
  const sampled = fc.sample(fc.tuple(anyProfile, anyForwarding), { numRuns: 40, seed: 1 });
  return Promise.all(
    sampled.map(async ([profile, sysctls]) => {
      const host = freshHost(LINKS);
      const before = { ...host, sysctls: { ...host.sysctls, ...sysctls } };
      const { operations, ledger, conflicts } = shownPlan([profile], before);
      const kernel = new MemoryKernel(before);
      if (conflicts.length === 0) await kernel.write(operations);
      return { operations, ledger, hosts: [before, await kernel.observe()] };
    }),
  );
}

const RUNS = await runs();
const HOSTS = RUNS.flatMap(({ hosts }) => hosts);

interface Undoing {
  readonly operations: readonly Operation[];
  readonly ledger: Ledger;
  readonly interrupted: boolean;
  /** The host as somebody else left it. */
  readonly capture: string;
}

/** Some of the operations of a run, in any order, at times with those of another one between them. */
function undoing(random: Random): Undoing {
  const { operations, ledger, hosts } = random.pick(RUNS);
  const more = random.chance(0.3) ? random.pick(RUNS).operations : [];
  const some = [...operations, ...more].filter(() => random.chance(0.9));
  return {
    operations: random.chance(0.1) ? some.toReversed() : some,
    ledger: random.chance(0.5) ? ledger : EMPTY_LEDGER,
    interrupted: random.chance(0.5),
    capture: random.chance(0.6) ? JSON.stringify(captureOf(mixed(random, hosts))) : mutatedJson(random, hosts.map(captureOf)),
  };
}

/** The parts of several hosts as one, with some entries missing. */
function mixed(random: Random, near: readonly HostState[]): HostState {
  const pick = <K extends keyof HostState>(key: K): HostState[K] => random.pick(random.chance(0.7) ? near : HOSTS)[key];
  const some = <T>(list: readonly T[]): T[] => (random.chance(0.5) ? [...list] : list.filter(() => random.chance(0.8)));
  const sysctls = { ...pick('sysctls'), ...Object.fromEntries(some(Object.entries(pick('sysctls')))) };
  return {
    ...random.pick(near),
    links: some(pick('links')),
    addresses: [...some(pick('addresses')), ...some(pick('addresses'))],
    routes: [...some(pick('routes')), ...some(pick('routes'))],
    proxies: some(pick('proxies')).map((entry) => (random.chance(0.2) ? { ...entry, protocol: random.pick([null, 55]) } : entry)),
    sysctls: random.chance(0.5) ? sysctls : Object.fromEntries(some(Object.entries(sysctls))),
    nat: pick('nat'),
  };
}

const undos: Target<Undoing> = {
  name: 'undo',
  generate: undoing,
  run({ operations, ledger, interrupted, capture }) {
    const state = loadCapture(capture);
    const back = undo(operations, state, interrupted, ledger);
    const known = new Set(operations.map(subjectKey));
    for (const { subject } of back.left) law(known.has(subjectKey(subject)), 'only what was written is left');
    for (const left of back.left) law(isPrintable(leftWords(left)), 'what is left can be told');
    for (const operation of [...back.operations, ...back.relaid]) {
      argvOf(operation);
      law(isPrintable(operationWords(operation)), 'what is undone can be told');
    }
    return 'accepted';
  },
  refuses: (error) => error instanceof Failure && error.code === 'capture',
};

describe('undo()', () => {
  it(
    'finds a way back, or leaves things, from wherever the host is',
    async () => {
      const { accepted, refused } = await fuzz(undos);
      expect(accepted).toBeGreaterThan(100);
      expect(refused).toBeGreaterThan(100);
    },
    FUZZ_TIMEOUT,
  );
});
