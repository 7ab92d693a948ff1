import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { run } from '../../src/lab/child-process.ts';
import type { Lab } from '../../src/lab/namespaces.ts';

/** An ARP or RARP frame as tshark reads it. */
export interface SeenFrame {
  /** Seconds since the first frame of the capture. */
  readonly at: number;
  readonly destination: string;
  readonly source: string;
  readonly etherType: string;
  readonly hardwareType: number;
  readonly protocolType: string;
  readonly hardwareLength: number;
  readonly protocolLength: number;
  readonly operation: number;
  readonly senderMac: string;
  readonly senderIp: string;
  readonly targetMac: string;
  readonly targetIp: string;
  readonly length: number;
}

export interface Capture {
  /** Ends the capture and gives the frames in the order of the wire. */
  frames(): Promise<SeenFrame[]>;
}

const FIELDS = [
  'frame.time_relative',
  'eth.dst',
  'eth.src',
  'eth.type',
  'arp.hw.type',
  'arp.proto.type',
  'arp.hw.size',
  'arp.proto.size',
  'arp.opcode',
  'arp.src.hw_mac',
  'arp.src.proto_ipv4',
  'arp.dst.hw_mac',
  'arp.dst.proto_ipv4',
  'frame.len',
] as const;

/** Captures ARP and RARP on a host's interface, from when it returns until `frames` is called. Called by a test, with whose end its file goes. */
export async function capture(lab: Lab, host: string, link: string): Promise<Capture> {
  const folder = mkdtempSync(join(tmpdir(), 'parp-capture-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'arp.pcap');
  const tcpdump = lab.spawn(host, [
    'tcpdump',
    '-i',
    link,
    '--immediate-mode',
    '-s',
    '128',
    '-B',
    '8192',
    '-U',
    '-w',
    file,
    '-Z',
    'root',
    'arp or rarp',
  ]);
  // What tcpdump says once its socket is open; it is the only sign.
  await new Promise<void>((resolve, reject) => {
    tcpdump.stderr.on('data', (text: Buffer) => text.includes('listening on') && resolve());
    tcpdump.end.then(({ stderr }) => reject(new Error(`tcpdump ended: ${stderr}`)), reject);
  });
  return {
    async frames() {
      // Frames take a moment from the interface to the file.
      await new Promise((resolve) => setTimeout(resolve, 300));
      tcpdump.kill('SIGINT');
      await tcpdump.end;
      return readFrames(file);
    },
  };
}

async function readFrames(file: string): Promise<SeenFrame[]> {
  const { exitCode, stdout, stderr } = await run(['tshark', '-r', file, '-T', 'fields', ...FIELDS.flatMap((field) => ['-e', field])]);
  if (exitCode !== 0) throw new Error(`tshark ended with ${exitCode}: ${stderr}`);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map(frameOf);
}

function frameOf(line: string): SeenFrame {
  const values = line.split('\t');
  const text = (field: (typeof FIELDS)[number]): string => values[FIELDS.indexOf(field)] ?? '';
  return {
    at: Number(text('frame.time_relative')),
    destination: text('eth.dst'),
    source: text('eth.src'),
    etherType: text('eth.type'),
    hardwareType: Number(text('arp.hw.type')),
    protocolType: text('arp.proto.type'),
    hardwareLength: Number(text('arp.hw.size')),
    protocolLength: Number(text('arp.proto.size')),
    operation: Number(text('arp.opcode')),
    senderMac: text('arp.src.hw_mac'),
    senderIp: text('arp.src.proto_ipv4'),
    targetMac: text('arp.dst.hw_mac'),
    targetIp: text('arp.dst.proto_ipv4'),
    length: Number(text('frame.len')),
  };
}
