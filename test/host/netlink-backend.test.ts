import { describe, expect, it } from 'vitest';
import { createNetlinkBackend } from '../../src/host/netlink-backend.ts';
import { NETLINK_ROUTE, NetlinkSocket } from '../../src/host/netlink-socket.ts';
import { invert, type Operation } from '../../src/model/operation.ts';
import { neighPath } from '../../src/net/sysctl-path.ts';
import type { Message } from '../../src/wire/netlink/message.ts';
import { FakeKernel, verdict, type Datagram } from '../support/fake-netlink.ts';
import { link, operation, proxy, route } from '../support/operations.ts';
import { refusalOf } from '../support/write-refused.ts';

const NLM_F_ACK = 0x4;
const LINKS = { eth0: { index: 10, mac: null } };

/** A kernel that takes all but what `refuses` has an answer for. */
function writing(refuses: (message: Message, place: number) => readonly Datagram[] | undefined) {
  const kernel = new FakeKernel((message, place) => {
    const refusal = refuses(message, place);
    if (refusal !== undefined) return refusal;
    return (message.flags & NLM_F_ACK) === 0 ? [] : [verdict(message.sequence, 0)];
  });
  const backend = createNetlinkBackend(new NetlinkSocket(NETLINK_ROUTE, kernel));
  return { kernel, write: async (operations: readonly Operation[]) => backend.write(operations, undefined, LINKS) };
}

const [RTM_NEWROUTE, RTM_DELROUTE] = [24, 25];
const routes = Array.from({ length: 5 }, (_, at) => route(`10.0.0.${at}/32`, 'eth0'));

describe('write()', () => {
  it('takes back what went through behind the first refusal, in the order from the last', async () => {
    const { kernel, write } = writing(({ sequence }) => (sequence === 2 || sequence === 4 ? [verdict(sequence, 'EEXIST')] : undefined));
    const refusal = await refusalOf(write(routes));
    expect(refusal.operation).toBe(routes[1]);
    expect(refusal.errno).toBe('EEXIST');
    expect(kernel.asked.map(({ type }) => type)).toEqual([...routes.map(() => RTM_NEWROUTE), RTM_DELROUTE, RTM_DELROUTE]);
  });

  it('takes nothing back where the last is refused', async () => {
    const { kernel, write } = writing(({ sequence }) => (sequence === 5 ? [verdict(sequence, 'EEXIST')] : undefined));
    expect((await refusalOf(write(routes))).operation).toBe(routes[4]);
    expect(kernel.asked).toHaveLength(5);
  });

  it('names the last of the pack where it cannot take back what went through', async () => {
    const { write } = writing(({ sequence, type }) =>
      sequence === 2 || type === RTM_DELROUTE ? [verdict(sequence, sequence === 2 ? 'EEXIST' : 'EPERM')] : undefined,
    );
    const refusal = await refusalOf(write(routes));
    expect(refusal.operation).toBe(routes[4]);
    // EEXIST would say that the last of them is somebody else's.
    expect(refusal.errno).toBeUndefined();
    expect(refusal.message).toBe('Add route 10.0.0.1/32 dev eth0: File exists (EEXIST); and behind it: Operation not permitted (EPERM)');
  });

  it('names the last of the pack where answers were lost, and then goes on by its own answers alone', async () => {
    const { write } = writing(({ sequence }, place) =>
      place < routes.length ? [...(place === 0 ? (['ENOBUFS'] as const) : []), verdict(sequence, 'EEXIST')] : undefined,
    );
    const refusal = await refusalOf(write(routes));
    expect(refusal.operation).toBe(routes[4]);
    expect(refusal).toMatchObject({
      errno: 'ENOBUFS',
      message: 'Add route 10.0.0.0/32 dev eth0 and up to 4 more: The kernel had no room for all of its answers (ENOBUFS)',
    });
    await write(routes.map(invert));
  });

  it('names the last of the pack where the answers to its taking back were lost', async () => {
    const { write } = writing(({ sequence, type }) =>
      sequence === 2 ? [verdict(sequence, 'EEXIST')] : type === RTM_DELROUTE ? ['ENOBUFS'] : undefined,
    );
    expect(await refusalOf(write(routes))).toMatchObject({ operation: routes[4], errno: 'ENOBUFS' });
  });

  it('waits for nothing where there is nothing to take back', async () => {
    // No value of these times is known from before.
    const times = ['lo', 'eth0'].map((name) => operation('sysctl', neighPath(link(name), 'proxy_delay'), null, '8ms'));
    const { kernel, write } = writing(({ sequence }) => (sequence === 1 ? [verdict(sequence, 'EINVAL')] : undefined));
    expect((await refusalOf(write(times))).operation).toBe(times[0]);
    expect(kernel.asked).toHaveLength(2);
  });

  it('tells the progress of each pack', async () => {
    const { write, kernel } = writing(() => undefined);
    const many = Array.from({ length: 2500 }, (_, at) => proxy(`10.${at >> 8}.${at & 255}.1`, 'eth0'));
    await write(many);
    expect(kernel.asked.filter(({ flags }) => (flags & NLM_F_ACK) !== 0).map(({ sequence }) => sequence)).toEqual([1000, 2000, 2500]);
  });
});
