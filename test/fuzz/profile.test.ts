import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { drawDiagnostics } from '../../src/cli/diagnostic-text.ts';
import type { Diagnostic } from '../../src/profile/diagnostic.ts';
import { parseProfiles } from '../../src/profile/parse.ts';
import type { Profile } from '../../src/profile/profile.ts';
import { parseYaml } from '../../src/profile/yaml.ts';
import { freshHost } from '../support/memory-kernel.ts';
import { EDGE, GUESTS, OFFICE, ROUTES } from '../support/plain-profiles.ts';
import { INHERITED, NUMBERS, ODD_ADDRESSES, ODD_TEXTS, UNSEEN, YAML_SIGNS } from './dictionary.ts';
import { fuzz, FUZZ_TIMEOUT, law, type Target } from './harness.ts';
import { bytesOf, material, mutated } from './mutate.ts';
import { mutatedJson } from './mutate-json.ts';
import { shownPlan } from './plan-shown.ts';
import type { Random } from './random.ts';
import { isPrintable } from './unseen.ts';

const EVERY_KEY = `version: 1
kind: custom
name: every-key
description: "It's \\u00fcber, isn't it?"
sysctl:
  net/ipv4/conf/eth0/proxy_arp: 1
  net/ipv4/conf/all/arp_ignore: 8
  net.ipv4.conf.eth1.medium_id: -1
  net/ipv4/neigh/eth0/proxy_delay: 800ms
  net/ipv4/ip_forward: true
addresses:
  - { address: 10.3.0.1/24, interface: eth0 }
routes:
  - { to: default, via: 10.0.0.9, interface: eth0, onlink: true, metric: 5, table: 1000, source: 10.0.0.1 }
  - { to: 10.9.0.0/16, type: blackhole, table: main }
proxies: [{ address: 10.0.0.64/28, interface: eth1 }]
announce_addresses: [{ address: 10.0.0.9, interface: eth0 }]
proxy_delay: 1.5s
forwarding: interfaces
redirects: false
flush: no
probe: rfc5227
announce: { rounds: 2, spacing: 300ms, form: reply, rate: unlimited }
accept_risks: [over-answering, pvlan-no-route]
`;
const LISTED = `version: 1
kind: pseudo-bridge
segments:
  - interface: eth0
    addresses: [192.168.0.1/24, 192.168.0.2/24]
    hosts: [192.168.0.0/24]
    hosts_file: far.hosts
  - interface: eth1
    hosts: [192.168.0.70-192.168.0.79, 192.168.0.128/26]
    hosts_file: near.hosts
answer: listed
---
version: 1
kind: private-vlan
name: guests
interfaces: [eth2, "eth[0-9].*", v?an*]
`;

const SHIPPED = new URL('../../profiles/', import.meta.url);
const TEXTS = [
  ...readdirSync(SHIPPED).map((file) => readFileSync(new URL(file, SHIPPED), 'utf8')),
  OFFICE,
  GUESTS,
  EDGE,
  ROUTES,
  EVERY_KEY,
  // Three times, for the sake of the files that it names.
  LISTED,
  LISTED,
  LISTED,
];
const WORDS = [...YAML_SIGNS, ...INHERITED, ...ODD_ADDRESSES, ...NUMBERS, ...ODD_TEXTS, ...UNSEEN];
const FROM = material(TEXTS, WORDS);
const HOSTS = material(['192.168.0.66\n192.168.0.70-192.168.0.79  # ten\n\n# more\n192.168.0.128/26\n', '10.0.0.1\r\n10.0.0.2\r\n'], WORDS);
const VALUES = TEXTS.flatMap((text) => parseYaml({ file: 'corpus', text }).documents.map(({ value }) => plain(value)));
const FILES = ['office.yaml', '/etc/parp/edge.yml', '<stdin>', '.yaml', 'x\u001b[31m.yaml', '', 'a'.repeat(5000), 'Two Wings.yaml'];
const HOST = freshHost(['eth0', 'eth1', 'eth2', 'eth0.10', 'wan0']);

/** Objects that can be cloned, of maps that inherit nothing. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

interface Given {
  readonly file: string;
  readonly bytes: Uint8Array;
  /** What each file is that `hosts_file` names; null where there is none. */
  readonly hosts: Uint8Array | null;
}

/** YAML that was edited byte by byte, or that is JSON whose values were changed. */
function given(random: Random): Given {
  const document = (): string => mutatedJson(random, VALUES);
  const json = random.chance(0.2) ? `${document()}\n---\n${document()}` : '';
  return {
    file: random.chance(0.7) ? 'office.yaml' : random.pick(FILES),
    bytes: random.chance(0.6) ? mutated(random, FROM) : bytesOf(json === '' ? document() : json),
    hosts: random.chance(0.1) ? null : mutated(random, HOSTS),
  };
}

const profiles: Target<Given> = {
  name: 'profile',
  generate: given,
  run({ file, bytes, hosts }) {
    const { profiles, diagnostics, places } = parseProfiles({ file, bytes }, (path) =>
      hosts === null ? { ok: false, problem: `There is no file "${path}"` } : { ok: true, file: path, bytes: hosts },
    );
    for (const diagnostic of diagnostics) checkDiagnostic(diagnostic);
    law(diagnostics.length <= 21, 'twenty mistakes are shown, and the rest is counted');
    law(isPrintable(drawDiagnostics(diagnostics, { style: (_style, text) => text }), 'lines'), 'mistakes can be shown');
    const wrong = diagnostics.some(({ severity }) => severity === 'error');
    law(profiles.length > 0 || wrong, 'a file without profiles has a mistake');
    law(places.length === profiles.length, 'each profile has a place');
    if (!wrong && addressesOf(profiles) < 2000) shownPlan(profiles, HOST);
    return wrong ? 'refused' : 'accepted';
  },
};

function checkDiagnostic({ code, message, line, column, length, instead }: Diagnostic): void {
  law(/^[a-z0-9-]+$/.test(code), `the code ${code} is a word`);
  law(message.length <= 400 && (instead?.length ?? 0) <= 400, 'a message is short');
  law(
    [line, column, length].every((count) => Number.isInteger(count) && count >= 1),
    'a place counts from 1',
  );
}

/** How many addresses profiles list: a plan for very many of them takes its time. */
function addressesOf(all: readonly Profile[]): number {
  return JSON.stringify(all).length / 20;
}

describe('parseProfiles()', () => {
  it(
    'takes or refuses any bytes, and says where and why',
    async () => {
      const { accepted, refused } = await fuzz(profiles);
      expect(accepted).toBeGreaterThan(60);
      expect(refused).toBeGreaterThan(100);
    },
    FUZZ_TIMEOUT,
  );
});
