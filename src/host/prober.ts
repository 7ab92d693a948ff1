import { setImmediate as breathe, setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../model/failure.ts';
import { UNSPECIFIED, type Ipv4 } from '../net/ipv4.ts';
import type { Mac } from '../net/mac.ts';
import { decodeArpFrame, encodeArpFrame, type ArpFrame } from '../wire/arp.ts';
import { requestFrame } from '../wire/arp-frames.ts';
import { check, realtimeMilliseconds } from './libc.ts';
import { openPacketSocket, type PacketSocket } from './packet-socket.ts';

export interface ProbeOptions {
  readonly interface: string;
  readonly addresses: readonly Ipv4[];
  /** 0.0.0.0 (the default) asks as RFC 5227 does, which no proxy answers (KERNEL.md F8); any other sender asks as RFC 826 does. */
  readonly sender?: Ipv4;
  /**
   * fast: all at once, `count` times. patient: the same, but who has answered is not asked again. rfc5227: the times of RFC 5227
   * section 1.1, which leave `count`, `intervalMs` and `listenMs` without effect.
   */
  readonly mode?: 'fast' | 'patient' | 'rfc5227';
  readonly count?: number;
  readonly intervalMs?: number;
  /** How long to listen after the last probe. */
  readonly listenMs?: number;
  /** This host's other MACs on the same wire, whose frames are no answers. */
  readonly ownMacs?: ReadonlySet<Mac>;
  readonly signal?: AbortSignal;
}

/**
 * What gave a claimant away: a reply; another host's probe for the same address (RFC 5227 section 2.1.1); an announcement; a request
 * that it sent from the address.
 */
export type Evidence = 'reply' | 'probe-conflict' | 'announcement' | 'request';

/** One claimant of one address: each MAC is reported once for each address, with what it said first. */
export interface ProbeAnswer {
  readonly address: Ipv4;
  readonly mac: Mac;
  /** From the last probe sent before the frame came until the kernel got the frame. */
  readonly milliseconds: number;
  readonly kind: Evidence;
}

/** RFC 5227 section 1.1, in milliseconds. */
const PROBE_WAIT = 1000;
const PROBE_NUM = 3;
const PROBE_MIN = 1000;
const PROBE_MAX = 2000;
const ANNOUNCE_WAIT = 2000;

const FAST = { count: 3, intervalMs: 100, listenMs: 200 };
const CARRIER_WAIT_MS = 1000;
/** Frames between two looks at the answers, so that a thousand of them cannot overrun the socket. */
const SLICE = 32;
const LOOK_EVERY_MS = 5;

interface Schedule {
  readonly firstWaitMs: number;
  readonly count: number;
  readonly intervalMs: () => number;
  readonly listenMs: number;
  /** Whether addresses that were answered for are asked again. */
  readonly insistent: boolean;
}

function scheduleOf(options: ProbeOptions): Schedule {
  const { count, intervalMs, listenMs } = { ...FAST, ...options };
  switch (options.mode ?? 'fast') {
    case 'fast':
      return { firstWaitMs: 0, count, intervalMs: () => intervalMs, listenMs, insistent: true };
    case 'patient':
      return { firstWaitMs: 0, count, intervalMs: () => intervalMs, listenMs, insistent: false };
    case 'rfc5227':
      return {
        firstWaitMs: Math.random() * PROBE_WAIT,
        count: PROBE_NUM,
        intervalMs: () => PROBE_MIN + Math.random() * (PROBE_MAX - PROBE_MIN),
        listenMs: ANNOUNCE_WAIT,
        insistent: false,
      };
  }
}

/**
 * Asks the wire who has the addresses, all side by side, and gives every claimant in the order of the addresses, then of time. An
 * address without a claimant is free as far as the wire tells. Throws `Failure` where nothing can be asked, `SystemError` where a
 * send or receive fails, and an AbortError at the signal.
 */
export async function probe(options: ProbeOptions): Promise<ProbeAnswer[]> {
  const socket = openPacketSocket(options.interface);
  try {
    if (!(await socket.untilRunning(CARRIER_WAIT_MS, options.signal))) throw noCarrier(options.interface);
    return await new Probing(socket, options).run(scheduleOf(options));
  } finally {
    socket.close();
  }
}

function noCarrier(name: string): Failure {
  return new Failure('refused', 'no-carrier', `Interface ${JSON.stringify(name)} is down or has no carrier, so nobody can answer`, {
    remedy: `Bring it up: ip link set ${name} up, and see that its cable or peer is there`,
  });
}

class Probing {
  readonly #socket: PacketSocket;
  readonly #options: ProbeOptions;
  readonly #own: Mac;
  /** When each address was asked last, on the clock of the frames' stamps. */
  readonly #asked = new Map<Ipv4, number[]>();
  readonly #answers = new Map<Ipv4, Map<Mac, ProbeAnswer>>();

  constructor(socket: PacketSocket, options: ProbeOptions) {
    const own = socket.mac();
    if (own === null) throw noCarrier(options.interface);
    this.#socket = socket;
    this.#options = options;
    this.#own = own;
    for (const address of options.addresses) {
      this.#asked.set(address, []);
      this.#answers.set(address, new Map());
    }
  }

  async run(schedule: Schedule): Promise<ProbeAnswer[]> {
    await this.#listen(schedule.firstWaitMs);
    for (let round = 1; round <= schedule.count; round++) {
      const open = [...this.#answers].filter(([, answers]) => schedule.insistent || answers.size === 0).map(([address]) => address);
      if (open.length === 0) break;
      const began = performance.now();
      await this.#ask(open);
      const wait = round === schedule.count ? schedule.listenMs : schedule.intervalMs() - (performance.now() - began);
      await this.#listen(wait);
    }
    // Where nothing can arrive, silence says nothing.
    if (!this.#socket.running()) throw noCarrier(this.#options.interface);
    return Array.from(this.#answers.values(), (answers) => Array.from(answers.values())).flat();
  }

  async #ask(addresses: readonly Ipv4[]): Promise<void> {
    for (const [index, address] of addresses.entries()) {
      if (index % SLICE === 0) {
        await breathe(undefined, { signal: this.#options.signal });
        this.#look();
      }
      const frame = encodeArpFrame(requestFrame(this.#own, this.#options.sender ?? UNSPECIFIED, address));
      this.#asked.get(address)?.push(realtimeMilliseconds());
      check(await this.#socket.send(frame, this.#options.signal), `Send on ${this.#options.interface}`);
    }
  }

  async #listen(milliseconds: number): Promise<void> {
    const until = performance.now() + milliseconds;
    for (let left = milliseconds; left > 0; left = until - performance.now()) {
      await sleep(Math.min(left, LOOK_EVERY_MS), undefined, { signal: this.#options.signal });
      this.#look();
    }
  }

  /** Takes in what has come. */
  #look(): void {
    for (let received = this.#socket.receive(); received !== undefined; received = this.#socket.receive()) {
      const frame = decodeArpFrame(received.bytes);
      if (frame.ok) this.#note(frame.value, received.at);
    }
  }

  #note(frame: ArpFrame, at: number): void {
    const mac = frame.senderMac;
    if (mac === this.#own || this.#options.ownMacs?.has(mac) === true) return;
    const claim = claimOf(frame);
    if (claim === undefined) return;
    const answers = this.#answers.get(claim.address);
    if (answers === undefined || answers.has(mac)) return;
    const asked = this.#asked.get(claim.address)?.findLast((time) => time <= at);
    answers.set(mac, { ...claim, mac, milliseconds: asked === undefined ? 0 : at - asked });
  }
}

/** Which address a packet claims for its sender, and how; undefined where it claims none. */
function claimOf(frame: ArpFrame): { address: Ipv4; kind: Evidence } | undefined {
  if (frame.operation !== 'request' && frame.operation !== 'reply') return undefined;
  if (frame.senderIp === UNSPECIFIED) {
    return frame.operation === 'request' ? { address: frame.targetIp, kind: 'probe-conflict' } : undefined;
  }
  if (frame.senderIp === frame.targetIp) return { address: frame.senderIp, kind: 'announcement' };
  return { address: frame.senderIp, kind: frame.operation };
}
