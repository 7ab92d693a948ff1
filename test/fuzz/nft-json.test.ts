import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { captureOf, loadCapture } from '../../src/model/capture.ts';
import { requireRuleset } from '../../src/model/ruleset.ts';
import type { HostState } from '../../src/model/state.ts';
import { undo } from '../../src/model/undo.ts';
import { recogniseNatTables } from '../../src/render/nft-listing.ts';
import { natRules, natScript } from '../../src/render/nft.ts';
import { operationWords, valueWords } from '../../src/render/words.ts';
import { EXAMPLE_TABLE } from '../support/example-table.ts';
import { freshHost } from '../support/memory-kernel.ts';
import { operation } from '../support/operations.ts';
import { INHERITED, JSON_SIGNS, NUMBERS, ODD_ADDRESSES, ODD_TEXTS, UNSEEN } from './dictionary.ts';
import { fuzz, FUZZ_TIMEOUT, law, type Target } from './harness.ts';
import { material, mutated } from './mutate.ts';
import { mutatedJson } from './mutate-json.ts';
import { isPrintable } from './unseen.ts';

/** What `nft -j list ruleset` of nft 1.0.6 says of parp's own tables, alone and beside those of others. */
const LISTINGS = ['nft-example.txt', 'nft-foreign.txt'].map((file) => readFileSync(new URL(`corpus/${file}`, import.meta.url), 'utf8'));
const WORDS = ['parp_edge', 'parp_small', 'prerouting', 'about', 'netmap', 'eth0', 'many to one', 'ip', 'daddr', 'table', 'rule', 'chain'];
const FROM = material(LISTINGS, [...WORDS, ...JSON_SIGNS, ...INHERITED, ...ODD_ADDRESSES, ...ODD_TEXTS, ...UNSEEN, ...NUMBERS]);
const DOCUMENTS: unknown[] = LISTINGS.map((text) => JSON.parse(text));
const HOST = freshHost(['eth0', 'eth1']);

const listings: Target<string> = {
  name: 'nft-json',
  generate: (random) => (random.chance(0.8) ? mutatedJson(random, DOCUMENTS) : Buffer.from(mutated(random, FROM)).toString('utf8')),
  run(text) {
    const objects = objectsIn(text);
    if (objects === null) return 'refused';
    const nat = recogniseNatTables(objects);
    const host: HostState = { ...HOST, nat };
    requireRuleset([operation('nat', 'parp_edge', null, EXAMPLE_TABLE)], host);
    let own = 0;
    for (const [name, table] of Object.entries(nat)) {
      law(isPrintable(valueWords('nat', table)), `what is said of table ${JSON.stringify(name)} can be shown`);
      law(isPrintable(operationWords(operation('nat', name, null, EXAMPLE_TABLE))), 'an operation on it can be shown');
      if ('unrecognised' in table) continue;
      own++;
      natRules(table);
      const ports = table.inwards.flatMap((rule) => (rule.match === 'port' ? [rule.port, rule.toPort] : []));
      law(
        ports.every((port) => Number.isInteger(port) && port >= 0 && port < 2 ** 16),
        'a port has 16 bits',
      );
      law(/^[\n -~]*$/.test(natScript('parp_edge', table)), 'a table that is taken for parp’s own can be written back');
    }
    law(JSON.stringify(loadCapture(JSON.stringify(captureOf(host))).nat) === JSON.stringify(nat), 'a capture gives back what was read');
    for (const from of [null, EXAMPLE_TABLE]) undo([operation('nat', 'parp_edge', from, { ...EXAMPLE_TABLE, guarded: [] })], host);
    return own > 0 ? 'accepted' : 'refused';
  },
};

/** As readRuleset() takes an answer apart. */
function objectsIn(text: string): readonly unknown[] | null {
  try {
    const document = JSON.parse(text) as { nftables?: unknown } | null;
    return Array.isArray(document?.nftables) ? document.nftables : null;
  } catch {
    return null;
  }
}

describe('recogniseNatTables()', () => {
  it(
    'takes for parp’s own only what parp can write back, and says of the rest what it is',
    async () => {
      const { accepted, refused } = await fuzz(listings);
      expect(accepted).toBeGreaterThan(100);
      expect(refused).toBeGreaterThan(100);
    },
    FUZZ_TIMEOUT,
  );
});
