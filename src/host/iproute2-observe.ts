import { Failure } from '../model/failure.ts';
import { hasRealm } from '../model/fib-rules.ts';
import type { HostState, Link } from '../model/state.ts';
import { recogniseNatTables } from '../render/nft-listing.ts';
import { parseIpJson, type IpObject } from './ip-json.ts';
import { readRoutes } from './iproute2-routes.ts';
import { readAddresses, readLinks, readNeighbours, readNeighTimes, readNexthops, readProxies, readRules } from './iproute2-state.ts';
import { sysctlParts } from '../net/sysctl-path.ts';
import { stickyQuestions, stickyState, type StickyQuestions } from './sticky.ts';
import { interfaceIndex, tickMilliseconds } from './libc.ts';
import { readRuleset } from './nft.ts';
import { runHelper } from './run-helper.ts';
import { readSysctls } from './sysctl-files.ts';

/** What is asked of `ip -4`. */
const QUESTIONS = [
  { ask: 'link', words: 'link show' },
  { ask: 'addr', words: 'addr show' },
  { ask: 'route', words: 'route show table all' },
  { ask: 'rule', words: 'rule show' },
  { ask: 'neigh', words: 'neigh show nud all' },
  { ask: 'proxy', words: 'neigh show proxy' },
  { ask: 'ntable', words: 'ntable show name arp_cache' },
] as const;
type Question = (typeof QUESTIONS)[number];
type Answers = Readonly<Record<Question['ask'], readonly IpObject[]>>;

/** Numbers for names: what /etc/iproute2 calls a table, scope or protocol is the administrator's choice. */
const FORM = ['-N', '-details', '-json'];
const LARGEST_ANSWER = 256 * 1024 * 1024;
/** How often a read is repeated whose dump changed under it. */
const READS = 3;

/** Reads the whole host. Throws `Failure` where it cannot be read. */
export async function observeHost(): Promise<HostState> {
  for (let read = 1; ; read++) {
    const state = await readHost();
    if (!state.links.some(isAnother)) return state;
    if (read === READS) throw new Failure('refused', 'unreadable-host', 'Interfaces get other names while the host is read');
  }
}

/** Whether the name went to another interface meanwhile: what was read by the name may be that one's. */
function isAnother({ name, index }: Link): boolean {
  const now = interfaceIndex(name);
  return now > 0 && now !== index;
}

async function readHost(): Promise<HostState> {
  const asked = Promise.all([askIp(), askNexthops(), readRuleset()]);
  // Loading the FFI takes about as long as the helpers do.
  const tickMs = tickMilliseconds();
  const [answers, nexthops, nftables] = await asked;
  const links = readLinks(answers.link);
  const addresses = readAddresses(answers.addr);
  const routes = readRoutes(answers.route);
  const sysctls = readSysctls(links.map(({ name }) => name));
  // The first network namespace lists as "*", too, what interfaces yet to come begin with.
  const names = new Set<string>(links.map(({ name }) => name));
  for (const [path, value] of readNeighTimes(answers.ntable)) if (names.has(sysctlParts(path).holder)) sysctls.set(path, value);
  const realms = routes.some((route) => route.realm === true) || answers.rule.some(hasRealm);
  return {
    links,
    addresses,
    routes,
    rules: readRules(answers.rule),
    nexthops: readNexthops(nexthops),
    sysctls: Object.fromEntries(sysctls),
    proxies: readProxies(answers.proxy),
    neighbours: readNeighbours(answers.neigh),
    nftables,
    nat: recogniseNatTables(nftables ?? []),
    sticky: await askSticky(stickyQuestions(addresses, routes, sysctls, realms)),
    tickMs,
  };
}

/** All questions in one process; each in its own where one of them is refused. */
async function askIp(): Promise<Answers> {
  const input = `${QUESTIONS.map(({ words }) => words).join('\n')}\n`;
  const { exitCode, stdout } = await readIp(['-4', ...FORM, '-batch', '-'], input);
  const lists = exitCode === 0 ? parsed(stdout) : [];
  const found = lists.length === QUESTIONS.length ? lists : await Promise.all(QUESTIONS.map(askAlone));
  const answer = (ask: Question['ask']): readonly IpObject[] => found[QUESTIONS.findIndex((question) => question.ask === ask)] ?? [];
  return {
    link: answer('link'),
    addr: answer('addr'),
    route: answer('route'),
    rule: answer('rule'),
    neigh: answer('neigh'),
    proxy: answer('proxy'),
    ntable: answer('ntable'),
  };
}

async function askAlone(question: Question): Promise<readonly IpObject[]> {
  const { exitCode, stdout, stderr } = await readIp(['-4', ...FORM, ...question.words.split(' ')]);
  if (exitCode === 0) return parsed(stdout)[0] ?? [];
  throw new Failure('refused', 'unreadable-host', `\`ip ${question.words}\` failed: ${stderr.trim().split('\n').at(-1) ?? ''}`);
}

function parsed(stdout: string): IpObject[][] {
  try {
    return parseIpJson(stdout);
  } catch (cause) {
    throw new Failure('refused', 'unreadable-host', '`ip -json` does not answer with JSON', {
      remedy: 'apt install iproute2 (BusyBox has an ip of its own, which cannot do this)',
      cause,
    });
  }
}

/** Of any family: -4 would hide groups. Without nexthop objects (before Linux 5.3) the rest is still the host. */
async function askNexthops(): Promise<readonly IpObject[]> {
  const { exitCode, stdout } = await readIp([...FORM, 'nexthop', 'show']);
  return exitCode === 0 ? (parsed(stdout)[0] ?? []) : [];
}

/** A read that succeeds but complains was interrupted by a change (NLM_F_DUMP_INTR) and may be inconsistent. */
async function readIp(args: readonly string[], input?: string): ReturnType<typeof runHelper> {
  for (let read = 1; ; read++) {
    const answer = await runHelper('ip', args, { maxOutput: LARGEST_ANSWER, ...(input === undefined ? {} : { input }) });
    if (answer.exitCode !== 0 || answer.stderr === '' || read === READS) return answer;
  }
}

async function askSticky(questions: StickyQuestions | null): Promise<HostState['sticky']> {
  if (questions === null) return { customRules: null, customLocalRoutes: null };
  const { to, link, neighbour, broadcast } = questions;
  const [toNeighbour, toBroadcast] = await Promise.all([
    askRoute(to, neighbour, link),
    broadcast === null ? undefined : askRoute(to, broadcast, link),
  ]);
  return stickyState(toNeighbour, toBroadcast);
}

async function askRoute(to: string, from: string, link: string): Promise<IpObject | null> {
  const { exitCode, stdout } = await runHelper('ip', ['-4', ...FORM, 'route', 'get', to, 'from', from, 'iif', link]);
  return exitCode === 0 ? (parsed(stdout)[0]?.[0] ?? null) : null;
}
