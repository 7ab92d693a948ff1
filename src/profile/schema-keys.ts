import * as z from 'zod';
import type { Path } from './problem.ts';

/** The keys that the schema knows in the map at a path. */
export function keysAt(schema: unknown, path: Path): readonly string[] {
  const map = path.reduce(step, unwrapped(schema));
  return map instanceof z.ZodObject ? Object.keys(map.shape) : [];
}

/** The schema of the value at a path; undefined where any key is allowed, or none is known. */
export function schemaAt(schema: unknown, path: Path): z.ZodType | undefined {
  const key = path.at(-1);
  const parent = path.slice(0, -1).reduce(step, unwrapped(schema));
  const at =
    parent instanceof z.ZodObject && key !== undefined ? parent.shape[key] : parent instanceof z.ZodArray ? parent.element : undefined;
  return at instanceof z.ZodType ? at : undefined;
}

/** Whether the value at a path may be left out. */
export function isOptionalAt(schema: unknown, path: Path): boolean {
  const key = path.at(-1);
  const map = path.slice(0, -1).reduce(step, unwrapped(schema));
  return map instanceof z.ZodObject && key !== undefined && map.shape[key] instanceof z.ZodOptional;
}

function step(schema: unknown, key: string | number): unknown {
  if (schema instanceof z.ZodObject) return unwrapped(schema.shape[key]);
  if (schema instanceof z.ZodArray) return unwrapped(schema.element);
  return undefined;
}

/** What is optional, by itself; of a union the map in it. */
function unwrapped(schema: unknown): unknown {
  if (schema instanceof z.ZodOptional) return unwrapped(schema.unwrap());
  if (schema instanceof z.ZodUnion) return schema.options.find((option) => option instanceof z.ZodObject);
  return schema;
}
