/** The highest number of the catalogue of faults. */
export const LAST = 114;

/** Faults that no test injects, and why. The others have a test whose title begins with `#` and their number. */
export const NOT_INJECTED: Readonly<Record<number, string>> = {
  54: 'there is no watch that repairs',
  63: 'there is no watch that repairs',
  69: 'there is no watch that repairs',
  86: 'there is no watch that repairs',
};
