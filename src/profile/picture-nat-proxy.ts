import type { Mapping } from '../model/picture.ts';
import { addressOf, hostPrefix, rangeOf, type Prefix } from '../net/prefix.ts';
import { countOf, listing, MOST, ownNetworks, prefixWords, type Scene, type Sides } from './picture-parts.ts';
import type { NatMapping, NatProxy } from './profile.ts';
import { tableName } from './nat-proxy-settings.ts';

/** The outside, where public addresses are asked for, and the inside, where their owners live. */
export function natWires(profile: NatProxy, scene: Scene): Sides {
  const answered = answeredFor(scene);
  const outside = ownNetworks(profile.outside, scene);
  const inside = [...new Set(profile.nat.map(privateOf))];
  return new Map([
    [
      profile.outside,
      () => ({
        home: 'outside',
        hosts: listing(outside, MOST.hosts, prefixWords, null),
        unlisted: 'whoever asks',
        answers: [{ whom: 'public addresses', listing: listing(answered, MOST.answers, prefixWords, countOf(answered.map(rangeOf))) }],
      }),
    ],
    [
      profile.inside,
      () => ({
        home: 'inside',
        hosts: listing(inside, MOST.hosts, prefixWords, null),
        unlisted: 'nobody',
        answers: [],
      }),
    ],
  ]);
}

function answeredFor({ settings }: Scene): readonly Prefix[] {
  return settings.announcements.filter(({ role }) => role === 'public').flatMap(({ addresses }) => addresses);
}

function privateOf(mapping: NatMapping): Prefix {
  switch (mapping.map) {
    case 'address':
      return hostPrefix(mapping.private);
    case 'prefix':
      return mapping.private;
    case 'source':
      return mapping.source;
    case 'port':
      return hostPrefix(mapping.to);
  }
}

/** The translations in the order in which the profile has them. */
export function natMappings({ nat }: NatProxy): Mapping[] {
  return nat.map((mapping): Mapping => {
    switch (mapping.map) {
      case 'address':
      case 'prefix':
        return { public: mapping.public, direction: 'both', private: mapping.private };
      case 'source':
        return { public: mapping.public, direction: 'out', private: prefixWords(mapping.source) };
      case 'port':
        return {
          public: `${mapping.public} ${mapping.protocol} ${mapping.port}`,
          direction: 'in',
          private: `${mapping.to}:${mapping.toPort}`,
        };
    }
  });
}

export function natNotes(profile: NatProxy, { host }: Scene): string[] {
  const own = new Set<string>(host.addresses.map(({ address }) => addressOf(address)));
  const shared = [...new Set(profile.nat.map((mapping) => mapping.public))].filter((address) => own.has(address));
  return [
    profile.manageNat
      ? `Answers by local routes; nftables table ip ${tableName(profile.name)} translates, and drops what arrives for a public address untranslated`
      : 'Answers by local routes; the translation is done elsewhere',
    ...shared.map((address) => `${address} is the router's own address: answered for without parp`),
  ];
}
