// Asks ARP with raw frames, for tests. Runs inside the asker's namespace. Stdin: {link, questions, waitMs, enough}; stdout: [{address, mac, ms}], in
// the order of arrival.
import { readFileSync } from 'node:fs';
import { BROADCAST, check, frame, macText, MSG_DONTWAIT, open, poll, recv, send } from './raw-arp.mjs';

const { link, questions, waitMs, enough } = JSON.parse(readFileSync(0, 'utf8'));

/** What a question does not say. */
const USUAL = {
  from: '0.0.0.0',
  mac: readFileSync(`/sys/class/net/${link}/address`, 'utf8').trim(),
  targetMac: '00:00:00:00:00:00',
  via: BROADCAST,
};

const fd = open(link);

const targets = new Set(questions.map(({ to }) => to));
const answered = new Set();
const answers = [];
const buffer = Buffer.alloc(2048);
const waiting = Buffer.alloc(8);
waiting.writeInt32LE(fd, 0);
waiting.writeInt16LE(1, 4);

const frames = questions.map((question) => frame({ ...USUAL, ...question }));
const started = performance.now();
for (const bytes of frames) check(send(fd, bytes, bytes.length, 0), 'send');
for (;;) {
  const left = waitMs - (performance.now() - started);
  poll(waiting, 1, Math.max(0, Math.ceil(left)));
  for (;;) {
    const length = recv(fd, buffer, buffer.length, MSG_DONTWAIT);
    if (length < 0) break;
    const ms = performance.now() - started;
    if (length < 42 || buffer.readUInt16BE(20) !== 2) continue;
    // The kernel answers by unicast; a broadcast reply announces, and may still be on its way from before.
    if (buffer.readUIntBE(0, 6) === 0xffffffffffff) continue;
    const sender = [...buffer.subarray(28, 32)].join('.');
    if (!targets.has(sender)) continue;
    answered.add(sender);
    answers.push({ address: sender, mac: macText(buffer.subarray(22, 28)), ms });
  }
  // Behind the last look: what came while others had the processor was in time.
  if (left <= 0 || (enough && answered.size === targets.size)) break;
}
process.stdout.write(JSON.stringify(answers));
