import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseIpJson } from '../../src/host/ip-json.ts';
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
import { captureOf, loadCapture } from '../../src/model/capture.ts';
import { Failure } from '../../src/model/failure.ts';
import type { HostState } from '../../src/model/state.ts';
import type { Profile } from '../../src/profile/profile.ts';
import { EXAMPLE_TABLE } from '../support/example-table.ts';
import { freshHost } from '../support/memory-kernel.ts';
import { EDGE, OFFICE, ROUTES } from '../support/plain-profiles.ts';
import { profileFrom } from '../support/profile-text.ts';
import { INHERITED, JSON_SIGNS, NUMBERS, ODD_ADDRESSES, ODD_TEXTS, UNSEEN } from './dictionary.ts';
import { fuzz, FUZZ_TIMEOUT, law, type Target } from './harness.ts';
import { material, mutated } from './mutate.ts';
import { mutatedJson } from './mutate-json.ts';
import { shownPlan } from './plan-shown.ts';

/** A host as it was read from iproute2, with what other files and programs say. */
function readHost(): HostState {
  const lines = readFileSync(new URL('corpus/ip-batch.txt', import.meta.url), 'utf8');
  const [links = [], addresses = [], routes = [], rules = [], neighbours = [], proxies = [], times = []] = parseIpJson(lines);
  const [nexthops = []] = parseIpJson(readFileSync(new URL('corpus/ip-nexthop.txt', import.meta.url), 'utf8'));
  const host = freshHost(['eth0', 'eth1']);
  return {
    ...host,
    links: readLinks(links),
    addresses: readAddresses(addresses),
    routes: readRoutes(routes),
    rules: readRules(rules),
    nexthops: readNexthops(nexthops),
    sysctls: { ...host.sysctls, ...Object.fromEntries(readNeighTimes(times)) },
    proxies: readProxies(proxies),
    neighbours: readNeighbours(neighbours),
    nftables: [{ metainfo: {} }],
    nat: { parp_edge: EXAMPLE_TABLE, parp_other: { unrecognised: 'it holds a foreign set "x"' } },
    sticky: { customRules: false, customLocalRoutes: null },
  };
}

const DOCUMENTS = [captureOf(readHost()), captureOf(freshHost(['eth0', 'eth1']))];
const FROM = material(
  DOCUMENTS.map((document) => JSON.stringify(document)),
  [...JSON_SIGNS, ...INHERITED, ...ODD_ADDRESSES, ...ODD_TEXTS, ...UNSEEN, ...NUMBERS],
);
const EVERY_LINK = 'version: 1\nkind: private-vlan\nname: guests\ninterfaces: ["*"]\n';
const PROFILES = [OFFICE, EVERY_LINK, EDGE, ROUTES].map(profileFrom);

interface Against {
  readonly text: string;
  readonly profile: Profile;
}

const captures: Target<Against> = {
  name: 'capture',
  generate: (random) => ({
    text: random.chance(0.85) ? mutatedJson(random, DOCUMENTS) : Buffer.from(mutated(random, FROM)).toString('utf8'),
    profile: random.pick(PROFILES),
  }),
  run({ text, profile }) {
    // The ruleset is kept as nft gave it, however deep that is: nobody reads or writes it again.
    const state = { ...loadCapture(text), nftables: [] };
    const again = JSON.stringify(captureOf(state));
    law(JSON.stringify(captureOf(loadCapture(again))) === again, 'a capture of what was loaded loads the same');
    shownPlan([profile], state);
    return 'accepted';
  },
  refuses: (error) => error instanceof Failure && error.ending === 'invalid' && error.code === 'capture',
};

describe('loadCapture()', () => {
  it(
    'refuses whatever is no capture, and gives a host that can be planned against',
    async () => {
      const { accepted, refused } = await fuzz(captures);
      expect(accepted).toBeGreaterThan(100);
      expect(refused).toBeGreaterThan(100);
    },
    FUZZ_TIMEOUT,
  );
});
