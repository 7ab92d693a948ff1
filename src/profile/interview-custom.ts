import { confPath, IP_FORWARD, neighPath, parseSysctlPath, type ConfKey } from '../net/sysctl-path.ts';
import { kernelLinkName } from '../net/link-name.ts';
import type { HostState } from '../model/state.ts';
import { askLink } from './ask-links.ts';
import { mistakeIn } from './draft-check.ts';
import { isList, isMap, type Draft, type Piece } from './draft.ts';
import type { Known } from './interview.ts';
import { askLine, chooseOne, needed, type Interview } from './question.ts';

/** The lists of a custom profile. */
const PIECES = ['sysctl', 'addresses', 'routes', 'proxies', 'announce_addresses'] as const;

/** Asks for pieces, one after the other, until there are no more. */
export function* askCustom({ host, given }: Known): Interview<Draft> {
  if (PIECES.some((key) => given[key] !== undefined)) return given;
  let draft = given;
  for (let count = 0; ; count++) {
    const what = yield* askWhat(count);
    if (what === 'done') return draft;
    draft = yield* askPiece(what, `pieces.${count}`, draft, host);
  }
}

function* askWhat(count: number): Interview<string> {
  return yield* chooseOne({
    id: `pieces.${count}`,
    ask: count === 0 ? 'What shall the profile hold?' : 'What else shall it hold?',
    flag: '--set proxies.0.address=10.0.0.9 --set proxies.0.interface=eth0',
    flagIsAll: true,
    choices: [
      ...(count === 0 ? [] : [{ value: 'done', name: 'nothing else' }]),
      {
        value: 'proxies',
        name: 'a proxy neighbour',
        about: 'An interface answers for one address or a prefix, if a route leads there by another interface.',
      },
      { value: 'routes', name: 'a route', about: 'Where hosts are reached, such as 10.0.0.9/32 by eth1.' },
      { value: 'sysctl', name: 'a switch of an interface', about: 'proxy_arp, forwarding, rp_filter and the like.' },
      { value: 'addresses', name: 'an address of this router' },
      { value: 'announce_addresses', name: 'an announcement', about: 'Gratuitous ARP for an address when the profile changes something.' },
    ],
    ...(count === 0 ? {} : { initial: 'done', assumed: 'done' }),
  });
}

function* askPiece(what: string, id: string, draft: Draft, host: HostState | null): Interview<Draft> {
  switch (what) {
    case 'sysctl':
      return yield* askSwitch(id, draft, host);
    case 'routes':
      return yield* askRoute(id, draft, host);
    default:
      return yield* askAddressOn(what, id, draft, host);
  }
}

function* askAddressOn(key: string, id: string, draft: Draft, host: HostState | null): Interview<Draft> {
  const link = yield* askLink(host, { id: `${id}.interface`, ask: 'On which interface?' });
  const address = yield* askLine({
    id: `${id}.address`,
    ask: 'Which address?',
    hint: key === 'addresses' ? 'With its prefix length, such as 10.0.0.1/24' : 'An address or a prefix',
    example: key === 'addresses' ? '10.0.0.1/24' : '10.0.0.9',
    check: needed((text) => mistakeIn(profileOf(added(draft, key, { address: text, interface: link })))),
  });
  return added(draft, key, { address, interface: link });
}

function* askRoute(id: string, draft: Draft, host: HostState | null): Interview<Draft> {
  const to = yield* askLine({
    id: `${id}.to`,
    ask: 'Where does the route lead?',
    hint: 'A prefix, such as 10.0.0.9/32, or default',
    example: '10.0.0.9/32',
    check: needed((text) => mistakeIn(profileOf(added(draft, 'routes', { to: text, interface: 'eth0' })))),
  });
  const link = yield* askLink(host, { id: `${id}.interface`, ask: 'By which interface?' });
  const begun: Draft = { to, interface: link };
  const check = (route: Draft): string | undefined => mistakeIn(profileOf(added(draft, 'routes', route)));
  const via = yield* askOptional(`${id}.via`, 'By which gateway?', 'Empty: the hosts are on that very wire', (text) =>
    check({ ...begun, via: text }),
  );
  const route: Draft = via === '' ? begun : { ...begun, via };
  const source = yield* askOptional(
    `${id}.source`,
    'From which address does the router ask and send?',
    'Empty: the kernel chooses',
    (text) => check({ ...route, source: text }),
  );
  return added(draft, 'routes', source === '' ? route : { ...route, source });
}

function* askOptional(id: string, ask: string, hint: string, check: (text: string) => string | undefined): Interview<string> {
  return yield* askLine({ id, ask, hint, assumed: '', example: '10.0.0.1', check: (text) => (text === '' ? undefined : check(text)) });
}

const SWITCHES: readonly (readonly [key: ConfKey, about: string])[] = [
  ['proxy_arp', '1: the interface answers for everything that is routed to another one.'],
  ['proxy_arp_pvlan', '1: it answers for what is routed back to the very wire that asks.'],
  ['forwarding', '1: packets that arrive there are forwarded; without it nothing is answered by proxy.'],
  ['rp_filter', '0: no source check; 1: strict; 2: loose. A strict one silences proxy ARP, too.'],
  ['arp_ignore', '1: own addresses are answered on their own interface alone.'],
  ['send_redirects', '0: no ICMP redirects, if conf/all says so as well.'],
];

function* askSwitch(id: string, draft: Draft, host: HostState | null): Interview<Draft> {
  const key = yield* chooseOne({
    id: `${id}.switch`,
    ask: 'Which switch?',
    choices: [
      ...SWITCHES.map(([name, about]) => ({ value: name, name, about })),
      { value: 'proxy_delay', name: 'proxy_delay', about: 'How long an interface waits before it answers by proxy, such as 0ms.' },
      { value: 'ip_forward', name: 'ip_forward', about: '1: every interface forwards, those yet to come included.' },
      { value: 'path', name: 'another one, by its path' },
    ],
  });
  const path = yield* askPath(key, id, draft, host);
  const parsed = parseSysctlPath(path);
  const now = host !== null && parsed.ok ? host.sysctls[parsed.value] : undefined;
  const value = yield* askLine({
    id: `${id}.value`,
    ask: `Which value shall ${path} have?`,
    ...(now === undefined ? {} : { hint: `It is ${now} now` }),
    example: '1',
    check: needed((text) => mistakeIn(profileOf(withSwitch(draft, path, text)))),
  });
  return withSwitch(draft, path, value);
}

function* askPath(key: string, id: string, draft: Draft, host: HostState | null): Interview<string> {
  if (key === 'ip_forward') return IP_FORWARD;
  if (key === 'path') {
    return yield* askLine({
      id: `${id}.path`,
      ask: 'What is its path?',
      hint: 'Below /proc/sys, such as net/ipv4/conf/eth0/proxy_arp',
      example: 'net/ipv4/conf/eth0/proxy_arp',
      check: needed((text) => mistakeIn(profileOf(withSwitch(draft, text, '1')))),
    });
  }
  const link = kernelLinkName(yield* askLink(host, { id: `${id}.interface`, ask: 'Of which interface?' }));
  const known = SWITCHES.find(([name]) => name === key)?.[0];
  return known === undefined ? neighPath(link, 'proxy_delay') : confPath(link, known);
}

function withSwitch(draft: Draft, path: string, value: string): Draft {
  const switches = isMap(draft['sysctl']) ? draft['sysctl'] : {};
  return { ...draft, sysctl: { ...switches, [path]: /^-?\d{1,10}$/.test(value) ? Number(value) : value } };
}

function added(draft: Draft, key: string, piece: Piece): Draft {
  const list = isList(draft[key]) ? draft[key] : [];
  return { ...draft, [key]: [...list, piece] };
}

function profileOf(body: Draft): Draft {
  return { kind: 'custom', ...body };
}
