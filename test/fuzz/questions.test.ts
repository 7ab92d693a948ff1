import { describe, expect, it } from 'vitest';
import { parseQuestions } from '../../src/cli/explain-questions.ts';
import { arpDecision } from '../../src/model/arp-decision.ts';
import { captureOf, loadCapture } from '../../src/model/capture.ts';
import { Failure } from '../../src/model/failure.ts';
import { answerWords, decisionLines, questionWords, remedyLines } from '../../src/render/explain-text.ts';
import { proxyRouter } from '../support/arp-words.ts';
import { INHERITED, JSON_SIGNS, NUMBERS, ODD_ADDRESSES, ODD_TEXTS, UNSEEN } from './dictionary.ts';
import { fuzz, FUZZ_TIMEOUT, law, type Target } from './harness.ts';
import { material, mutated } from './mutate.ts';
import { mutatedJson } from './mutate-json.ts';
import { isPrintable } from './unseen.ts';

const QUESTIONS = [
  { interface: 'eth0', from: '10.0.0.2', to: '10.0.1.9' },
  { interface: 'eth0', from: '0.0.0.0', to: '10.0.0.1', unicast: true, target_mac: '02:00:00:00:00:99' },
  { interface: 'eth1', from: '10.9.0.9', to: '10.9.0.9', unicast: false, sender_mac: '02:00:00:00:00:07' },
];
const FROM = material(
  QUESTIONS.map((question) => JSON.stringify(question)),
  [...JSON_SIGNS, ...INHERITED, ...ODD_ADDRESSES, ...ODD_TEXTS, ...UNSEEN, ...NUMBERS],
);
const HOSTS = [
  captureOf(proxyRouter({ routes: ['default via 10.0.1.254 dev eth1', 'throw 10.9.0.0/24', 'local 10.8.0.0/24 dev lo'] })),
  captureOf(
    proxyRouter({
      rules: [{ priority: 5, src: '10.0.0.0', srclen: 30, iif: 'eth0', table: '100' }],
      routes: ['10.9.0.0/24 nexthop dev eth0 nexthop dev eth1'],
      switches: { 'eth0/rp_filter': '1', 'all/arp_ignore': '2' },
    }),
  ),
];

interface Asked {
  readonly text: string;
  readonly capture: string;
}

const questions: Target<Asked> = {
  name: 'questions',
  generate: (random) => ({
    text: random.chance(0.7) ? mutatedJson(random, QUESTIONS) : Buffer.from(mutated(random, FROM)).toString('utf8'),
    capture: random.chance(0.5) ? JSON.stringify(random.pick(HOSTS)) : mutatedJson(random, HOSTS),
  }),
  run({ text, capture }) {
    const asked = parseQuestions(text, 'asked.jsonl');
    const state = loadCapture(capture);
    for (const { question } of asked) {
      const decision = arpDecision(state, question);
      law(isPrintable(questionWords(question)) && isPrintable(answerWords(decision)), 'a question and its answer can be shown');
      const lines = [...decisionLines(decision, 80), ...remedyLines(state, question, decision, 80)];
      for (const line of lines) law(isPrintable(line.text), `${JSON.stringify(line.text)} of an explanation can be shown`);
      law(lines.length > 2, 'there is a story and a remedy');
    }
    return 'accepted';
  },
  refuses: (error) =>
    error instanceof Failure && error.ending === 'invalid' && ['bad-question', 'no-question', 'capture'].includes(error.code),
};

describe('parseQuestions()', () => {
  it(
    'refuses whatever is no question, and every other one is explained',
    async () => {
      const { accepted, refused } = await fuzz(questions);
      expect(accepted).toBeGreaterThan(100);
      expect(refused).toBeGreaterThan(100);
    },
    FUZZ_TIMEOUT,
  );
});
