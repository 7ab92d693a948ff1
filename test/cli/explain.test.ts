import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explain, type ExplainOptions } from '../../src/cli/explain.ts';
import { captureOf } from '../../src/model/capture.ts';
import { proxyRouter } from '../support/arp-words.ts';
import { recordingTerminal } from './recording-terminal.ts';

let folder = '';
let against = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'parp-explain-'));
  against = write('state.json', JSON.stringify(captureOf(proxyRouter())));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

const FAR = { interface: 'eth0', from: '10.0.0.2', to: '10.0.1.9' };

async function told(options: ExplainOptions, files: readonly string[] = []): Promise<string> {
  const terminal = recordingTerminal();
  expect(await explain(files, { against, ...options }, terminal)).toBe(0);
  return terminal.out.join('\n');
}

async function documented(options: ExplainOptions, files: readonly string[] = []): Promise<unknown> {
  const terminal = recordingTerminal({ json: true });
  expect(await explain(files, { against, ...options }, terminal)).toBe(0);
  expect(terminal.out).toHaveLength(1);
  return JSON.parse(terminal.out[0] ?? '');
}

const SILENCING = 'version: 1\nkind: custom\nname: hush\nsysctl: { net/ipv4/conf/eth0/proxy_arp: 0 }\n';

describe('explain()', () => {
  it('tells the story in the order of the kernel, and what would change its end', async () => {
    expect(await told(FAR)).toBe(
      [
        'eth0: who has 10.0.1.9? tell 10.0.0.2',
        'reply with 02:00:00:00:00:01 within 800 ms: proxy-arp',
        '  1. eth0 hears 10.0.0.2 ask everybody for 10.0.1.9',
        '  2. The route to 10.0.1.9 is 10.0.1.0/24 dev eth1 of table main',
        '  3. forwarding of eth0 is on (conf/eth0/forwarding=1)',
        '  4. The sender 10.0.0.2 is accepted: conf/eth0/rp_filter=0',
        '  5. 10.0.1.9 is behind eth1, and proxy_arp of eth0 is on',
        '     (conf/eth0/proxy_arp=1)',
        '  6. The answer waits a random time of less than 800 ms (proxy_delay of eth0),',
        '     and is dropped where 65 others wait (proxy_qlen)',
        'To have it keep silent:',
        '  - Set net/ipv4/conf/eth0/proxy_arp to 0 (profile: pseudo-bridge with answer:',
        '    listed answers for its hosts alone)',
        '  - Or route 10.0.1.9 by eth0, where it is asked for: ip route add 10.0.1.9 dev',
        "    eth0 (profile: the segment's hosts)",
      ].join('\n'),
    );
  });

  it.each([
    ['to the interface alone', { unicast: true }, '(sent to eth0 alone)\nreply with 02:00:00:00:00:01 at once: proxy-arp'],
    ['to its very MAC', { unicast: true, targetMac: '02:00:00:00:00:01' }, 'at once: proxy-arp'],
    ['to another MAC', { unicast: true, targetMac: '02:00:00:00:00:99' }, '\nsilence: other-host'],
    ['to everybody, for whatever target MAC', { targetMac: '02:00:00:00:00:99' }, 'within 800 ms: proxy-arp'],
    ['to a group', { unicast: true, targetMac: '01:00:5e:00:00:01' }, 'within 800 ms: proxy-arp'],
  ])('tells apart a request %s', async (_whom, options, words) => {
    expect(await told({ ...FAR, ...options })).toContain(words);
  });

  it('gives one document with --json', async () => {
    expect(await documented(FAR)).toEqual({
      schema: 'parp.explain/1',
      answers: [
        {
          ...FAR,
          answer: 'reply',
          because: 'proxy-arp',
          mac: '02:00:00:00:00:01',
          delay_ms: { min: 0, max: 800 },
          steps: expect.arrayContaining(['forwarding of eth0 is on (conf/eth0/forwarding=1)']),
        },
      ],
    });
  });

  it('shows before and after of profiles', async () => {
    const file = write('hush.yaml', SILENCING);
    const text = await told(FAR, [file]);
    expect(text).toMatch(/Now:\nreply with [^]*After the change:\nsilence: not-proxied\n[^]*To have it answer:/);
    expect(await documented(FAR, [file])).toMatchObject({
      answers: [{ answer: 'silence', because: 'not-proxied', mac: null, before: { ...FAR, answer: 'reply', because: 'proxy-arp' } }],
    });
    expect(await told({ ...FAR, from: '0.0.0.0' }, [file])).toMatch(/^[^]*silence: probe\n[^]*After the change it is the same$/);
  });

  it('answers many questions in their order', async () => {
    const questions = write('asked.jsonl', `${JSON.stringify(FAR)}\n\n${JSON.stringify({ ...FAR, to: '10.0.0.9', unicast: true })}\n`);
    expect(await documented({ questions })).toMatchObject({ answers: [{ because: 'proxy-arp' }, { because: 'same-link' }] });
    expect(JSON.parse(await told({ questions }))).toEqual(await documented({ questions }));
    expect(JSON.parse(await told({ questions }, [write('hush.yaml', SILENCING)]))).toMatchObject({
      answers: [{ answer: 'silence', because: 'not-proxied', before: { answer: 'reply' } }, {}],
    });
  });

  it('tells the story of each with -v', async () => {
    const questions = write('asked.jsonl', `${JSON.stringify(FAR)}\n${JSON.stringify({ ...FAR, to: '10.0.0.9' })}\n`);
    const terminal = recordingTerminal({ verbosity: 1 });
    expect(await explain([], { against, questions }, terminal)).toBe(0);
    const text = terminal.out.join('\n');
    expect(text.match(/who has/g)).toHaveLength(2);
    expect(text).toMatch(/: proxy-arp[^]*: same-link/);
  });

  it.each([
    ['no JSON', 'x', /asked\.jsonl:2: The line is not JSON/],
    ['no object', '[1]', /asked\.jsonl:2: The line is not a JSON object/],
    ['an unknown key', '{"interface":"eth0","form":"10.0.0.2","to":"10.0.0.9"}', /:2: Unknown key "form"; write "from"/],
    ['a missing key', '{"interface":"eth0","from":"10.0.0.2"}', /:2: "to" is missing/],
    ['a number for a text', '{"interface":7,"from":"10.0.0.2","to":"10.0.0.9"}', /:2: "interface" is not a text/],
    [
      'no address',
      '{"interface":"eth0","from":"10.0.0.02","to":"10.0.0.9"}',
      /:2: "from": "10\.0\.0\.02" has leading zeros.*write 10\.0\.0\.2/,
    ],
    ['no truth', '{"interface":"eth0","from":"10.0.0.2","to":"10.0.0.9","unicast":"no"}', /:2: "unicast" is neither/],
    ['no MAC', '{"interface":"eth0","from":"10.0.0.2","to":"10.0.0.9","sender_mac":"02:00"}', /:2: "sender_mac": "02:00" is not a MAC/],
  ])('refuses %s, with its line', async (_what, line, message) => {
    const questions = write('asked.jsonl', `${JSON.stringify(FAR)}\n${line}\n`);
    await expect(told({ questions })).rejects.toMatchObject({
      ending: 'invalid',
      code: 'bad-question',
      message: expect.stringMatching(message),
    });
  });

  it('tells twenty mistakes at most', async () => {
    const questions = write('asked.jsonl', 'x\n'.repeat(1000));
    const error: unknown = await told({ questions }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'bad-question', details: { length: 20 } });
  });

  it.each<readonly [what: string, options: ExplainOptions, code: string, ending: string]>([
    ['a question without its parts', { interface: 'eth0' }, 'usage', 'invalid'],
    ['an address that is none', { ...FAR, to: '10.1' }, 'usage', 'invalid'],
    ['a question beside a file of them', { ...FAR, questions: 'x' }, 'usage', 'invalid'],
    ['two from standard input', { questions: '-', against: '-' }, 'usage', 'invalid'],
    ['a file that is not there', { questions: '/nowhere/at.all' }, 'unreadable-questions', 'invalid'],
    ['an interface that is not there', { ...FAR, interface: 'eht0' }, 'no-such-interface', 'refused'],
  ])('refuses %s', async (_what, options, code, ending) => {
    await expect(told(options)).rejects.toMatchObject({ code, ending });
  });

  it('refuses a file without questions, and names the line of an unknown interface', async () => {
    await expect(told({ questions: write('none.jsonl', '\n\n') })).rejects.toMatchObject({ ending: 'invalid', code: 'no-question' });
    const questions = write('asked.jsonl', `${JSON.stringify(FAR)}\n${JSON.stringify({ ...FAR, interface: 'eht1' })}\n`);
    await expect(told({ questions })).rejects.toMatchObject({
      code: 'no-such-interface',
      message: expect.stringMatching(/asked\.jsonl:2: There is no interface "eht1"/),
      remedy: 'Did you mean eth1?',
    });
  });

  it('refuses profiles that cannot be', async () => {
    const two = write('two.yaml', `${SILENCING}---\n${SILENCING.replace('hush', 'loud').replace(': 0', ': 1')}`);
    await expect(told(FAR, [two])).rejects.toMatchObject({ ending: 'refused' });
  });

  it('explains what apply would refuse for its consequences alone', async () => {
    const state = proxyRouter({ routes: ['default via 10.0.0.254 dev eth0'] });
    const capture = write('gateway.json', JSON.stringify(captureOf(state)));
    const file = write('gateway.yaml', 'version: 1\nkind: private-vlan\nname: guests\ninterfaces: [eth0]\n');
    const terminal = recordingTerminal();
    expect(await explain([file], { ...FAR, to: '10.0.0.254', against: capture }, terminal)).toBe(0);
    expect(terminal.err.join('\n')).toContain('parp apply would refuse this (gateway-proxied)');
    expect(terminal.out.join('\n')).toMatch(/After the change:\nreply with [^]*private-vlan/);
  });
});
