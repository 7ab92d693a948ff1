import type { Exhibit } from './exhibit.ts';
import { RECORDS } from './records.ts';
import { RETURNING } from './returning.ts';
import { WAITING } from './waiting.ts';
import { WIRE } from './wire.ts';
import { WRITING } from './writing.ts';

/** The whole museum. */
export const EXHIBITS: readonly Exhibit[] = [...WRITING, ...WIRE, ...RETURNING, ...RECORDS, ...WAITING];
