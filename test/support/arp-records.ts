import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { ArpDecision, ArpQuestion } from '../../src/model/arp-decision.ts';
import { captureOf, loadCapture } from '../../src/model/capture.ts';
import type { HostState } from '../../src/model/state.ts';
import { kernelLinkName } from '../../src/net/link-name.ts';
import { must } from '../../src/net/parsed.ts';
import { parseIpv4 } from '../../src/net/ipv4.ts';
import { parseMac } from '../../src/net/mac.ts';
import type { Trial } from './asked-routers.ts';

/** A question and what the kernel answered: by whose MAC and after how many milliseconds, or null for silence. */
export interface AskedRecord {
  readonly interface: string;
  readonly from: string;
  readonly to: string;
  readonly unicast?: true;
  readonly target_mac?: string;
  readonly by: string | null;
  readonly ms: number;
}

/** A router as it was captured, but for what ARP does not ask, and what it was asked. */
export interface RouterRecord {
  readonly capture: object;
  readonly asked: readonly AskedRecord[];
}

/** What a trial comes to. */
export function recordOf({ capture, asked }: Trial): RouterRecord {
  return {
    capture: captureOf(pruned(loadCapture(capture))),
    asked: asked.map(({ question: { sender_mac: _sender, ...question }, heard: [first] }) => ({
      ...question,
      by: first?.by ?? null,
      ms: Math.round(first?.ms ?? 0),
    })),
  };
}

/** A sysctl of that value is as good as none. */
const USUAL = new Set(['0', '800ms']);
const TAKING_PART =
  /\/(proxy_arp|proxy_arp_pvlan|medium_id|rp_filter|arp_ignore|arp_filter|accept_local|route_localnet|drop_gratuitous_arp|send_redirects|bc_forwarding|ignore_routes_with_linkdown|proxy_delay)$/;

function pruned(state: HostState): HostState {
  const sysctls = Object.entries(state.sysctls).filter(
    ([path, value]) => path.endsWith('/forwarding') || (TAKING_PART.test(path) && !USUAL.has(value)),
  );
  const present = sysctls.filter(([path]) => !path.includes('/default/'));
  return { ...state, sysctls: Object.fromEntries(present), neighbours: [], nftables: [], nat: {} };
}

/** What is needed of the model: the genuine one, or one with a fault in it. */
export interface ArpModel {
  readonly arpDecision: (state: HostState, question: ArpQuestion) => Pick<ArpDecision, 'answer' | 'mac' | 'delayMs'>;
  readonly loadCapture: (text: string) => HostState;
}

/** How much later than foretold an answer may have been heard: those that were kept come from an idle machine. */
const SLACK_MS = 100;

/** The records in which the kernel did otherwise than a model foretells. */
export function refutations({ arpDecision, loadCapture: load }: ArpModel, { capture, asked }: RouterRecord): AskedRecord[] {
  const state = load(JSON.stringify(capture));
  return asked.filter((record) => {
    const { answer, mac, delayMs } = arpDecision(state, questionOf(record));
    if (answer === 'depends') return false;
    if (answer === 'silence' || record.by === null) return (answer === 'silence') !== (record.by === null);
    return record.by !== mac || record.ms > delayMs.max + SLACK_MS;
  });
}

/** The question as the model takes it. */
export function questionOf({ interface: at, from, to, unicast, target_mac: target }: AskedRecord): ArpQuestion {
  return {
    interface: kernelLinkName(at),
    from: must(parseIpv4(from)),
    to: must(parseIpv4(to)),
    ...(unicast === undefined ? {} : { unicast }),
    ...(target === undefined ? {} : { targetMac: must(parseMac(target)) }),
  };
}

/** Records, one router a line. */
export function readRecords(file: string): RouterRecord[] {
  const bytes = readFileSync(file);
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line): RouterRecord => JSON.parse(line));
}
