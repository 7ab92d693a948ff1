// The story: the operator of a router between two wires asks before he applies a profile what it would answer, to whom, and why. parp works that
// out of the host as it is and of the plan; then he applies it, and the wires are really asked. What was foretold is right when the kernel
// answers just that, and when parp says the same of the host as it is now. A host that was captured before still tells what it did then.
import { describe, expect, it } from 'vitest';
import { pseudoBridge } from '../../src/lab/pseudo-bridge.ts';
import { CAN_BUILD, useNetwork } from '../support/namespaces.ts';

const LEFT = '192.168.0.2';
const NEIGHBOUR = '192.168.0.3';
const RIGHT = '192.168.0.66';
const ROUTER = '192.168.0.1';
const NOBODY = '192.168.0.99';

const OFFICE = `version: 1
kind: pseudo-bridge
name: office
segments:
  - interface: eth0
    addresses: [${ROUTER}/24]
    hosts: [${LEFT}, ${NEIGHBOUR}]
  - interface: eth1
    hosts: [${RIGHT}]
`;

/** Who asks on which wire for whom; a probe and an announcement are among them. */
const ASKED = [
  { host: 'left', interface: 'eth0', from: LEFT, to: RIGHT },
  { host: 'left', interface: 'eth0', from: LEFT, to: ROUTER },
  { host: 'left', interface: 'eth0', from: LEFT, to: NOBODY },
  { host: 'left', interface: 'eth0', from: '0.0.0.0', to: RIGHT },
  { host: 'right', interface: 'eth1', from: RIGHT, to: LEFT },
  { host: 'right', interface: 'eth1', from: RIGHT, to: NOBODY },
  { host: 'right', interface: 'eth1', from: NEIGHBOUR, to: NEIGHBOUR },
];
const QUESTIONS = ASKED.map(({ host: _host, ...question }) => `${JSON.stringify(question)}\n`).join('');

interface Answer {
  readonly answer: string;
  readonly because: string;
  readonly mac: string | null;
  readonly before?: Answer;
}

describe.skipIf(!CAN_BUILD)('parp explain of a profile', () => {
  const net = useNetwork(pseudoBridge.topology);

  async function explained(...words: string[]): Promise<readonly Answer[]> {
    const { exitCode, json } = await net.parp('router', ['explain', '--questions', '-', '--json', ...words], { input: QUESTIONS });
    expect(exitCode).toBe(0);
    return (json as { readonly answers: readonly Answer[] }).answers;
  }

  /** The router's MACs that answer each of the questions; hosts answer for themselves. */
  async function answered(): Promise<(string | null)[]> {
    const own = new Set(['eth0', 'eth1'].map((link) => net.macOf('router', link)));
    const macs: (string | null)[] = [];
    // One after the other: an answer to one would pass for one to another question about the same address.
    for (const { host, from, to } of ASKED) {
      const heard = await net.askArp(host, 'eth0', [{ from, to }], { waitMs: 300 });
      macs.push(heard.map(({ mac }) => mac).find((mac) => own.has(mac)) ?? null);
    }
    return macs;
  }

  it('foretells what is answered once it is applied, and touches nothing', async () => {
    const profile = net.profile('office.yaml', OFFICE);
    const before = await net.snapshot('router');
    const capture = net.profile('state.json', (await net.parp('router', ['capture'])).stdout);
    const foretold = await explained(profile);
    expect(await net.snapshot('router')).toEqual(before);
    expect(foretold.map(({ because }) => because)).toEqual([
      'proxy-arp',
      'local-address',
      'same-link',
      'probe',
      'proxy-arp',
      'proxy-arp',
      'proxy-arp',
    ]);
    expect(foretold.map((answer) => answer.before?.answer)).toEqual(ASKED.map(() => 'silence'));
    expect(await answered()).toEqual(ASKED.map(() => null));

    expect((await net.parp('router', ['apply', profile])).exitCode).toBe(0);
    expect(await answered()).toEqual(foretold.map(({ mac }) => mac));
    const present = await explained();
    expect(present).toEqual(foretold.map(({ before: _before, ...answer }) => answer));
    expect(await explained('--against', capture)).toEqual(foretold.map((answer) => answer.before));
  });

  it('refuses an interface that is not there before anything else, and finds the nearest', async () => {
    const { exitCode, stderr } = await net.parp('router', ['explain', '-i', 'eht0', '--from', LEFT, '--to', RIGHT]);
    expect(exitCode).toBe(4);
    expect(stderr).toContain('Did you mean eth0?');
  });
});
