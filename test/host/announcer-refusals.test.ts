// The promise: sent + failed = the frames that were offered, whatever the kernel refuses in the middle of a batch. Each frame goes out
// once, or is counted once under the errno that it met, as if it had been offered alone.
import { constants } from 'node:os';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { announce, type AnnounceHooks, type InterfaceAnnounced } from '../../src/host/announcer.ts';
import type { FrameRow, PacketSocket } from '../../src/host/packet-socket.ts';
import { formsOf } from '../../src/model/announcements.ts';
import type { AnnounceOptions } from '../../src/model/settings.ts';
import { ipv4FromNumber } from '../../src/net/ipv4.ts';
import { parseMac } from '../../src/net/mac.ts';
import { must } from '../../src/net/parsed.ts';
import { decodeArpFrame } from '../../src/wire/arp.ts';

const MAC = must(parseMac('02:00:00:00:00:0a'));
const FIRST = 0x0a000000;

type Errno = 'ENOBUFS' | 'EAGAIN' | 'EINTR' | 'ENETDOWN' | 'EPERM' | 'ENXIO' | 'ENODEV';
/** What the kernel does with a frame: refuses it so many times, takes it in part, or takes it and then the cable is pulled, or put in again. */
type Fate = { readonly refuse: Errno; readonly times: number } | 'short' | 'cable';
/** Fates of the frames that have one, by the frame's name: `10.0.0.1 request`. */
type Fates = ReadonlyMap<string, Fate>;

/** An interface that answers as packet_snd() and __sys_sendmmsg() do, and remembers what went out. */
class FakeInterface implements PacketSocket {
  readonly interface = 'eth0';
  readonly index = 2;
  readonly wire: string[] = [];
  /** The frames of each call that took some. */
  readonly batches: number[] = [];
  refusals = 0;
  readonly #fates: Fates;
  readonly #refused = new Map<string, number>();
  #carrier = true;

  constructor(fates: Fates = new Map()) {
    this.#fates = fates;
  }

  mac = (): typeof MAC => MAC;
  running = (): boolean => this.#carrier;
  untilRunning = async (): Promise<boolean> => Promise.resolve(true);
  send = async (): Promise<number> => Promise.reject(new Error('Frames are sent in rows'));
  receive = (): undefined => undefined;
  close = (): void => undefined;

  row(slots: number, length: number): FrameRow {
    const bytes = new Uint8Array(slots * length);
    const short = new Set<number>();
    const offer = (first: number, count: number): number => {
      expect(first + count).toBeLessThanOrEqual(slots);
      short.clear();
      for (let i = 0; i < count; i++) {
        const slot = first + i;
        const name = nameOf(bytes.subarray(slot * length, (slot + 1) * length));
        const errno = this.#refusal(name);
        // The call tells how far it came; why it came no further, it tells only where that is the very first frame.
        if (errno !== undefined) return i === 0 ? -constants.errno[errno] : i;
        if (this.#take(name) === 'short') short.add(slot);
        // Whoever pulls a cable interrupts the call, too: what comes behind is another batch.
        if (this.#fates.get(name) === 'cable') return i + 1;
      }
      return count;
    };
    return {
      slots,
      length,
      bytes,
      offer: (first, count) => {
        const answer = offer(first, count);
        if (answer > 0) this.batches.push(answer);
        return answer;
      },
      whole: (slot) => !short.has(slot),
    };
  }

  #refusal(name: string): Errno | undefined {
    const fate = this.#fates.get(name);
    const refused = this.#refused.get(name) ?? 0;
    if (typeof fate !== 'object' || refused === fate.times) return undefined;
    this.#refused.set(name, refused + 1);
    this.refusals++;
    return fate.refuse;
  }

  #take(name: string): 'short' | 'whole' {
    const fate = this.#fates.get(name);
    if (fate === 'short') return 'short';
    if (this.#carrier) this.wire.push(name);
    if (fate === 'cable') this.#carrier = !this.#carrier;
    return 'whole';
  }
}

function nameOf(bytes: Uint8Array): string {
  const frame = decodeArpFrame(bytes);
  if (!frame.ok) throw new Error(`No ARP frame: ${frame.reason}`);
  const { operation, senderIp, targetIp, senderMac, source } = frame.value;
  expect([targetIp, senderMac, source]).toEqual([senderIp, MAC, MAC]);
  return `${senderIp} ${operation}`;
}

/** The names of a round's frames, in order. */
function roundOf(addresses: number, options: AnnounceOptions): string[] {
  return Array.from({ length: addresses }, (_, i) => ipv4FromNumber(FIRST + i)).flatMap((ip) =>
    formsOf(options).map((form) => `${ip} ${form}`),
  );
}

/** What becomes of frames that are offered one by one. */
function oneByOne(names: readonly string[], fates: Fates): { wire: string[]; errors: Record<string, number> } {
  const wire: string[] = [];
  const errors: Record<string, number> = {};
  const fail = (reason: string, frames = 1): void => void (errors[reason] = (errors[reason] ?? 0) + frames);
  let carrier = true;
  for (const [i, name] of names.entries()) {
    const fate = fates.get(name);
    if (typeof fate === 'object' && (fate.refuse === 'ENXIO' || fate.refuse === 'ENODEV')) {
      fail(fate.refuse, names.length - i);
      break;
    }
    if (typeof fate === 'object' && fate.times === Infinity) fail(fate.refuse);
    else if (fate === 'short') fail('EMSGSIZE');
    else if (!carrier) fail('no-carrier');
    else wire.push(name);
    if (fate === 'cable') carrier = !carrier;
  }
  return { wire, errors };
}

async function announced(
  fake: FakeInterface,
  addresses: number,
  options: AnnounceOptions,
  hooks: AnnounceHooks = {},
): Promise<InterfaceAnnounced> {
  const jobs = [{ interface: 'eth0', addresses: Array.from({ length: addresses }, (_, i) => ipv4FromNumber(FIRST + i)) }];
  const { interfaces } = await announce(jobs, options, hooks, () => fake);
  const [only] = interfaces;
  if (only === undefined) throw new Error('Nothing was announced');
  return only;
}

const AT_ONCE: AnnounceOptions = { rounds: 1, spacingMs: 0, form: 'both', rate: null };

describe('announce() over an interface that refuses', () => {
  const full = fc.record({ refuse: fc.constantFrom('ENOBUFS', 'EAGAIN', 'EINTR'), times: fc.integer({ min: 1, max: 3 }) });
  const down = fc.record({ refuse: fc.constantFrom('ENETDOWN', 'EPERM'), times: fc.constant(Infinity) });
  const fate = fc.oneof<fc.Arbitrary<Fate>[]>(full, down, fc.constant('short'), fc.constant('cable'));
  /** The rare fates, which end the rest or take 63 ms. */
  const last = fc.constantFrom<(Fate | undefined)[]>(
    undefined,
    undefined,
    { refuse: 'ENXIO', times: Infinity },
    { refuse: 'ENODEV', times: Infinity },
    { refuse: 'ENOBUFS', times: Infinity },
  );

  it('settles each frame as if it had been offered alone, in the same order', async () => {
    const stories = fc.record({
      addresses: fc.integer({ min: 1, max: 700 }),
      form: fc.constantFrom('request', 'reply', 'both'),
      rate: fc.constantFrom(null, 100_000),
      fates: fc.array(fc.tuple(fc.nat(), fate), { maxLength: 12 }),
      last: fc.tuple(fc.nat(), last),
    });
    await fc.assert(
      fc.asyncProperty(stories, async ({ addresses, form, rate, fates: some, last: [where, end] }) => {
        const options: AnnounceOptions = { ...AT_ONCE, form, rate };
        const names = roundOf(addresses, options);
        const fates = new Map(some.map(([n, fate]) => [names[n % names.length] ?? '', fate]));
        if (end !== undefined) fates.set(names[where % names.length] ?? '', end);
        const fake = new FakeInterface(fates);
        const { sent, failed, errors, frames } = await announced(fake, addresses, options);
        const { wire, errors: wanted } = oneByOne(names, fates);
        expect(fake.wire).toEqual(wire);
        expect(errors).toEqual(wanted);
        expect(sent).toBe(wire.length);
        expect(sent + failed).toBe(frames);
      }),
      { numRuns: 150 },
    );
  });

  it('offers a frame again to a full queue, and gives one up for which there is no room all the while', async () => {
    const names = roundOf(4, AT_ONCE);
    const fates: Fates = new Map([
      [names[1] ?? '', { refuse: 'ENOBUFS', times: 5 }],
      [names[2] ?? '', { refuse: 'EAGAIN', times: Infinity }],
    ]);
    const fake = new FakeInterface(fates);
    expect(await announced(fake, 4, AT_ONCE)).toMatchObject({ frames: 8, sent: 7, failed: 1, errors: { EAGAIN: 1 } });
    expect(fake.wire).toEqual(names.filter((name) => name !== names[2]));
  });

  it('looks again before it offers a frame again, and sends no more once the look ends it', async () => {
    const names = roundOf(200, AT_ONCE);
    const fake = new FakeInterface(new Map([[names[10] ?? '', { refuse: 'ENOBUFS', times: 2 }]]));
    const controller = new AbortController();
    // The first refusal ended a batch, the second is the one that has a reason; the third time it would be taken.
    const beforeBatch = (): void => {
      if (fake.refusals === 2) controller.abort();
    };
    const outcome = await announced(fake, 200, AT_ONCE, { beforeBatch, signal: controller.signal });
    expect(outcome).toMatchObject({ frames: 400, sent: 10, failed: 0, errors: {}, rounds: 0 });
    expect(fake.wire).toEqual(names.slice(0, 10));
  });
});

describe('announce() in batches', () => {
  it('hands many frames over in a call where there is no limit, and hears the signal all the same', async () => {
    const fake = new FakeInterface();
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 30);
    const jobs = [{ interface: 'eth0', addresses: ['10.0.0.0/12'] }];
    const { interrupted, interfaces } = await announce(jobs, AT_ONCE, { signal: controller.signal }, () => fake);
    expect(interrupted).toBe(true);
    expect(interfaces).toMatchObject([{ sent: fake.wire.length, failed: 0 }]);
    expect(Math.min(...fake.batches)).toBeGreaterThan(64);
  });

  it.each([
    { rate: 10, most: 1 },
    { rate: 1000, most: 20 },
    { rate: 3000, most: 60 },
  ])('at $rate a second hands over at most 20 ms worth of them, though it is late', async ({ rate, most }) => {
    const fake = new FakeInterface();
    let calls = 0;
    const beforeBatch = (): void => {
      if (++calls % 3 === 0) stall(50);
    };
    const addresses = rate === 10 ? 3 : 150;
    expect(await announced(fake, addresses, { ...AT_ONCE, rate }, { beforeBatch })).toMatchObject({ sent: 2 * addresses });
    expect(Math.max(...fake.batches)).toBeLessThanOrEqual(most);
    expect(Math.max(...fake.batches)).toBeGreaterThan(most / 2);
  });
});

function stall(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}
