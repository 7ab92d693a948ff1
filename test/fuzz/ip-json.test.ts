import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseIpJson, type IpObject } from '../../src/host/ip-json.ts';
import { readRoutes } from '../../src/host/iproute2-routes.ts';
import {
  readAddresses,
  readLinks,
  readNeighbours,
  readNeighTimes,
  readNexthops,
  readProxies,
  readRules,
} from '../../src/host/iproute2-state.ts';
import { stickyQuestions, stickyState } from '../../src/host/sticky.ts';
import { captureOf, loadCapture } from '../../src/model/capture.ts';
import { sameValue } from '../../src/model/operation.ts';
import type { HostState } from '../../src/model/state.ts';
import { freshHost } from '../support/memory-kernel.ts';
import { INHERITED, JSON_SIGNS, NUMBERS, ODD_ADDRESSES, ODD_TEXTS, UNSEEN } from './dictionary.ts';
import { fuzz, FUZZ_TIMEOUT, law, type Target } from './harness.ts';
import { material, mutated } from './mutate.ts';
import { mutatedJson } from './mutate-json.ts';
import type { Random } from './random.ts';

/** Answers of iproute2 6.1: `ip -4 -N -details -json -batch` of what parp asks, and `ip -N -details -json nexthop show`. */
const ANSWERS = ['ip-batch.txt', 'ip-nexthop.txt']
  .flatMap((file) => readFileSync(new URL(`corpus/${file}`, import.meta.url), 'utf8').split('\n'))
  .filter((line) => line !== '');
const FROM = material(ANSWERS, [...JSON_SIGNS, ...INHERITED, ...ODD_ADDRESSES, ...ODD_TEXTS, ...UNSEEN, ...NUMBERS]);
const DOCUMENTS = ANSWERS.flatMap(parseIpJson);

function answer(random: Random): string {
  const text = random.chance(0.7) ? mutatedJson(random, DOCUMENTS) : Buffer.from(mutated(random, FROM)).toString('utf8');
  return random.chance(0.2) ? `${text}\n${random.pick(ANSWERS)}\n` : text;
}

const HOST = freshHost([]);

/** A host that is read from one answer to every question. */
function hostIn(objects: readonly IpObject[]): HostState {
  return {
    ...HOST,
    links: readLinks(objects),
    addresses: readAddresses(objects),
    routes: readRoutes(objects),
    rules: readRules(objects),
    nexthops: readNexthops(objects),
    sysctls: Object.fromEntries(readNeighTimes(objects)),
    proxies: readProxies(objects),
    neighbours: readNeighbours(objects),
  };
}

const answers: Target<string> = {
  name: 'ip-json',
  generate: answer,
  run(text) {
    const lists = parsed(text);
    if (lists === null) return 'refused';
    let found = 0;
    for (const objects of lists) {
      const host = hostIn(objects);
      law(sameValue(plain(loadCapture(JSON.stringify(captureOf(host)))), plain(host)), 'a capture gives back what was read');
      law(
        Object.values(host.sysctls).every((value) => /^\d{1,10}ms$/.test(value)),
        'a time can be written back',
      );
      stickyQuestions(
        host.addresses,
        host.routes,
        new Map(),
        objects.some((object) => 'flow' in object),
      );
      stickyState(objects[0] ?? null, objects[1]);
      found += [host.links, host.addresses, host.routes, host.rules, host.nexthops, host.proxies, host.neighbours].flat().length;
    }
    return found > 0 ? 'accepted' : 'refused';
  },
};

/** As JSON has it: it knows no infinite number. */
function plain(host: HostState): unknown {
  return JSON.parse(JSON.stringify(host));
}

/** null for what is announced to be no answer. */
function parsed(text: string): IpObject[][] | null {
  try {
    return parseIpJson(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

describe('the readers of `ip -json`', () => {
  it(
    'give a sound host, or leave out what they cannot read',
    async () => {
      const { accepted, refused } = await fuzz(answers);
      expect(accepted).toBeGreaterThan(100);
      expect(refused).toBeGreaterThan(100);
    },
    FUZZ_TIMEOUT,
  );
});
