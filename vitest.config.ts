import { readFileSync } from 'node:fs';
import { configDefaults, defineConfig } from 'vitest/config';

const { version }: { version: string } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));

/** Tests that run the program as it is shipped: they need dist/, and find it built anew. */
const WHOLE_PROGRAM = ['test/e2e/**/*.test.ts', 'test/lab/**/*.test.ts', 'test/faults/**/*.test.ts', 'test/museum/**/*.test.ts'];

export default defineConfig({
  define: { PARP_VERSION: JSON.stringify(version), PARP_FAILPOINTS: 'false' },
  test: {
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'parts',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...WHOLE_PROGRAM],
          pool: 'forks',
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        // After the others, so that no search for counter-examples takes the processor from a kernel that has to answer in time.
        extends: true,
        test: {
          name: 'whole',
          // They wait for kernels and clocks a third of their time.
          maxWorkers: 3,
          include: WHOLE_PROGRAM,
          globalSetup: ['test/support/build-once.ts'],
          pool: 'forks',
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
