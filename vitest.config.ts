import { readFileSync } from 'node:fs';
import { configDefaults, defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const { version }: { version: string } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));

/** Tests that run the program as it is shipped: they need dist/, and find it built anew. */
const WHOLE_PROGRAM = ['test/e2e/**/*.test.ts', 'test/lab/**/*.test.ts', 'test/faults/**/*.test.ts', 'test/museum/**/*.test.ts'];

/**
 * Those of them that take the longest, though they are short to read: where no earlier run has told, Vitest begins with the largest files, and
 * ends with one of these while nothing is left for the other workers.
 */
const LONGEST = [
  'test/faults/any-instant.test.ts',
  'test/museum/museum.test.ts',
  'test/faults/any-instant-again.test.ts',
  'test/faults/any-instant-guard.test.ts',
  'test/faults/helpers-fail.test.ts',
  'test/faults/deadline-confirm.test.ts',
  'test/lab/lab-command.test.ts',
  'test/e2e/tutorial.test.ts',
  'test/e2e/boot-of-many.test.ts',
  'test/faults/hostile-swaps.test.ts',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId, project }: TestSpecification): number =>
      2 * project.config.sequence.groupOrder + (LONGEST.some((path) => moduleId.endsWith(`/${path}`)) ? 0 : 1);
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  define: { PARP_VERSION: JSON.stringify(version), PARP_FAILPOINTS: 'false' },
  test: {
    // Two that search, on two processors, and one that waits for a kernel.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
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
          // They wait for kernels and clocks for most of their time.
          maxWorkers: 4,
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
