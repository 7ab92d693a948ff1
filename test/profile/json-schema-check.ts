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

/** The keywords of JSON Schema draft 7 that parp's schema uses; each says nothing of values of another type. */
const KEYWORDS: Readonly<Record<string, Check>> = {
  $schema: () => true,
  title: () => true,
  description: () => true,
  type: (value, argument) => [argument].flat().some((type) => TYPES[String(type)]?.(value) ?? false),
  const: (value, argument) => value === argument,
  enum: (value, argument) => each(argument).includes(value),
  pattern: (value, argument) => typeof value !== 'string' || new RegExp(String(argument), 'u').test(value),
  minimum: (value, argument) => typeof value !== 'number' || value >= Number(argument),
  maximum: (value, argument) => typeof value !== 'number' || value <= Number(argument),
  minItems: (value, argument) => !Array.isArray(value) || value.length >= Number(argument),
  items: (value, argument) => !Array.isArray(value) || value.every((item) => satisfies(argument, item)),
  required: (value, argument) => !isMap(value) || each(argument).every((key) => String(key) in value),
  properties: (value, argument) =>
    !isMap(value) || Object.entries(argument as Schema).every(([key, schema]) => !(key in value) || satisfies(schema, value[key])),
  additionalProperties: (value, argument, schema) => {
    const known = Object.keys(schema['properties'] ?? {});
    return (
      !isMap(value) || Object.keys(value).every((key) => known.includes(key) || (argument !== false && satisfies(argument, value[key])))
    );
  },
  propertyNames: (value, argument) => !isMap(value) || Object.keys(value).every((key) => satisfies(argument, key)),
  anyOf: (value, argument) => count(argument, value) > 0,
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
