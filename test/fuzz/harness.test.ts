import { describe, expect, it } from 'vitest';
import { fuzz, shown, type Target } from './harness.ts';
import { bytesOf, material, mutated, mutatedFrame } from './mutate.ts';
import { mutatedJson } from './mutate-json.ts';
import { Random } from './random.ts';

const FEW = { inputs: 200, seed: 7 };

/** A target that does something at the 101st input, whose seed is 107. */
function at107(run: () => unknown): Target<number> {
  let given = 0;
  return {
    name: 'odd one',
    generate: () => given++,
    run(input) {
      if (input === 100) run();
      return input % 2 === 0 ? 'accepted' : 'refused';
    },
    refuses: (error) => error instanceof SyntaxError,
  };
}

/** Keeps the processor busy for so long, not counting when others have it. */
function spin(ms: number): void {
  for (const before = process.cpuUsage(); process.cpuUsage(before).user < ms * 1000;);
}

describe('fuzz()', () => {
  it('counts what becomes of the inputs, with what the target announces to throw', async () => {
    const target = at107(() => {
      throw new SyntaxError('No JSON');
    });
    expect(await fuzz(target, FEW)).toMatchObject({ accepted: 99, refused: 101 });
  });

  it.each<[fault: string, run: () => unknown, message: RegExp]>([
    ['a TypeError', () => Reflect.get(null as unknown as object, 'x'), /^FuzzFailure: odd one: Threw TypeError: /],
    [
      'an endless recursion',
      function deeper(): number {
        return deeper() + 1;
      },
      /Threw RangeError: Maximum call stack/,
    ],
    ['a broken law', () => expect(1).toBe(2), /Threw AssertionError: /],
    ['a slow input', () => spin(80), /Took \d+ ms, and may take 40/],
    [
      'an endless loop',
      () => {
        for (;;);
      },
      /No end within 300 ms/,
    ],
    ['a backtracking expression', () => /^(a|a)*$/.test(`${'a'.repeat(60)}b`), /No end within 300 ms/],
  ])('names the input of %s', async (_fault, run, message) => {
    const failure = await fuzz(at107(run), { ...FEW, longestMs: 40, hangMs: message.source.includes('Took') ? 20_000 : 300 }).catch(String);
    expect(failure).toMatch(message);
    expect(failure).toContain('  input: 100\n  again: PARP_TEST_SEED=107 npx vitest run test/fuzz -t "odd one"');
  });

  it.each<[what: string, shared: object, key: string]>([
    ['Object.prototype', Object.prototype, 'polluted'],
    ['Array.prototype', Array.prototype, 'extra'],
    ['Function.prototype', Function.prototype, 'extra'],
    ['globalThis', globalThis, 'leaked'],
  ])('notices a key that is new in %s', async (what, shared, key) => {
    const polluting = at107(() => Object.defineProperty(shared, key, { value: 1, configurable: true, enumerable: false }));
    try {
      await expect(fuzz(polluting, FEW)).rejects.toThrow(`odd one: ${what}.${key} has changed`);
    } finally {
      Reflect.deleteProperty(shared, key);
    }
  });

  it('notices a key that stands for something else', async () => {
    const shared: object = Object.prototype;
    const before = Reflect.getOwnPropertyDescriptor(shared, 'valueOf') ?? {};
    const replacing = at107(() => Reflect.defineProperty(shared, 'valueOf', { ...before, value: () => 1 }));
    try {
      await expect(fuzz(replacing, FEW)).rejects.toThrow('Object.prototype.valueOf has changed');
    } finally {
      Reflect.defineProperty(shared, 'valueOf', before);
    }
  });

  it('notices a key that is gone', async () => {
    const shared: object = Array.prototype;
    const at = Reflect.getOwnPropertyDescriptor(shared, 'at') ?? {};
    try {
      await expect(
        fuzz(
          at107(() => Reflect.deleteProperty(shared, 'at')),
          FEW,
        ),
      ).rejects.toThrow('Array.prototype.at has changed');
    } finally {
      Reflect.defineProperty(shared, 'at', at);
    }
  });

  it('notices memory that is kept, and memory that is taken at once', async () => {
    const kept: unknown[] = [];
    const keeping: Target<number> = {
      name: 'keeper',
      generate: (random) => random.next(),
      run: (input) => (kept.push(Array(20_000).fill(input)), 'accepted'),
    };
    await expect(fuzz(keeping, { ...FEW, heldBytes: 8 * 2 ** 20 })).rejects.toThrow(/MiB are still held/);
    kept.length = 0;
    const taking = at107(() => Buffer.alloc(256 * 2 ** 20, 1).length);
    await expect(fuzz(taking, { ...FEW, peakBytes: 128 * 2 ** 20 })).rejects.toThrow(/The process grew by \d+/);
  });
});

describe('the mutators', () => {
  const from = material(['version: 1\nkind: custom\n', 'name: x\n'], ['__proto__', '010.0.0.1']);
  const documents = [{ a: [1, { b: 'x' }], c: null }, ['y', true]];

  it.each<[name: string, make: (random: Random) => unknown]>([
    ['mutated()', (random) => mutated(random, from)],
    ['mutatedFrame()', (random) => mutatedFrame(random, from)],
    ['mutatedJson()', (random) => mutatedJson(random, documents)],
  ])('%s makes of a seed always the same, and of other seeds other inputs', (_name, make) => {
    const all = Array.from({ length: 300 }, (_, seed) => shown(make(new Random(seed))));
    expect(all).toEqual(Array.from({ length: 300 }, (_, seed) => shown(make(new Random(seed)))));
    expect(new Set(all).size).toBeGreaterThan(200);
  });

  it('leave the corpus as it is', () => {
    const before = JSON.stringify([from.corpus.map(String), documents]);
    for (let seed = 0; seed < 1000; seed++) {
      mutated(new Random(seed), from);
      mutatedFrame(new Random(seed), from);
      mutatedJson(new Random(seed), documents);
    }
    expect(JSON.stringify([from.corpus.map(String), documents])).toBe(before);
  });

  it('mutatedJson() makes documents more often than not', () => {
    const texts = Array.from({ length: 1000 }, (_, seed) => mutatedJson(new Random(seed), documents));
    expect(texts.filter(isJson).length).toBeGreaterThan(600);
    expect(texts.some((text) => text.includes('"__proto__":'))).toBe(true);
    expect(Math.max(...texts.map(({ length }) => length))).toBeGreaterThan(5000);
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('shown()', () => {
  it('gives bytes and odd characters in printable ASCII', () => {
    expect(shown({ a: bytesOf('x\u001b\u00ff'), b: ['\u202e"', 1] })).toBe(String.raw`{"a":"x\u001b\u{c3}\u{bf}","b":["\u{202e}\"",1]}`);
  });
});
