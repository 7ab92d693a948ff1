import { mutant, type ArpMutant } from './arp-mutant.ts';

/** Which frames are heard, and when and with which MAC the answer goes out. */
export const DELIVERY: readonly ArpMutant[] = [
  mutant(
    '§1.1',
    'frames for another MAC are answered',
    'arp-decision',
    'return unicast === true && targetMac !== undefined && mac !== null && targetMac !== mac && !isGroupMac(targetMac);',
    'return unicast === true && targetMac === undefined && mac === null;',
  ),
  mutant(
    'F28',
    'frames for a group are for somebody else',
    'arp-decision',
    'targetMac !== mac && !isGroupMac(targetMac);',
    'targetMac !== mac;',
  ),
  mutant(
    'F28',
    'every answer goes out at once',
    'arp-decision',
    'const max = isSilent || !proxied || isForHost(question) ? 0 : proxyDelay(state, question.interface);',
    'const max = 0;',
  ),
  mutant(
    'F29',
    'proxy_delay of another interface counts',
    'arp-decision',
    'isForHost(question) ? 0 : proxyDelay(state, question.interface);',
    "isForHost(question) ? 0 : proxyDelay(state, 'lo' as LinkName) * 0;",
  ),
  mutant('F44', 'a delay of -1 is none', 'arp-decision', '|| delay < ENDLESS) return outcome;', '|| delay > 0) return outcome;'),
  mutant(
    'F28',
    'unicast requests wait as well',
    'arp-decision',
    'if (!isProxyReply(outcome) || isForHost(question) || delay < ENDLESS)',
    'if (!isProxyReply(outcome) || delay < ENDLESS)',
  ),
  mutant(
    'F28',
    'local answers wait as well',
    'arp-decision',
    'if (!isProxyReply(outcome) || isForHost(question) || delay < ENDLESS)',
    'if (isForHost(question) || delay < ENDLESS)',
  ),
  mutant(
    'F1',
    'the answer has the first MAC of the host',
    'arp-decision',
    'mac: isSilent ? null : (linkNamed(state, question.interface)?.mac ?? null),',
    'mac: isSilent ? null : (state.links.find(({ mac }) => mac !== null)?.mac ?? null),',
  ),
];
