import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { namespaceIdentity } from '../../src/host/namespace-identity.ts';
import type { Lab } from '../../src/lab/namespaces.ts';
import { buildPair, WITHOUT_ROOT } from '../support/pair.ts';
import { scriptJson } from '../support/script.ts';

const PRINT = `
  import { namespaceIdentity } from './src/host/namespace-identity.ts';
  console.log(JSON.stringify(namespaceIdentity()));
`;

describe('namespaceIdentity()', () => {
  it('gives inode and cookie as decimal text, and the boot id', () => {
    expect(namespaceIdentity()).toEqual({
      inode: expect.stringMatching(/^[1-9]\d*$/),
      cookie: expect.stringMatching(/^[1-9]\d*$/),
      bootId: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
    });
    expect(namespaceIdentity()).toEqual(namespaceIdentity());
  });
});

describe.skipIf(WITHOUT_ROOT)('namespaceIdentity() of several namespaces (needs root for network namespaces)', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await buildPair();
  });
  afterAll(async () => lab?.destroy());

  it('is the same in one, whoever asks, and differs between two', async () => {
    const here = namespaceIdentity();
    const a = await scriptJson(lab, 'a', PRINT);
    const b = await scriptJson(lab, 'b', PRINT);
    expect(await scriptJson(lab, 'a', PRINT)).toEqual(a);
    const all = [here, a, b] as { inode: string; cookie: string; bootId: string }[];
    expect(new Set(all.map(({ inode }) => inode)).size).toBe(3);
    expect(new Set(all.map(({ cookie }) => cookie)).size).toBe(3);
    expect(new Set(all.map(({ bootId }) => bootId)).size).toBe(1);
  });
});
