import { VERSION } from '../host/version.ts';
import { bold, heading, item, prose, roffText, section, subsection, verbatim } from '../render/roff.ts';

/** What of JSON Schema a profile's schema uses. */
export interface Schema {
  readonly title?: string;
  readonly description?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

/** A profile of each kind, to be shown as it stands. */
export type Examples = Readonly<Record<string, string>>;

/** parp.yaml(5), of the JSON Schema of profiles. `date` is a day, YYYY-MM-DD. */
export function profileManual(schema: Schema, examples: Examples, date: string): string {
  const kinds = schema.oneOf ?? schema.anyOf ?? [];
  const shared = sharedKeys(kinds);
  const [first] = kinds;
  return [
    heading('parp.yaml', 5, date, `parp ${VERSION}`, 'File Formats Manual'),
    ...section('Name', roffText('parp.yaml - a profile of parp')),
    ...section(
      'Description',
      ...prose('A profile is one YAML document; a file may hold several, separated by a line of three dashes.'),
      ...prose('Unknown keys are mistakes, and so are addresses with leading zeros or with host bits set in a prefix.'),
      `${bold('parp validate')} checks a profile, and says what to write instead.`,
    ),
    ...kinds.flatMap((kind) => kindLines(kind, shared, examples[kind.title ?? ''])),
    ...section('Keys of every kind', ...keyLines(first ?? {}, (name) => shared.has(name))),
    ...section('See also', `${bold('parp')}(8)`),
    '',
  ].join('\n');
}

/** The keys that mean the same in every kind. */
function sharedKeys(kinds: readonly Schema[]): ReadonlySet<string> {
  const [first, ...others] = kinds;
  const same = (name: string, key: Schema): boolean =>
    others.every(({ properties }) => JSON.stringify(properties?.[name]) === JSON.stringify(key));
  return new Set(
    Object.entries(first?.properties ?? {})
      .filter(([name, key]) => same(name, key))
      .map(([name]) => name),
  );
}

function kindLines(kind: Schema, shared: ReadonlySet<string>, example: string | undefined): string[] {
  const title = kind.title ?? '';
  return [
    ...section(`kind: ${title}`, ...prose(`${kind.description ?? ''}.`)),
    ...keyLines(kind, (name) => !shared.has(name) && name !== 'kind'),
    ...(example === undefined ? [] : [...subsection('Example'), ...verbatim(example)]),
  ];
}

function keyLines({ properties = {}, required = [] }: Schema, wanted: (name: string) => boolean = () => true): string[] {
  return Object.entries(properties)
    .filter(([name]) => wanted(name))
    .flatMap(([name, key]) => {
      const must = required.includes(name) ? ', obligatory' : '';
      const inner = nested(key);
      return [
        ...item(`${bold(name)}: ${roffText(`${typeWords(key)}${must}`)}`, ...prose(`${key.description ?? ''}.`)),
        ...(inner === undefined ? [] : ['.RS', ...keyLines(inner), '.RE']),
      ];
    });
}

/** The map in a key, or in the entries of its list. */
function nested(key: Schema): Schema | undefined {
  if (key.properties !== undefined) return key;
  if (key.items !== undefined) return nested(key.items);
  return key.anyOf?.map(nested).find((inner) => inner !== undefined);
}

/** What may stand behind a key: `text`, `tcp or udp`, `list of maps`, … */
function typeWords({ type = '', anyOf, enum: choices, const: only, items, minimum = 0, maximum }: Schema): string {
  if (anyOf !== undefined) return anyOf.map(typeWords).join(' or ');
  if (choices !== undefined) return choices.map(valueWords).join(' or ');
  if (only !== undefined) return valueWords(only);
  if (type === 'array') return `list of ${items?.enum?.map(valueWords).join(', ') ?? PLURALS[items?.type ?? ''] ?? 'values'}`;
  if (type === 'integer') return maximum === undefined ? `number from ${minimum}` : `number from ${minimum} to ${maximum}`;
  return SINGULARS[type] ?? 'value';
}

function valueWords(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const SINGULARS: Readonly<Record<string, string>> = { string: 'text', boolean: 'true or false', object: 'map', number: 'number' };
const PLURALS: Readonly<Record<string, string>> = { string: 'texts', object: 'maps', integer: 'numbers' };
