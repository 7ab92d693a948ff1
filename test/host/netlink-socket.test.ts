import { describe, expect, it } from 'vitest';
import { AnswersLost, NETLINK_ROUTE, NetlinkRefusal, NetlinkSocket } from '../../src/host/netlink-socket.ts';
import { requestLinks } from '../../src/wire/netlink/link.ts';
import { MessageWriter } from '../../src/wire/netlink/message.ts';
import { requestRouteOf } from '../../src/wire/netlink/route.ts';
import { done, FakeKernel, message, verdict, type Datagram } from '../support/fake-netlink.ts';

function socketOn(answer: ConstructorParameters<typeof FakeKernel>[0]): { socket: NetlinkSocket; kernel: FakeKernel } {
  const kernel = new FakeKernel(answer);
  return { kernel, socket: new NetlinkSocket(NETLINK_ROUTE, kernel) };
}

const [NLM_F_MULTI, NLM_F_DUMP_INTR] = [0x2, 0x10];

function joined(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

describe('NetlinkSocket.dump()', () => {
  const typesIn = (socket: NetlinkSocket): { end: string; types: number[] } => {
    const types: number[] = [];
    return { end: socket.dump('Read links', requestLinks, (_, { type }) => types.push(type)), types };
  };

  it('gives all messages of several datagrams, up to the end that may stand in one with the last of them', () => {
    const { socket, kernel } = socketOn(({ sequence: own }) => [
      message(16, NLM_F_MULTI, own),
      joined(message(17, NLM_F_MULTI, own), message(18, NLM_F_MULTI, own), done(own)),
    ]);
    expect(typesIn(socket)).toEqual({ end: 'whole', types: [16, 17, 18] });
    expect(kernel.left).toBe(0);
  });

  it.each<[where: string, answer: (own: number) => Datagram[]]>([
    ['a message', (own) => [message(16, NLM_F_MULTI | NLM_F_DUMP_INTR, own), done(own)]],
    ['the end', (own) => [message(16, NLM_F_MULTI, own), done(own, NLM_F_MULTI | NLM_F_DUMP_INTR)]],
  ])('says that the list was interrupted where %s does', (_where, answer) => {
    const { socket } = socketOn(({ sequence: own }) => answer(own));
    expect(typesIn(socket).end).toBe('interrupted');
  });

  it('goes on where a signal came in between', () => {
    const { socket } = socketOn(({ sequence: own }) => ['EINTR', message(16, NLM_F_MULTI, own), 'EINTR', done(own)]);
    expect(typesIn(socket)).toEqual({ end: 'whole', types: [16] });
  });

  it('passes over what answers something else', () => {
    const { socket } = socketOn(({ sequence: own }) => [
      verdict(own - 1, 'EPERM'),
      message(16, 0, own + 7),
      message(17, 0, own),
      done(own),
    ]);
    expect(typesIn(socket)).toEqual({ end: 'whole', types: [17] });
  });

  it('throws what the kernel says against it, at the beginning and at the end', () => {
    const refusing = socketOn(({ sequence: own }) => [verdict(own, 'EPERM')]);
    expect(() => typesIn(refusing.socket)).toThrow(NetlinkRefusal);
    expect(() => typesIn(refusing.socket)).toThrow('Read links: Operation not permitted (EPERM)');
    const error = new Uint8Array(new Int32Array([-22]).buffer);
    const late = socketOn(({ sequence: own }) => [message(16, 0, own), message(3, NLM_F_MULTI, own, error)]);
    expect(() => typesIn(late.socket)).toThrow('Read links: Invalid argument (EINVAL)');
  });

  it('throws AnswersLost for ENOBUFS, and what the system says where nothing comes', () => {
    const { socket } = socketOn(() => ['ENOBUFS']);
    expect(() => typesIn(socket)).toThrow(AnswersLost);
    const silent = socketOn(() => []);
    expect(() => typesIn(silent.socket)).toThrow(/^Read links: Resource temporarily unavailable \(EAGAIN\)$/);
  });
});

describe('NetlinkSocket.ask()', () => {
  const ask = (socket: NetlinkSocket): unknown =>
    socket.ask(
      'Ask for a route',
      (writer, sequence) => requestRouteOf(writer, sequence, { to: 1, from: 2, iif: 3 }),
      (_, { type }) => type,
    );

  it('gives the answer, or the refusal', () => {
    const { socket } = socketOn(({ sequence: own }, place) => [place === 0 ? message(24, 0, own) : verdict(own, 'EHOSTUNREACH')]);
    expect(ask(socket)).toEqual({ value: 24, refusal: undefined });
    expect(ask(socket)).toEqual({ value: undefined, refusal: { sequence: 2, errno: 113, words: undefined } });
  });

  it('waits for its own answer', () => {
    const { socket } = socketOn(({ sequence: own }) => [verdict(own + 9, 'EPERM'), message(24, 0, own)]);
    expect(ask(socket)).toEqual({ value: 24, refusal: undefined });
  });
});

describe('NetlinkSocket.carryOut()', () => {
  const write = (socket: NetlinkSocket, count: number): number[] => {
    const writer = new MessageWriter();
    let last = 0;
    for (let at = 0; at < count; at++) {
      writer.begin(24, (last = socket.next()));
      writer.end();
    }
    return socket.carryOut(writer, last).map(({ sequence }) => sequence);
  };
  const NLM_F_ACK = 0x4;

  it('asks for one acknowledgement, and gives every refusal', () => {
    const { socket, kernel } = socketOn(({ sequence: own, flags }) => {
      if (own % 3 === 0) return [verdict(own, 'EEXIST')];
      return (flags & NLM_F_ACK) === 0 ? [] : [verdict(own, 0)];
    });
    expect(write(socket, 10)).toEqual([3, 6, 9]);
    expect(kernel.asked.filter(({ flags }) => (flags & NLM_F_ACK) !== 0).map(({ sequence }) => sequence)).toEqual([10]);
    // The last one of them is refused, which is an answer, too.
    expect(write(socket, 5)).toEqual([12, 15]);
  });

  it('takes no refusal of an earlier pack, of which answers were lost, for one of its own', () => {
    const lost: Datagram[] = ['ENOBUFS', verdict(1, 'EEXIST'), verdict(2, 'EEXIST')];
    const { socket } = socketOn(({ sequence: own, flags }, place) => [
      ...(place === 0 ? lost : []),
      ...(place > 1 && (flags & NLM_F_ACK) !== 0 ? [verdict(own, 0)] : []),
    ]);
    expect(() => write(socket, 2)).toThrow(AnswersLost);
    expect(write(socket, 2)).toEqual([]);
  });
});
