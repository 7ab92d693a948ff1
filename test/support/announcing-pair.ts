import { afterEach, beforeEach } from 'vitest';
import type { Lab } from '../../src/lab/namespaces.ts';
import { buildPair } from './pair.ts';
import { scriptJson } from './script.ts';

/** A pair of hosts for each test, of which `a` runs scripts that announce: they have `announce`, `print`, and what the prelude says. */
export interface AnnouncingPair {
  readonly lab: () => Lab;
  /** Runs the script on `a`, and gives what it prints as JSON. */
  readonly onA: (body: string) => Promise<unknown>;
}

export function useAnnouncingPair(prelude: string): AnnouncingPair {
  let built: Lab | undefined;
  beforeEach(async () => {
    built = await buildPair();
  });
  afterEach(async () => built?.destroy());
  const lab = (): Lab => {
    if (built === undefined) throw new Error('There is no pair outside of a test');
    return built;
  };
  const common = `
    import { announce } from './src/host/announcer.ts';
    const print = (value) => console.log(JSON.stringify(value));
  `;
  return { lab, onA: async (body) => scriptJson(lab(), 'a', `${common}\n${prelude}\n${body}`) };
}
