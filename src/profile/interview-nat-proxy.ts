import { lengthOf } from '../net/prefix.ts';
import type { HostState } from '../model/state.ts';
import { askLink } from './ask-links.ts';
import { mistakeIn } from './draft-check.ts';
import { textOf, type Draft } from './draft.ts';
import { addressesOn, subnetsOf } from './found.ts';
import type { Known } from './interview.ts';
import { askLine, chooseOne, needed, type Interview } from './question.ts';

/** Asks for the two sides and for what is translated into what. */
export function* askNatProxy({ host, given }: Known): Interview<Draft> {
  const { outside: givenOutside, inside: givenInside, nat: givenNat, ...rest } = given;
  const outside =
    givenOutside ??
    (yield* askLink(host, {
      id: 'outside',
      ask: 'Where are the public addresses asked for?',
      hint: 'The outside: the interface towards the provider',
      ...(givenInside === undefined ? {} : { except: [textOf(givenInside)] }),
      likely: (links) => links.find(({ leadsOut }) => leadsOut),
    }));
  const inside =
    givenInside ??
    (yield* askLink(host, {
      id: 'inside',
      ask: 'Behind which interface do the hosts live?',
      except: [textOf(outside)],
      likely: (links) => (links.length === 1 ? links[0] : undefined),
    }));
  const nat = givenNat ?? (yield* askMappings({ host, outside: textOf(outside), inside: textOf(inside) }));
  return { outside, inside, nat, ...rest };
}

interface Sides {
  readonly host: HostState | null;
  readonly outside: string;
  readonly inside: string;
}

function* askMappings(sides: Sides): Interview<readonly Draft[]> {
  const nat: Draft[] = [];
  for (;;) {
    const form = yield* askForm(nat.length);
    if (form === 'done') return nat;
    nat.push(yield* askMapping(form, sides, nat));
  }
}

function* askForm(at: number): Interview<string> {
  return yield* chooseOne({
    id: `nat.${at}`,
    ask: at === 0 ? 'What shall be translated?' : 'What else shall be translated?',
    flag: `--set nat.${at}.public=203.0.113.10 --set nat.${at}.private=10.0.0.10`,
    flagIsAll: true,
    choices: [
      ...(at === 0 ? [] : [{ value: 'done', name: 'nothing else' }]),
      {
        value: 'private',
        name: 'a public address to one host, both ways',
        about: 'Or a prefix to a prefix of the same length, address by address.',
      },
      { value: 'source', name: 'everybody inside goes out by one public address', about: 'Outgoing only, many to one.' },
      { value: 'port', name: 'a port of a public address leads to a host', about: 'Incoming only, tcp or udp.' },
    ],
    ...(at === 0 ? {} : { assumed: 'done', initial: 'done' }),
  });
}

function* askMapping(form: string, sides: Sides, before: readonly Draft[]): Interview<Draft> {
  const id = `nat.${before.length}`;
  const check = (mapping: Draft, excused?: string): string | undefined =>
    mistakeIn({ kind: 'nat-proxy', outside: sides.outside, inside: sides.inside, nat: [...before, mapping] }, { excused });
  const known = textOf(before.at(-1)?.['public']);
  const outer = subnetsOn(sides.host, sides.outside);
  const where = outer.length === 0 ? '' : `, mostly of ${outer.join(' or ')}`;
  const shared = form === 'private' || known === '' || known.includes('/') ? {} : { initial: known };
  const publicText = yield* askLine({
    id: `${id}.public`,
    ask: 'The public address?',
    hint: form === 'private' ? `An address or a prefix${where}` : `An address${where}`,
    ...shared,
    example: '203.0.113.10',
    check: needed((text) => check({ public: text, ...fillerFor(form, text) }, 'nat-target-public')),
  });
  const mapping: Draft = { public: publicText };
  switch (form) {
    case 'private':
      return { ...mapping, private: yield* askPrivate(id, publicText, (text) => check({ ...mapping, private: text })) };
    case 'source':
      return { ...mapping, source: yield* askSource(id, sides, (text) => check({ ...mapping, source: text })) };
    default:
      return yield* askPort(id, mapping, check);
  }
}

/** What makes a public address a whole mapping, so that it is read at once. */
function fillerFor(form: string, publicText: string): Draft {
  switch (form) {
    case 'private':
      return { private: publicText };
    case 'source':
      return { source: '0.0.0.0/0' };
    default:
      return { protocol: 'tcp', port: 65_535, to: '0.0.0.1' };
  }
}

function subnetsOn(host: HostState | null, link: string): readonly string[] {
  return subnetsOf(addressesOn(host, link)).filter((subnet) => lengthOf(subnet) > 0);
}

function* askPrivate(id: string, publicText: string, check: (text: string) => string | undefined): Interview<string> {
  const slash = publicText.indexOf('/');
  return yield* askLine({
    id: `${id}.private`,
    ask: slash < 0 ? 'Which host inside is it?' : 'Which prefix inside is it?',
    hint: slash < 0 ? 'Its private address' : `A prefix of the same length, ${publicText.slice(slash)}`,
    example: '10.0.0.10',
    check: needed(check),
  });
}

function* askSource(id: string, sides: Sides, check: (text: string) => string | undefined): Interview<string> {
  const [inner] = subnetsOn(sides.host, sides.inside);
  return yield* askLine({
    id: `${id}.source`,
    ask: 'Whom does it stand for?',
    hint: 'The prefix of the hosts inside',
    ...(inner === undefined ? {} : { initial: inner }),
    example: '10.0.0.0/24',
    check: needed(check),
  });
}

function* askPort(id: string, mapping: Draft, check: (mapping: Draft) => string | undefined): Interview<Draft> {
  const protocol = yield* chooseOne({
    id: `${id}.protocol`,
    ask: 'Of which protocol?',
    choices: [
      { value: 'tcp', name: 'tcp' },
      { value: 'udp', name: 'udp' },
    ],
  });
  const portText = yield* askLine({
    id: `${id}.port`,
    ask: 'Which port of the public address?',
    example: '443',
    check: (text) =>
      /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535
        ? check({ ...mapping, protocol, port: Number(text) })
        : 'A port is a number from 1 to 65535',
  });
  const port = Number(portText);
  const to = yield* askLine({
    id: `${id}.to`,
    ask: 'Where does it lead?',
    hint: 'The address of a host inside, and :PORT where that differs',
    example: '10.0.0.5:8443',
    check: needed((text) => check({ ...mapping, protocol, port, to: text })),
  });
  return { ...mapping, protocol, port, to };
}
