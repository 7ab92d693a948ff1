import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import { askForConnections, readConnections, type TcpConnection } from '../../src/host/tcp-connections.ts';

let server: Server | undefined;
afterEach(() => server?.close());

it.each(['127.0.0.1', '::'])('what the kernel tells of connections to a server on %s is what its files say', async (host) => {
  server = createServer((socket) => socket.resume()).listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = connect(port, '127.0.0.1');
  try {
    await Promise.all([once(client, 'connect'), once(server, 'connection')]);
    const ends = new Set([port, (client.address() as AddressInfo).port]);
    const ours = (all: readonly TcpConnection[] | null): readonly TcpConnection[] | undefined =>
      all?.filter((connection) => ends.has(connection.port)).toSorted((a, b) => Number(a.inode) - Number(b.inode));
    const asked = ours(askForConnections());
    expect(asked).toHaveLength(2);
    expect(asked).toEqual(ours(readConnections('/proc/thread-self/net')));
  } finally {
    client.destroy();
  }
});
