// Asks ARP on many interfaces side by side, with raw frames. Runs inside the askers' namespace. Stdin: {asked: [{link, frames: [{from, to, mac,
// targetMac, via}]}], waitMs}, where no two frames of a link have one `mac`; stdout: [{link, mac, address, by, ms}], an answer each: to which
// `mac`, for which address, by whose MAC.
import { readFileSync } from 'node:fs';
import { check, frame, macText, MSG_DONTWAIT, open, poll, recv, send } from './raw-arp.mjs';

const { asked, waitMs } = JSON.parse(readFileSync(0, 'utf8'));

const ends = asked.map(({ link, frames }) => ({ link, fd: open(link), frames, sent: new Map() }));
const waiting = Buffer.alloc(8 * ends.length);
ends.forEach(({ fd }, at) => {
  waiting.writeInt32LE(fd, 8 * at);
  waiting.writeInt16LE(1, 8 * at + 4);
});
const answers = [];
const buffer = Buffer.alloc(2048);

function collect({ link, fd, sent }) {
  for (;;) {
    const length = recv(fd, buffer, buffer.length, MSG_DONTWAIT);
    if (length < 0) return;
    const now = performance.now();
    if (length < 42 || buffer.readUInt16BE(20) !== 2) continue;
    const mac = macText(buffer.subarray(32, 38));
    const started = sent.get(mac);
    if (started === undefined) continue;
    answers.push({ link, mac, address: [...buffer.subarray(28, 32)].join('.'), by: macText(buffer.subarray(22, 28)), ms: now - started });
  }
}

/** After so many frames all ends are looked at: what waits there unread would seem late. */
const OFTEN = 25;
let frames = 0;
for (const end of ends) {
  for (const one of end.frames) {
    const bytes = frame(one);
    end.sent.set(one.mac, performance.now());
    check(send(end.fd, bytes, bytes.length, 0), `send on ${end.link}`);
    collect(end);
    if (++frames % OFTEN === 0) for (const other of ends) collect(other);
  }
}
const until = performance.now() + waitMs;
for (;;) {
  const left = until - performance.now();
  poll(waiting, ends.length, Math.max(0, Math.ceil(left)));
  for (const end of ends) collect(end);
  // Behind the last look: what came while others had the processor was in time.
  if (left <= 0) break;
}
process.stdout.write(JSON.stringify(answers));
