// Imported for what it does: in the long run, which tries much more in one test, each test of the file may take a quarter of an hour.
import { vi } from 'vitest';
import { LONG } from './tally.ts';

if (LONG) vi.setConfig({ testTimeout: 900_000 });
