import { readFileSync } from 'node:fs';
import { profileJsonSchema } from '../profile/json-schema.ts';
import { PROFILE_KINDS } from '../profile/schema.ts';
import { commandTree } from './command-tree.ts';
import { documentPictures } from './document-pictures.ts';
import { EXAMPLES, GROUPS } from './examples.ts';
import { profileManual } from './profile-manual.ts';
import { buildProgram } from './program.ts';
import { programManual } from './program-manual.ts';
import { SCHEMA_FILE } from './schema-place.ts';
import { schemaText } from './schema.ts';

/** A file of the documentation, its path below the project's folder. */
export interface Document {
  readonly path: string;
  readonly text: string;
}

/** The pictures of the README, which are kept in the repository: where it is looked at, nothing is built. */
export function pictures(root: string): readonly Document[] {
  return documentPictures(root);
}

/** The JSON Schema of profiles, which lies beside the examples and in the package: editors find it where a profile names it. */
export function publishedSchema(): Document {
  return { path: `profiles/${SCHEMA_FILE}`, text: schemaText(profileJsonSchema()) };
}

/** The README with the commands at a glance as they are. */
export function readme(root: string): Document {
  const text = readFileSync(`${root}/README.md`, 'utf8');
  const [before, after] = [text.split(BEGINNING)[0], text.split(END)[1]];
  return { path: 'README.md', text: `${before}${BEGINNING}\n\n\`\`\`sh\n${atAGlance()}\n\`\`\`\n\n${END}${after}` };
}

const BEGINNING = '<!-- `npm run docs` writes these lines -->';
const END = '<!-- end -->';

/** The first example of each command, by purpose. */
function atAGlance(): string {
  const groups = GROUPS.map(({ title, commands }) => {
    const first = commands.flatMap((name) => EXAMPLES[name]?.[0] ?? []);
    const width = first.reduce((most, { line }) => Math.max(most, line.length), 0);
    return [`# ${title}`, ...first.map(({ line, what }) => `${line.padEnd(width)}  # ${what}`)].join('\n');
  });
  return groups.join('\n\n');
}

/** The manual pages, of a day, YYYY-MM-DD. They are made when the package is, and not kept. */
export function manuals(root: string, date: string): readonly Document[] {
  const tree = commandTree(buildProgram(() => undefined));
  const examples = Object.fromEntries(
    PROFILE_KINDS.map((kind) => [kind, withoutStory(readFileSync(`${root}/profiles/${kind}.yaml`, 'utf8'))]),
  );
  return [
    { path: 'man/parp.8', text: programManual(tree, date) },
    { path: 'man/parp.yaml.5', text: profileManual(profileJsonSchema(), examples, date) },
  ];
}

/** An example without its comments. */
function withoutStory(yaml: string): string {
  return yaml
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();
}
