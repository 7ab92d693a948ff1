import { parseLinkName } from '../net/link-name.ts';
import type { HostState } from '../model/state.ts';
import { linksIn, type FoundLink } from './found.ts';
import { askLine, chooseMany, chooseOne, type Choice, type Interview } from './question.ts';

/** The choice of an interface that this host does not have yet. */
const ANOTHER = '';

export interface LinkQuestion {
  readonly id: string;
  readonly ask: string;
  readonly hint?: string;
  readonly flag?: string;
  /** Those that cannot be meant. */
  readonly except?: readonly string[];
  /** Picks the one that is offered first, and taken where nobody can be asked, if there is one. */
  readonly likely?: (links: readonly FoundLink[]) => FoundLink | undefined;
}

/** Asks for an interface: by a list of what there is, or by name where there is nothing to choose from. */
export function* askLink(host: HostState | null, question: LinkQuestion): Interview<string> {
  const links = remaining(host, question.except);
  if (links.length === 0) return yield* askLinkName(question.id, question.ask, question);
  const likely = question.likely?.(links)?.name;
  const chosen = yield* chooseOne({
    id: question.id,
    ask: question.ask,
    ...texts(question),
    choices: [...choicesOf(links), { value: ANOTHER, name: 'another one, not here yet' }],
    ...(likely === undefined ? {} : { initial: likely, assumed: likely }),
  });
  return chosen === ANOTHER
    ? yield* askLinkName(`${question.id}.name`, 'What is it called?', question.except === undefined ? {} : { except: question.except })
    : chosen;
}

/** Asks for interfaces, at least so many; where exactly so many are there, they are the likely ones. */
export function* askLinks(
  host: HostState | null,
  question: LinkQuestion & { readonly least: number; readonly check?: (name: string) => string | undefined },
): Interview<readonly string[]> {
  const { least, check = linkMistake } = question;
  const links = remaining(host, question.except);
  const named = (text: string): string[] => text.split(/[\s,]+/).filter((name) => name !== '');
  const enough = (names: readonly string[]): string | undefined =>
    new Set(names).size < least ? `At least ${least === 1 ? 'one is' : `${least} are`} needed` : undefined;
  const askNames = function* (id: string, others: readonly string[]): Interview<readonly string[]> {
    const text = yield* askLine({
      id,
      ask: others.length > 0 ? 'What are the others called?' : question.ask,
      hint: others.length > 0 ? 'Names, with commas between them' : (question.hint ?? 'Names of interfaces, with commas between them'),
      ...(question.flag === undefined ? {} : { flag: question.flag }),
      example: least === 1 ? 'eth0' : 'eth0, eth1',
      check: (line) =>
        named(line)
          .map(check)
          .find((mistake) => mistake !== undefined) ?? enough([...others, ...named(line)]),
    });
    return [...others, ...named(text)];
  };
  if (links.length === 0) return yield* askNames(question.id, []);
  const likely = links.length === least ? links.map(({ name }) => name) : undefined;
  const chosen = yield* chooseMany({
    id: question.id,
    ask: question.ask,
    ...texts(question),
    choices: [...choicesOf(links), { value: ANOTHER, name: 'others, not here yet' }],
    initial: likely ?? [],
    ...(likely === undefined ? {} : { assumed: likely }),
    check: (names) => (names.includes(ANOTHER) ? undefined : enough(names)),
  });
  const present = chosen.filter((name) => name !== ANOTHER);
  return present.length < chosen.length ? yield* askNames(`${question.id}.names`, present) : present;
}

function texts({ hint, flag }: LinkQuestion): { readonly hint?: string; readonly flag?: string } {
  return { ...(hint === undefined ? {} : { hint }), ...(flag === undefined ? {} : { flag }) };
}

function remaining(host: HostState | null, except: readonly string[] = []): FoundLink[] {
  return host === null ? [] : linksIn(host).filter(({ name }) => !except.includes(name));
}

function choicesOf(links: readonly FoundLink[]): Choice[] {
  const widest = Math.max(...links.map(({ name }) => name.length));
  return links.map(({ name, words }) => ({ value: name, name: `${name.padEnd(widest)}  ${words}`, short: name }));
}

function* askLinkName(id: string, ask: string, { except = [], flag, hint }: Omit<LinkQuestion, 'id' | 'ask'>): Interview<string> {
  return yield* askLine({
    id,
    ask,
    hint: hint ?? 'The name of an interface, such as eth0',
    ...(flag === undefined ? {} : { flag }),
    example: ['eth0', 'eth1'].find((name) => !except.includes(name)) ?? 'eth2',
    check: (name) => (except.includes(name) ? `${name} stands for something else already` : linkMistake(name)),
  });
}

function linkMistake(name: string): string | undefined {
  const parsed = parseLinkName(name);
  return parsed.ok ? undefined : parsed.problem;
}
