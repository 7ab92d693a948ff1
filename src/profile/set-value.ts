import { parsed, unparsed, type Parsed } from '../net/parsed.ts';
import { splitList, withPiece, type Draft, type Piece } from './draft.ts';
import type { Path } from './problem.ts';
import { schemaAt } from './schema-keys.ts';
import { profileSchema, type ProfileKind } from './schema.ts';
import { resolvePlain } from './yaml-scalar.ts';

/** No list that is said on a command line is longer. */
const LARGEST_INDEX = 999;

/**
 * The draft with what `--set` says: a path of keys and places in lists with dots between them, `=`, and the value: `answer=listed`,
 * `segments.0.interface=eth0`, `segments.1.hosts=10.0.0.1,10.0.0.2`. Behind `sysctl.` the rest is the one path of a switch. The schema of
 * the kind tells text from numbers and lists.
 */
export function withSet(draft: Draft, kind: ProfileKind, text: string): Parsed<Draft> {
  const equals = text.indexOf('=');
  if (equals < 1) return unparsed('bad-set', `"${text}" is not KEY=VALUE`);
  const path = pathOf(text.slice(0, equals));
  if (path[0] === 'kind') return unparsed('bad-set', 'The kind comes with --kind');
  if (path.some((step) => step === '' || (typeof step === 'number' && step > LARGEST_INDEX)))
    return unparsed(
      'bad-set',
      `"${text.slice(0, equals)}" is no path of keys and places from 0 to ${LARGEST_INDEX} with dots between them`,
    );
  return parsed(withPiece(draft, path, valueOf(text.slice(equals + 1).trim(), kind, path)));
}

function pathOf(text: string): Path {
  const sysctl = /^sysctl[./](.+)$/s.exec(text)?.[1];
  if (sysctl !== undefined) return ['sysctl', sysctl];
  return text
    .replaceAll(/\[(\d+)\]/g, '.$1')
    .split('.')
    .map((step) => (/^(?:0|[1-9]\d{0,8})$/.test(step) ? Number(step) : step));
}

function valueOf(text: string, kind: ProfileKind, path: Path): Piece {
  const plain = plainOf(text);
  const schema = schemaAt(profileSchema(kind), path);
  if (schema === undefined) return plain;
  const list = splitList(text);
  const fitting = [text, plain, list].find((value) => schema.safeParse(value).success);
  if (fitting !== undefined) return fitting;
  return schema.safeParse([]).success ? list : plain;
}

/** What YAML makes of it without quotes. */
function plainOf(text: string): string | number | boolean {
  const plain = resolvePlain(text);
  return plain === null || (typeof plain === 'number' && !Number.isFinite(plain)) ? text : plain;
}
