import type { ProfileKind } from './schema.ts';

/** What each kind of profile is for, in words for somebody who has not heard of any. */
export const KIND_WORDS: Readonly<Record<ProfileKind, { readonly title: string; readonly about: string }>> = {
  'pseudo-bridge': {
    title: 'one subnet on two or more wires',
    about:
      'Hosts of one subnet sit on both sides of this router and all believe to be on one wire. It answers on each side for those of the other.',
  },
  'private-vlan': {
    title: 'hosts that the switch keeps apart',
    about:
      'Port isolation, client isolation: hosts of one wire hear the router alone. It answers for each to the others, and they talk through it.',
  },
  'nat-proxy': {
    title: 'public addresses for hosts inside',
    about: 'The outside believes that a pool of public addresses is on its wire. The router answers for them and translates (NAT).',
  },
  custom: {
    title: 'single pieces, each said by hand',
    about: 'Switches, addresses, routes, proxy neighbours and announcements, one by one: for what no other kind does.',
  },
};
