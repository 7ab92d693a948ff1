// The story: a die has set up thirty routers, with addresses of all lengths, routes of all types and metrics, onlink gateways, nexthop objects,
// several tables, rules, proxy neighbours of one interface and of all, interfaces that are down or without carrier, things that only the kernel
// remembers, and every switch that takes part in ARP. `parp capture` writes each down, and `parp explain`, which sees nothing but that, foretells
// what it will answer to requests, probes and announcements of all kinds of senders, sent to everybody, to it alone, and past it. Then an
// asker on every interface really asks. Nobody is told what is right: the kernel is. Where one of several hops is taken by a hash, or the
// capture leaves something open, parp says so and nothing is compared.
// PARP_TEST_LONG=1 asks a thousand routers, PARP_TEST_SEED=<number> others; PARP_TEST_RECORDS=<file> keeps what they answered.
import { appendFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { disagreement, placeRouters, rebuildingScript, topologyOf, tryRouters, type Asked } from '../support/asked-routers.ts';
import { buildNetwork, CAN_BUILD } from '../support/namespaces.ts';
import { SLOW } from '../support/random-router.ts';
import { recordOf } from '../support/arp-records.ts';
import { LONG, SEED } from '../support/tally.ts';

const TOGETHER = 30;
const BATCHES = LONG ? 34 : 1;
/** To each interface. */
const QUESTIONS = 100;

/** A file that keeps what was asked and heard, for test/support/choose-records.mjs. */
const RECORDS = process.env['PARP_TEST_RECORDS'];

/** Every one that random routers can give. */
const REASONS = [
  'proxy-arp',
  'private-vlan',
  'proxy-neighbour',
  'local-address',
  'other-host',
  'target-not-unicast',
  'loopback-target',
  'gratuitous-dropped',
  'probe',
  'arp-ignore',
  'arp-filter',
  'source-rejected',
  'no-route',
  'refusing-route',
  'broadcast',
  'forwarding-off',
  'same-link',
  'announcement',
  'not-proxied',
  'medium-id',
  'endless-delay',
  'multipath',
];

describe.skipIf(!CAN_BUILD)('parp explain', () => {
  const asked: Asked[] = [];

  it.each(Array.from({ length: BATCHES }, (_, batch) => batch))(
    'foretells what routers answer (batch %i)',
    { timeout: 300_000 },
    async (batch) => {
      const seeds = Array.from({ length: TOGETHER }, (_, at) => (SEED * 1000 + batch) * TOGETHER + at);
      const placed = placeRouters(seeds);
      const net = await buildNetwork(topologyOf(placed));
      try {
        const trials = await tryRouters(net, placed, QUESTIONS);
        const here = trials.flatMap((trial) => trial.asked);
        asked.push(...here);
        if (RECORDS !== undefined) for (const trial of trials) appendFileSync(RECORDS, `${JSON.stringify(recordOf(trial))}\n`);
        const wrong = here.flatMap((one) => {
          const what = disagreement(one);
          return what === undefined ? [] : [{ what, one }];
        });
        const scripts = wrong.slice(0, 3).map(({ what, one }) => `${what}\n${rebuildingScript(one)}`);
        expect(wrong.length, scripts.join('\n\n')).toBe(0);
      } finally {
        await net.lab.destroy();
      }
    },
  );

  it('leaves few answers open, and nearly all of these for the hash of several hops', () => {
    const open = asked.filter(({ foretold }) => foretold.answer === 'depends');
    expect(asked.length).toBeGreaterThan(BATCHES * 6000);
    expect(open.length).toBeLessThan(asked.length / 10);
    expect(open.filter(({ foretold }) => foretold.because !== 'multipath').length).toBeLessThan(asked.length / 50);
  });

  it('is right for a reason: much is answered, and every reason occurs', () => {
    expect(asked.filter(({ heard }) => heard.length > 0).length).toBeGreaterThan(asked.length / 8);
    // Thirty other routers may lack one or the other.
    if (!LONG && process.env['PARP_TEST_SEED'] !== undefined) return;
    const reasons = new Set(asked.map(({ foretold }) => foretold.because));
    expect([...reasons]).toEqual(expect.arrayContaining(REASONS));
  });

  it('foretells a wait where there is one', () => {
    const waited = asked.filter(({ foretold, heard }) => foretold.delay_ms.max === SLOW * 10 && heard.length > 0);
    const late = waited.filter(({ heard }) => (heard[0]?.ms ?? 0) > SLOW * 5);
    expect(waited.length).toBeGreaterThan(50);
    // Half of them are; on a slow machine more.
    expect(late.length).toBeGreaterThan(waited.length / 4);
  });

  afterAll(() => {
    const open = asked.filter(({ foretold }) => foretold.answer === 'depends').length;
    console.log(
      `${asked.length} ARP requests were asked of ${new Set(asked.map(({ placed }) => placed)).size} routers (seed ${SEED}); ${open} answers were left open`,
    );
  });
});
