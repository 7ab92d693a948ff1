import { fileURLToPath } from 'node:url';
import type { Topology } from '../../src/lab/topology.ts';
import { groupBy } from '../../src/model/groups.ts';
import { Die } from './die.ts';
import type { Network } from './namespaces.ts';
import { anyQuestions, type QuestionLine } from './random-question.ts';
import { randomRouter, SLOW, type RandomRouter } from './random-router.ts';

// Many random routers in one network: an asker hangs on every interface of each. Everything is done to all of them at once, as far as it
// waits for the kernel.

const ASK_MANY = fileURLToPath(new URL('ask-many.mjs', import.meta.url));
const PROXY_OF_ALL = fileURLToPath(new URL('proxy-of-all.mjs', import.meta.url));

/** How much later than foretold an answer may come: the machine has other things to do. Less than the longest delay, so that it is missed. */
const SLACK_MS = 500;
const LONGEST_MS = SLOW * 10;
/** Routers that are asked at once: their senders share the machine's one table of neighbours, of a thousand entries. */
const AT_ONCE = 10;
/** Programs that run side by side. */
const HANDS = 4;
/** How often a question is asked before what it gets counts as wrong: a machine under load can lose or delay a frame, but not thrice. */
const ASKED_AGAIN = 2;
/** How often and how far apart routes are looked at that lose their carrier: the kernel tells them from a queue of its own (linkwatch). */
const LOOKS = { most: 150, pauseMs: 100 };

export interface Placed {
  /** Its host in the topology. */
  readonly name: string;
  readonly router: RandomRouter;
  readonly die: Die;
}

/** Routers by their seeds; those of neighbouring seeds have nothing in common. */
export function placeRouters(seeds: readonly number[]): readonly Placed[] {
  return seeds.map((seed, at) => {
    const die = new Die(seed);
    return { name: `r${at}`, router: randomRouter(die), die };
  });
}

export function topologyOf(placed: readonly Placed[]): Topology {
  return {
    hosts: { asker: { links: {} }, ...Object.fromEntries(placed.map(({ name }) => [name, { links: {} }])) },
    wires: placed.flatMap(({ name, router }) => router.links.map((link) => [`asker:${name}${link}`, `${name}:${link}`] as const)),
  };
}

/** What `parp explain` says of a question. */
export interface Foretold {
  readonly answer: 'reply' | 'silence' | 'depends';
  readonly because: string;
  readonly mac: string | null;
  readonly delay_ms: { readonly min: number; readonly max: number };
  readonly steps: readonly string[];
}

/** An answer of the kernel's. */
export interface Heard {
  readonly address: string;
  readonly by: string;
  readonly ms: number;
}

export interface Asked {
  readonly placed: Placed;
  readonly question: QuestionLine;
  readonly foretold: Foretold;
  readonly heard: readonly Heard[];
}

/** A router with what parp captured of it, and what was asked. */
export interface Trial {
  readonly placed: Placed;
  readonly capture: string;
  readonly asked: readonly Asked[];
}

/** Sets the routers up, captures them, has parp foretell their answers from the captures alone, and asks them. */
export async function tryRouters(net: Network, placed: readonly Placed[], questionsEach: number): Promise<readonly Trial[]> {
  await withHands(placed, async (one) => setUp(net, one));
  await withHands(placed, async (one) => untilMarked(net, one));
  const trials: Trial[] = [];
  for (let from = 0; from < placed.length; from += AT_ONCE) {
    trials.push(...(await tryTogether(net, placed.slice(from, from + AT_ONCE), questionsEach)));
  }
  return trials;
}

async function tryTogether(net: Network, placed: readonly Placed[], questionsEach: number): Promise<Trial[]> {
  try {
    await withHands(placed, async (one) => proxiesOfAll(net, 'add', one));
    const known = await withHands(placed, async (one) => {
      const capture = await captureOf(net, one);
      const questions = one.router.links
        .filter((link) => ![...one.router.down, ...one.router.cut].includes(link))
        .flatMap((link) => anyQuestions(one.die, one.router, link, questionsEach));
      return { placed: one, capture, questions, foretold: await foretell(net, one, capture, questions) };
    });
    const all = known.flatMap(({ placed: one, questions, foretold }) =>
      questions.map((question, at) => ({ placed: one, question, foretold: foretold[at] ?? fail(`No answer to question ${at}`) })),
    );
    const asked = await askAll(net, all);
    return known.map(({ placed: one, capture }) => ({ placed: one, capture, asked: asked.filter((each) => each.placed === one) }));
  } finally {
    await withHands(placed, async (one) => proxiesOfAll(net, 'delete', one));
    await withHands(placed, async ({ name }) => net.run(name, ['ip', 'neigh', 'flush', 'all']));
  }
}

async function setUp(net: Network, { name, router }: Placed): Promise<void> {
  await net.run(name, ['ip', '-force', '-batch', '-'], { input: `${router.lines.join('\n')}\n` });
  await net.run(name, ['sh'], { input: `${router.switches.join('\n')}\n` });
  await net.ip(name, ...router.down.map((link) => `link set ${link} down`));
  await net.ip('asker', ...router.cut.map((link) => `link set ${name}${link} down`));
}

/** Waits until the kernel has marked every route over a cut wire. */
async function untilMarked(net: Network, { name, router: { cut } }: Placed): Promise<void> {
  if (cut.length === 0) return;
  for (let look = 0; look < LOOKS.most; look++) {
    const routes = await net.ipJson(name, '-4', 'route', 'show', 'table', 'all');
    const hops = routes
      // Those of scope host are beyond the state of their link.
      .filter(({ scope }) => scope !== 'host')
      .flatMap(({ nexthops, ...route }) => (Array.isArray(nexthops) ? nexthops : [route]));
    if (hops.every(({ dev, flags }) => !cut.includes(dev) || (Array.isArray(flags) && flags.includes('linkdown')))) return;
    await new Promise((resolve) => setTimeout(resolve, LOOKS.pauseMs));
  }
  throw new Error(`${name} does not mark its routes over ${cut.join()} as without carrier`);
}

async function proxiesOfAll(net: Network, verb: 'add' | 'delete', { name, router: { proxiesOfAll: addresses } }: Placed): Promise<void> {
  if (addresses.length === 0) return;
  const { exitCode, stderr } = await net.run(name, [process.execPath, PROXY_OF_ALL, verb, ...new Set(addresses)]);
  if (exitCode !== 0) throw new Error(`${verb} proxy neighbours of ${name}: ${stderr}`);
}

async function captureOf(net: Network, { name }: Placed): Promise<string> {
  const { exitCode, stdout, stderr } = await net.parp(name, ['capture']);
  if (exitCode !== 0) throw new Error(`parp capture on ${name}: ${stderr}`);
  return stdout;
}

/** What parp says, the program itself, which sees nothing of the router but the capture: it runs where there is no such router. */
async function foretell(net: Network, { name }: Placed, capture: string, questions: readonly QuestionLine[]): Promise<readonly Foretold[]> {
  const against = net.profile(`${name}.json`, capture);
  const input = `${questions.map((question) => JSON.stringify(question)).join('\n')}\n`;
  const { exitCode, json, stderr } = await net.parp('asker', ['explain', '--questions', '-', '--against', against, '--json'], { input });
  if (exitCode !== 0) throw new Error(`parp explain about ${name}: ${stderr}`);
  return (json as { readonly answers: readonly Foretold[] }).answers;
}

type Pending = Omit<Asked, 'heard'>;

/** Asks all side by side, and those that got something else than was foretold once more. */
async function askAll(net: Network, all: readonly Pending[]): Promise<readonly Asked[]> {
  let asked = await askOnce(net, all);
  for (let again = 0; again < ASKED_AGAIN; again++) {
    const wrong = asked.filter((one) => disagreement(one) !== undefined);
    if (wrong.length === 0) break;
    const repeated = await askOnce(net, wrong);
    asked = asked.map((one) => repeated[wrong.indexOf(one)] ?? one);
  }
  return asked;
}

async function askOnce(net: Network, all: readonly Pending[]): Promise<readonly Asked[]> {
  const ends = groupBy(all, ({ placed, question }) => `${placed.name}${question.interface}`);
  const input = JSON.stringify({
    asked: [...ends].map(([link, pending]) => ({ link, frames: pending.map((one) => frameOf(net, one)) })),
    waitMs: SLACK_MS + Math.max(0, ...all.map(({ foretold }) => Math.min(foretold.delay_ms.max, LONGEST_MS))),
  });
  const { exitCode, stdout, stderr } = await net.run('asker', [process.execPath, ASK_MANY], { input });
  if (exitCode !== 0) throw new Error(`Ask the routers: ${stderr}`);
  const answers = groupBy(JSON.parse(stdout) as readonly (Heard & { link: string; mac: string })[], ({ link, mac }) => `${link} ${mac}`);
  return all.map((one) => ({ ...one, heard: answers.get(`${one.placed.name}${one.question.interface} ${one.question.sender_mac}`) ?? [] }));
}

function frameOf(net: Network, { placed, question }: Pending): object {
  const { interface: link, from, to, sender_mac: mac, target_mac: targetMac, unicast } = question;
  const own = net.macOf(placed.name, link);
  return {
    from,
    to,
    mac,
    targetMac: targetMac ?? '00:00:00:00:00:00',
    via: unicast === true ? (targetMac ?? own) : 'ff:ff:ff:ff:ff:ff',
  };
}

/** What the kernel did otherwise than was foretold; undefined where it did not, or where nothing was. */
export function disagreement({ question, foretold, heard }: Asked): string | undefined {
  const { answer, mac, delay_ms: delay } = foretold;
  if (answer === 'depends') return undefined;
  const [first] = heard;
  if (answer === 'silence') return first === undefined ? undefined : `${first.by} answered`;
  if (first === undefined) return 'nobody answered';
  if (heard.length > 1) return `${heard.length} answers came`;
  if (first.by !== mac) return `${first.by} answered, not ${mac}`;
  if (first.address !== question.to) return `${first.address} was answered for`;
  return first.ms < delay.max + SLACK_MS ? undefined : `the answer took ${Math.round(first.ms)} ms, not at most ${delay.max}`;
}

/** A script that builds the router anew, with an end of each wire outside, and the question as a comment. */
export function rebuildingScript({ placed, question, foretold, heard }: Asked): string {
  const { router } = placed;
  return [
    '#!/bin/sh',
    `# ${JSON.stringify(question)}`,
    `# foretold: ${JSON.stringify(foretold)}`,
    `# heard: ${JSON.stringify(heard)}`,
    'ip netns add router && ip netns add asker',
    ...router.links.map((link) => `ip link add ${link} netns router type veth peer ${link} netns asker`),
    ...['router', 'asker'].flatMap((name) => ['lo', ...router.links].map((link) => `ip -n ${name} link set ${link} up`)),
    "ip -n router -force -batch - <<'END'",
    ...router.lines,
    'END',
    "ip netns exec router sh <<'END'",
    ...router.switches,
    'END',
    ...router.down.map((link) => `ip -n router link set ${link} down`),
    ...router.cut.map((link) => `ip -n asker link set ${link} down`),
    ...(router.proxiesOfAll.length === 0
      ? []
      : [`ip netns exec router node test/support/proxy-of-all.mjs add ${router.proxiesOfAll.join(' ')}`]),
  ].join('\n');
}

/** Does the same for all, some side by side. */
async function withHands<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: HANDS }, async () => {
      for (let at = next++; at < all.length; at = next++) results[at] = await work(all[at] as T);
    }),
  );
  return results;
}

function fail(message: string): never {
  throw new Error(message);
}
