type Schema = Readonly<Record<string, unknown>>;
type Check = (value: unknown, argument: unknown, schema: Schema) => boolean;

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const each = (argument: unknown): readonly unknown[] => argument as readonly unknown[];
const count = (argument: unknown, value: unknown): number => each(argument).filter((schema) => satisfies(schema, value)).length;

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  object: isMap,
  array: Array.isArray,
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  null: (value) => value === null,
  number: (value) => typeof value === 'number',
  integer: (value) => Number.isInteger(value),
};

/** Equal for values that are equal, whatever the order of their keys. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    isMap(inner) ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );

/** The keywords of JSON Schema draft 7 that parp's schema uses; each says nothing of values of another type. */
const KEYWORDS: Readonly<Record<string, Check>> = {
  $schema: () => true,
  title: () => true,
  description: () => true,
  examples: () => true,
  patternErrorMessage: () => true,
  type: (value, argument) => [argument].flat().some((type) => TYPES[String(type)]?.(value) ?? false),
  const: (value, argument) => value === argument,
  enum: (value, argument) => each(argument).includes(value),
  pattern: (value, argument) => typeof value !== 'string' || new RegExp(String(argument), 'u').test(value),
  minimum: (value, argument) => typeof value !== 'number' || value >= Number(argument),
  maximum: (value, argument) => typeof value !== 'number' || value <= Number(argument),
  minLength: (value, argument) => typeof value !== 'string' || Array.from(value).length >= Number(argument),
  minItems: (value, argument) => !Array.isArray(value) || value.length >= Number(argument),
  maxItems: (value, argument) => !Array.isArray(value) || value.length <= Number(argument),
  uniqueItems: (value, argument) => !Array.isArray(value) || argument === false || new Set(value.map(canonical)).size === value.length,
  items: (value, argument) => !Array.isArray(value) || value.every((item) => satisfies(argument, item)),
  required: (value, argument) => !isMap(value) || each(argument).every((key) => Object.hasOwn(value, String(key))),
  properties: (value, argument) =>
    !isMap(value) ||
    Object.entries(argument as Schema).every(([key, schema]) => !Object.hasOwn(value, key) || satisfies(schema, value[key])),
  patternProperties: (value, argument) =>
    !isMap(value) ||
    Object.entries(argument as Schema).every(([pattern, schema]) =>
      Object.keys(value)
        .filter((key) => new RegExp(pattern, 'u').test(key))
        .every((key) => satisfies(schema, value[key])),
    ),
  additionalProperties: (value, argument, schema) => {
    const patterns = Object.keys(schema['patternProperties'] ?? {}).map((pattern) => new RegExp(pattern, 'u'));
    const isKnown = (key: string): boolean =>
      Object.hasOwn(schema['properties'] ?? {}, key) || patterns.some((pattern) => pattern.test(key));
    return !isMap(value) || Object.keys(value).every((key) => isKnown(key) || satisfies(argument, value[key]));
  },
  anyOf: (value, argument) => count(argument, value) > 0,
  if: (value, argument, schema) => !satisfies(argument, value) || satisfies(schema['then'] ?? true, value),
  // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema, which "if" looks at
  then: () => true,
  oneOf: (value, argument) => count(argument, value) === 1,
};

/** Whether a value satisfies a JSON Schema; throws for a keyword that this check does not know. */
export function satisfies(schema: unknown, value: unknown): boolean {
  if (!isMap(schema)) return schema === true;
  return Object.entries(schema).every(([keyword, argument]) => {
    const check = KEYWORDS[keyword];
    if (check === undefined) throw new Error(`The JSON Schema uses the keyword "${keyword}", which this check does not know`);
    return check(value, argument, schema);
  });
}
