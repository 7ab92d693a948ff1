// One end of a conversation, for tests: sends a numbered UDP datagram every millisecond, and notes those of the other end. Runs inside a
// host's namespace: numbered-stream.mjs PEER-ADDRESS PORT. Says "hearing" on stderr at the first datagram; on SIGTERM it
// prints [[number, sent, heard], …] on stdout, in milliseconds of the wall clock, which all namespaces share, and ends.
import { createSocket } from 'node:dgram';

const [, , peer, portText] = process.argv;
const port = Number(portText);
const arrivals = [];
const socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20 });

// While nobody answers ARP for the peer, the kernel says so to the sender (EHOSTUNREACH): the stream goes on, as telephony does.
socket.on('error', () => undefined);
socket.on('message', (message) => {
  arrivals.push([message.readUInt32BE(0), message.readDoubleBE(4), Date.now()]);
  if (arrivals.length === 1) process.stderr.write('hearing\n');
});

socket.bind(port, () => {
  const started = performance.now();
  let sent = 0;
  // A timer that comes late sends what became due meanwhile.
  const timer = setInterval(() => {
    for (const due = performance.now() - started; sent < due; sent++) {
      const datagram = Buffer.alloc(12);
      datagram.writeUInt32BE(sent, 0);
      datagram.writeDoubleBE(Date.now(), 4);
      socket.send(datagram, port, peer, () => undefined);
    }
  }, 1);
  process.on('SIGTERM', () => {
    clearInterval(timer);
    socket.close();
    process.stdout.write(JSON.stringify(arrivals));
  });
});
