import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Network } from './namespaces.ts';

const SCRIPT = fileURLToPath(new URL('numbered-stream.mjs', import.meta.url));
const PORT = '5004';

/** A datagram that got through: its number, and when it was sent and heard, in milliseconds of the wall clock. */
export interface Arrival {
  readonly number: number;
  readonly sent: number;
  readonly heard: number;
}

/** The longest stretch without a datagram that got through. */
export interface Gap {
  /** Datagrams that were lost in it: milliseconds, as one is sent in each. */
  readonly lost: number;
  /** When the first datagram behind it was sent; null where none came any more. */
  readonly resumed: number | null;
}

/** A conversation of two hosts in numbered datagrams, a thousand a second each way. */
export interface Conversation {
  /** Ends it, and gives what each of the two heard. */
  end(): Promise<readonly [Arrival[], Arrival[]]>;
}

/** An end of a conversation: a host of the network, and its address. */
export interface Talker {
  readonly host: string;
  readonly address: string;
}

/** Lets two hosts talk, and comes back once each hears the other. */
export async function converse(net: Network, one: Talker, other: Talker): Promise<Conversation> {
  const start = ({ host }: Talker, { address }: Talker): ReturnType<Network['spawn']> =>
    net.spawn(host, [process.execPath, SCRIPT, address, PORT]);
  const children = [start(one, other), start(other, one)] as const;
  await Promise.all(children.map(async ({ stderr }) => once(stderr, 'data')));
  return {
    end: async () => {
      for (const child of children) child.kill('SIGTERM');
      const [first, second] = await Promise.all(children.map(async (child) => child.end));
      return [arrivalsOf(first?.stdout), arrivalsOf(second?.stdout)];
    },
  };
}

function arrivalsOf(stdout = ''): Arrival[] {
  const rows: [number, number, number][] = JSON.parse(stdout);
  return rows.map(([number, sent, heard]) => ({ number, sent, heard }));
}

/** The longest gap in what was sent before `until`. */
export function longestGap(arrivals: readonly Arrival[], until: number): Gap {
  let longest: Gap = { lost: 0, resumed: null };
  let last: Arrival | undefined;
  for (const arrival of arrivals) {
    if (arrival.sent >= until) break;
    const lost = last === undefined ? 0 : arrival.number - last.number - 1;
    if (lost > longest.lost) longest = { lost, resumed: arrival.sent };
    last = arrival;
  }
  const tail = last === undefined ? 0 : Math.round(until - last.sent);
  return tail > longest.lost ? { lost: tail, resumed: null } : longest;
}
