import { confPath, neighPath, type ConfKey, type SysctlPath } from '../net/sysctl-path.ts';
import type { ArpDecision, ArpQuestion } from '../model/arp-decision.ts';
import type { ArpReason } from '../model/arp-outcome.ts';
import { ownSetting } from '../model/link-settings.ts';
import { RT_TABLE_MAIN } from '../model/operation.ts';
import { routeWords, ruleWords, tableWords } from '../model/route-words.ts';
import type { HostState, RouteEntry } from '../model/state.ts';

/** A decision with what was asked, and of which host. */
interface Case {
  readonly state: HostState;
  readonly question: ArpQuestion;
  readonly decision: ArpDecision;
}

/**
 * What to change on the host, or in a profile, for the other outcome; sentences without an ending stop. Each names the sysctl, route or rule
 * that decided, and the key of a profile that stands for it where there is one.
 */
export function arpRemedy(state: HostState, question: ArpQuestion, decision: ArpDecision): readonly string[] {
  return REMEDIES[decision.because]({ state, question, decision });
}

/** What the remedy is for. */
export function remedyHeading({ answer }: Pick<ArpDecision, 'answer'>): string {
  switch (answer) {
    case 'reply':
      return 'To have it keep silent';
    case 'silence':
      return 'To have it answer';
    case 'depends':
      return 'To know for certain';
  }
}

const REMEDIES: Readonly<Record<ArpReason, (of: Case) => readonly string[]>> = {
  'local-address': ({ state, question: { interface: at, to } }) => {
    const isHere = state.addresses.some((entry) => entry.interface === at && entry.address.startsWith(`${to}/`));
    const owner = state.addresses.find(({ address }) => address.startsWith(`${to}/`));
    const ignore =
      isHere || ownSetting(state, 'all', 'arp_ignore') > 1
        ? `Set ${confPath(at, 'arp_ignore')} to 8: ${at} then answers for no address of the host`
        : `Set ${confPath(at, 'arp_ignore')} to 1: ${at} then answers for its own addresses alone`;
    const give =
      owner === undefined
        ? `Or delete the local route that holds ${to} (profile: a public address of nat-proxy)`
        : `Or take ${owner.address} from ${owner.interface} (profile: addresses)`;
    return [ignore, give];
  },
  'proxy-arp': ({ state, question: { interface: at, to }, decision: { by } }) => [
    `Set ${holding(state, at, 'proxy_arp').join(' and ')} to 0 (profile: pseudo-bridge with answer: listed answers for its hosts alone)`,
    `Or route ${to} by ${at}, where it is asked for: ip route add ${to} dev ${at}${instead(by.route)} (profile: the segment's hosts)`,
  ],
  'private-vlan': ({ state, question: { interface: at } }) => [
    `Set ${holding(state, at, 'proxy_arp_pvlan').join(' and ')} to 0 (profile: leave ${at} out of the interfaces of private-vlan)`,
  ],
  'proxy-neighbour': ({ state, question: { interface: at, to } }) => [
    state.proxies.some((entry) => entry.address === to && entry.interface === at)
      ? `Delete the proxy neighbour: ip neigh del proxy ${to} dev ${at} (profile: the hosts of a pseudo-bridge with answer: listed, or proxies)`
      : `Delete the proxy neighbour of ${to} that has no device: it answers on every interface, and ip(8) cannot name it`,
  ],
  'no-interface': () => ['Name an interface of the host: ip link shows them'],
  'other-host': ({ question: { interface: at } }) => [`Send the request to the MAC of ${at}, or to everybody`],
  'interface-down': ({ question: { interface: at } }) => [`Bring it up: ip link set ${at} up`],
  'no-arp': ({ question: { interface: at } }) => [`Let it speak ARP: ip link set ${at} arp on`],
  'no-ipv4': ({ question: { interface: at }, decision: { by } }) => [
    `Give it IPv4 back by an MTU of at least 68: ip link set ${by.out ?? at} mtu 1500`,
  ],
  enslaved: ({ state, question: { interface: at } }) => [
    `Ask for the interface that ${at} is a port of: ${state.links.find(({ name }) => name === at)?.master ?? 'its master'}`,
  ],
  'target-not-unicast': ({ question: { to }, decision: { by } }) => [
    by.route === undefined
      ? `Nothing makes ${to} an address that is answered for`
      : `Delete the route ${routeWords(by.route)}, or make it one of type unicast`,
  ],
  'loopback-target': ({ question: { interface: at } }) => [`Set ${confPath(at, 'route_localnet')} to 1 (profile: sysctl of custom)`],
  'gratuitous-dropped': ({ state, question: { interface: at } }) => [
    `Set ${holding(state, at, 'drop_gratuitous_arp').join(' and ')} to 0 (profile: sysctl of custom)`,
  ],
  probe: ({ question: { interface: at, to } }) => [
    `Ask with a sender: no proxy ever answers a probe, which asks whether an address is free (RFC 5227)`,
    `Or make it an address of the host: ip route add local ${to} dev lo (profile: a public address of nat-proxy, or addresses on ${at})`,
  ],
  'arp-ignore': ({ state, question: { interface: at } }) => [
    `Set ${holding(state, at, 'arp_ignore').join(' and ')} to 0 (profile: sysctl of custom); proxy_arp never answers for an address of the host`,
  ],
  'arp-filter': ({ state, question: { interface: at, from } }) => [
    `Set ${holding(state, at, 'arp_filter').join(' and ')} to 0 (profile: sysctl of custom)`,
    `Or let the host reach ${from} by ${at}: ip route add ${from} dev ${at} (profile: hosts of the segment, or routes)`,
  ],
  'source-rejected': sourceRemedy,
  'no-route': ({ question: { interface: at, to } }) => [
    `Add a route to ${to} by another interface than ${at}: ip route add ${to} dev IF (profile: hosts of the segment where it lives, or routes)`,
  ],
  'refusing-route': ({ question: { to }, decision: { by } }) => {
    const own = `ip route add ${to} dev IF`;
    if (by.route !== undefined)
      return [
        `Delete the route ${routeWords(by.route)} of table ${tableWords(by.route.table)}, or add a longer one: ${own} (profile: hosts, or routes)`,
      ];
    return [`Delete ${by.rule === undefined ? 'the rule that refuses' : ruleWords(by.rule)}, or put one before it that looks elsewhere`];
  },
  broadcast: ({ question: { to }, decision: { by } }) => [
    by.route === undefined
      ? `Give the interface that has ${to} as its broadcast address another one`
      : `Delete the route ${routeWords(by.route)}${by.route.interface === undefined ? '' : ` of ${by.route.interface}`}, or give its address another broadcast address`,
  ],
  'forwarding-off': ({ question: { interface: at } }) => [
    `Set ${confPath(at, 'forwarding')} to 1 (profile: forwarding: interfaces), or net/ipv4/ip_forward, which sets it everywhere (profile: forwarding: global)`,
  ],
  'same-link': ({ question: { interface: at, to } }) => [
    `Set ${confPath(at, 'proxy_arp_pvlan')} to 1, where the hosts of ${at} cannot hear each other (profile: private-vlan with ${at} in interfaces)`,
    `Or, where ${to} lives elsewhere, route it there: ip route add ${to} dev IF (profile: hosts of that segment of a pseudo-bridge)`,
  ],
  announcement: () => ['Ask with another sender: who announces an address has it, and a private VLAN does not gainsay that'],
  'not-proxied': ({ question: { interface: at, to } }) => [
    `Set ${confPath(at, 'proxy_arp')} to 1, for all that is routed elsewhere (profile: pseudo-bridge with a segment on ${at})`,
    `Or stand for it alone: ip neigh add proxy ${to} dev ${at} (profile: pseudo-bridge with answer: listed, or proxies)`,
  ],
  'medium-id': ({ question: { interface: at, to }, decision: { by } }) => [
    `Set ${confPath(at, 'medium_id')} to 0${by.out === undefined ? '' : `, or to another id than ${confPath(by.out, 'medium_id')}`} (profile: sysctl of custom)`,
    `Or stand for it alone, which asks for no medium: ip neigh add proxy ${to} dev ${at} (profile: proxies)`,
  ],
  'endless-delay': ({ question: { interface: at } }) => [
    `Set ${neighPath(at, 'proxy_delay')} to 0 (profile: proxy_delay: 0ms), and take ${at} down and up once: waiting requests fill its queue`,
  ],
  multipath: ({ question: { to }, decision: { by } }) => [
    `Let ${by.route === undefined ? `the route to ${to}` : `the route ${routeWords(by.route)}`} have one hop, or add a longer one with one: ip route add ${to} dev IF (profile: hosts, or routes)`,
  ],
  'unknown-history': () => [
    'Capture the host as root, while an interface with a subnet of /30 or shorter has rp_filter and accept_local off: the kernel tells only then whether rules or local routes were ever added by hand',
  ],
  'unknown-rule': () => ['Delete the rule, or write it with what ARP can be told apart by: from, to and iif'],
  'unknown-settings': ({ question: { interface: at } }) => [`Capture the host anew: the state lacks net/ipv4/conf/${at}/*`],
  vrf: ({ question: { interface: at } }) => [`Take ${at} out of its VRF: ip link set ${at} nomaster`],
  filtered: () => ['Look at the chain with nft list ruleset: which frames its rules stop is not worked out here'],
};

function sourceRemedy({ state, question: { interface: at, from }, decision: { by } }: Case): readonly string[] {
  if (from.startsWith('127.')) return [`Ask from an address of the link, or set ${confPath(at, 'route_localnet')} to 1`];
  const isOwn = by.back === undefined ? undefined : by.back.type === 'local';
  const filters = holding(state, at, 'rp_filter');
  if (isOwn === true || (filters.length === 0 && by.back === undefined))
    return [
      `Ask from an address that the host does not have itself, or set ${confPath(at, 'accept_local')} to 1 (profile: sysctl of custom)`,
    ];
  if (by.back !== undefined && by.back.type !== 'unicast')
    return [`Ask from an address of a host: the way back to ${from} is ${routeWords(by.back)}, which is no host's`];
  return [
    `Route ${from} by ${at}, where it asks: ip route add ${from} dev ${at} (profile: hosts of the segment on ${at}, or routes)`,
    `Or set ${filters.join(' and ')} to ${by.back === undefined ? '0' : '2, or to 0'} (profile: sysctl of custom)`,
  ];
}

/** The files in which a switch is on that counts in both. */
function holding(state: HostState, at: ArpQuestion['interface'], key: ConfKey): SysctlPath[] {
  return ([at, 'all'] as const).filter((holder) => ownSetting(state, holder, key) !== 0).map((holder) => confPath(holder, key));
}

/** Behind a command that adds a route for one address, what it is to replace. */
function instead(route: RouteEntry | undefined): string {
  if (route === undefined || !route.to.endsWith('/32')) return '';
  return `, instead of ${routeWords(route)}${route.table === RT_TABLE_MAIN ? '' : ` of table ${tableWords(route.table)}`}`;
}
