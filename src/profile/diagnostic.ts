/** A mistake in a profile, placed in its file: line and column count from 1. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  /** Stable, lower case with dashes: `unknown-key`, `host-bits-set`, … */
  readonly code: string;
  /** Capital, no full stop, values quoted. */
  readonly message: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** How many characters the mistake spans on its line, at least 1. */
  readonly length: number;
  /** What to write instead. */
  readonly instead?: string;
  /** The line of the file that the mistake stands on. */
  readonly excerpt: string;
}
