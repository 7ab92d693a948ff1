import { bridge, custom, mapping, nat, segment, vlan } from './schema-corpus.ts';

/** A mistake that only `parp validate` finds. */
export interface Difference {
  readonly code: string;
  /** Why no JSON Schema tells it. */
  readonly why: string;
  /** One that the schema lets pass. */
  readonly example: string;
  /** What the file is called where that matters. */
  readonly file?: string;
}

const APART = 'A schema sees one place at a time, and cannot compare the addresses of two.';
const ALIKE = 'A schema compares whole entries of a list, and not one value of each.';
const GREATER = 'A pattern tells what a text looks like, and not which of two parts of it is the greater.';
const FILES = 'A schema sees no other file.';
const BEFORE = 'The editor reads the YAML before the schema sees it, and has resolved what is written otherwise.';

export const DIFFERENCES: readonly Difference[] = [
  { code: 'name-needed', why: "A schema does not know the file's name.", example: 'version: 1\nkind: custom\n', file: 'My office.yaml' },
  { code: 'duplicate-name', why: 'A schema sees one document of a file at a time.', example: `${custom('')}---\n${custom('')}` },
  { code: 'hosts-file-unreadable', why: FILES, example: segment('interface: eth1, hosts_file: none.hosts') },
  { code: 'hosts-file-line', why: FILES, example: segment('interface: eth1, hosts_file: wrong.hosts') },
  { code: 'range-reversed', why: GREATER, example: segment('interface: eth1, hosts: [10.0.0.79-10.0.0.70]') },
  { code: 'bad-interface-pattern', why: GREATER, example: vlan('interfaces: ["eth[9-0]"]') },
  { code: 'host-in-two-segments', why: APART, example: segment('interface: eth1, hosts: [10.0.0.9]') },
  { code: 'host-is-own-address', why: APART, example: segment('interface: eth1, hosts: [10.0.0.1]') },
  { code: 'same-interface-twice', why: ALIKE, example: bridge('segments: [{ interface: eth0 }, { interface: eth0, hosts: [10.0.0.9] }]') },
  {
    code: 'same-interface-twice',
    why: APART,
    example: nat('outside: eth0\ninside: eth0\nnat: [{ public: 203.0.113.9, private: 10.0.0.9 }]'),
  },
  {
    code: 'too-many-proxies',
    why: 'A schema does not count addresses.',
    example: segment('interface: eth1, hosts: [10.2.0.0/15]', 'answer: listed'),
  },
  {
    code: 'too-many-addresses',
    why: 'A schema does not count addresses.',
    example: custom('announce_addresses: [{ address: 10.0.0.0/16, interface: eth0 }, { address: 10.1.0.0/16, interface: eth0 }]'),
  },
  { code: 'nat-length-mismatch', why: APART, example: mapping('public: 203.0.113.0/28, private: 10.0.0.0/24') },
  { code: 'nat-target-public', why: APART, example: mapping('public: 203.0.113.9, private: 203.0.113.9') },
  {
    code: 'nat-overlap',
    why: APART,
    example: nat(
      'outside: eth0\ninside: eth1\nnat: [{ public: 203.0.113.9, private: 10.0.0.9 }, { public: 203.0.113.9, private: 10.0.0.8 }]',
    ),
  },
  {
    code: 'duplicate-route',
    why: ALIKE,
    example: custom('routes: [{ to: default, interface: eth0 }, { to: default, interface: eth1 }]'),
  },
  {
    code: 'duplicate-sysctl',
    why: 'A schema does not know that two spellings are one switch.',
    example: custom('sysctl: { net/ipv4/ip_forward: 1, net.ipv4.ip_forward: 1 }'),
  },
  { code: 'ambiguous-number', why: BEFORE, example: custom('announce: { rounds: 010 }') },
  { code: 'yaml-anchor', why: BEFORE, example: custom('description: &text for the wing') },
  { code: 'yaml-tag', why: BEFORE, example: custom('description: !!str 7') },
  { code: 'control-character', why: 'A description is any text.', example: custom('description: "\\u202e"') },
];
