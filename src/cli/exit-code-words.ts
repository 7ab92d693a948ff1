/** What each exit code means, for help and the manual page. */
export const EXIT_WORDS: readonly (readonly [code: string, meaning: string])[] = [
  ['0', 'done, or nothing to do'],
  ['1', 'failure'],
  ['2', 'changes or drift (--detailed-exitcode)'],
  ['3', 'invalid profile or usage'],
  ['4', 'refused before any write'],
  ['5', 'failed, or not confirmed, and rolled back'],
  ['6', 'rollback incomplete'],
  ['7', 'another parp is writing here'],
  ['130, 143', 'interrupted'],
];
