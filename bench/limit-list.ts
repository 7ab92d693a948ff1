import { isIp, type Line } from './plan-lines.ts';

/** IPV4_DEVCONF_* of linux/ip.h. */
const CONF_IDS: Readonly<Record<string, number>> = {
  forwarding: 1,
  proxy_arp: 3,
  accept_redirects: 4,
  send_redirects: 6,
  proxy_arp_pvlan: 25,
};

const SCOPES: Readonly<Record<string, number>> = { global: 0, site: 200, link: 253, host: 254 };

/**
 * The lines as bench/limit.c and bench/with-pyroute2.py read them. Switches of one interface become one message, and come last but for the files,
 * which come first: writing ip_forward changes every interface.
 */
export function limitList(lines: readonly Line[]): string {
  const files: string[] = [];
  const messages: string[] = [];
  const switches = new Map<string, string[]>();
  for (const line of lines) {
    if (isIp(line)) {
      messages.push(messageOf(line));
      continue;
    }
    const [path = '', value = ''] = (line[2] ?? '').split('=');
    const [, link = '', key = ''] = /^net\/ipv4\/conf\/([^/]+)\/([^/]+)$/.exec(path) ?? [];
    const id = CONF_IDS[key];
    if (id === undefined || link === 'all' || link === 'default') files.push(`file ${path} ${value}`);
    else switches.set(link, [...(switches.get(link) ?? []), String(id), value]);
  }
  const conf = [...switches].map(([link, pairs]) => `conf ${link} ${pairs.join(' ')}`);
  return [...files, ...messages, ...conf].map((line) => `${line}\n`).join('');
}

function messageOf(line: Line): string {
  const [, object = '', ...words] = line;
  const link = after(line, 'dev');
  switch (object) {
    case 'ntable':
      return `delay ${link} ${after(line, 'proxy_delay')}`;
    case 'addr': {
      const [address = '', length = ''] = (words[1] ?? '').split('/');
      return `address ${link} ${address} ${length} ${SCOPES[line.includes('scope') ? after(line, 'scope') : 'global'] ?? 0}`;
    }
    case 'route': {
      const [address = '', length = ''] = (words[1] ?? '').split('/');
      return `route ${link} ${address} ${length} ${after(line, 'src')}`;
    }
    case 'neigh':
      return `proxy ${link} ${words[2] ?? ''}`;
    default:
      throw new Error(`The limit does not know how to do this: ${line.join(' ')}`);
  }
}

function after(line: Line, word: string): string {
  const found = line[line.indexOf(word) + 1];
  if (!line.includes(word) || found === undefined) throw new Error(`"${line.join(' ')}" says no ${word}`);
  return found;
}
