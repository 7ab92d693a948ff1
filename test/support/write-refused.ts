import { WriteRefused } from '../../src/engine/backend.ts';

/** What `write` threw; fails where it did not throw that. */
export async function refusalOf(writing: Promise<void>): Promise<WriteRefused> {
  const error: unknown = await writing.then(
    () => new Error('The write was not refused'),
    (reason: unknown) => reason,
  );
  if (error instanceof WriteRefused) return error;
  throw error;
}
