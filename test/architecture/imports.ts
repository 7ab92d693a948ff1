/** One import of a file: its specifier, and whether anything of it is left when types are erased. */
export interface Import {
  readonly specifier: string;
  readonly line: number;
}

/** A source file as the rules see it: its path below src/ with `/`, and its text. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

/** What a folder of src/ may import besides its own files. */
interface Allowance {
  readonly folders: readonly string[];
  /** Node's modules without their `node:`; `any` where a folder touches the system. */
  readonly node: readonly string[] | 'any';
  readonly packages: readonly string[];
}

/** DESIGN section 5, the column "may import", and the paragraph under it. */
export const ALLOWED: Readonly<Record<string, Allowance>> = {
  net: { folders: [], node: [], packages: [] },
  wire: { folders: ['net'], node: [], packages: [] },
  model: { folders: ['net'], node: [], packages: [] },
  profile: { folders: ['net', 'model'], node: [], packages: ['zod', 'js-yaml'] },
  render: { folders: ['net', 'wire', 'model'], node: [], packages: [] },
  engine: { folders: ['net', 'model'], node: [], packages: [] },
  host: { folders: ['net', 'wire', 'model', 'profile', 'render', 'engine'], node: 'any', packages: ['execa', 'zod'] },
  lab: { folders: ['net', 'host'], node: 'any', packages: ['execa'] },
  cli: {
    folders: ['net', 'wire', 'model', 'profile', 'render', 'engine', 'host', 'lab'],
    node: 'any',
    packages: ['commander', 'listr2', 'inquirer', '@inquirer/prompts', 'zod'],
  },
};

/** The one file that knows the foreign function interface. */
const FFI = { path: 'host/libc.ts', package: 'koffi' };

/** Names that say nothing about what a file holds. */
const EMPTY_NAMES = new Set(['utils', 'util', 'helpers', 'helper', 'common', 'misc', 'types', 'index', 'shared', 'lib']);

/** Every import, re-export and dynamic import of a file, in the order of the forms. Prettier keeps statements at the start of a line. */
export function importsOf(text: string): Import[] {
  const code = withoutComments(text);
  const forms = [
    /^(?:import|export)\b[^'";]*?\bfrom\s*['"]([^'"]+)['"]/gmu,
    /^import\s*['"]([^'"]+)['"]/gmu,
    /\bimport\s*\(\s*['"]([^'"]+)['"]\s*[,)]/gu,
    /\brequire\s*\(\s*['"]([^'"]+)['"]\s*\)/gu,
  ];
  return forms.flatMap((form) =>
    [...code.matchAll(form)].map((match) => ({
      specifier: match[1] ?? '',
      line: code.slice(0, match.index + match[0].length).split('\n').length,
    })),
  );
}

/** What a file does against the house rules: one sentence each, with path and line. */
export function violations({ path, text }: Source): string[] {
  const [folder = '', ...rest] = path.split('/');
  const found: string[] = [];
  const allowed = ALLOWED[folder];
  if (allowed === undefined || rest.length === 0)
    return [`${path}: src/ has no such place; its folders are ${Object.keys(ALLOWED).join(', ')}`];
  const stem = (rest.at(-1) ?? '').replace(/\.ts$/u, '');
  if (EMPTY_NAMES.has(stem)) found.push(`${path}: the name "${stem}" says nothing about what is inside`);
  if (!/^[a-z0-9]+(?:-[a-z0-9]+)*$/u.test(stem)) found.push(`${path}: file names are lower case with dashes`);
  if (isBarrel(text)) found.push(`${path}: a file that only passes on the exports of others`);
  if (/\b(?:import|require)\s*\(\s*[^'")\s]/u.test(withoutComments(text)))
    found.push(`${path}: an import of something that only shows at run time`);
  for (const { specifier, line } of importsOf(text)) {
    const problem = refuse(path, folder, allowed, specifier);
    if (problem !== null) found.push(`${path}:${line}: ${problem}`);
  }
  return found;
}

function refuse(path: string, folder: string, allowed: Allowance, specifier: string): string | null {
  if (specifier.startsWith('.')) {
    if (!specifier.endsWith('.ts')) return `"${specifier}" lacks its ending .ts`;
    const target = new URL(specifier, `file:///src/${path}`).pathname.split('/').slice(1);
    if (target[0] !== 'src') return `"${specifier}" lies outside src/`;
    const to = target[1] ?? '';
    return to === folder || allowed.folders.includes(to) ? null : `${folder}/ may not import from ${to}/`;
  }
  if (specifier.startsWith('node:')) {
    const module = specifier.slice('node:'.length);
    return allowed.node === 'any' || allowed.node.includes(module) ? null : `${folder}/ may not import ${specifier}`;
  }
  if (specifier === FFI.package) return path === FFI.path ? null : `only src/${FFI.path} may import ${FFI.package}`;
  return allowed.packages.includes(specifier) ? null : `${folder}/ may not import the package ${specifier}`;
}

function isBarrel(text: string): boolean {
  const rest = withoutComments(text)
    .replaceAll(/^export\b[^'";]*?\bfrom\s*['"][^'"]+['"];?/gmu, '')
    .replaceAll(/^import\b[^'";]*?\bfrom\s*['"][^'"]+['"];?/gmu, '')
    .replaceAll(/^export\s*(?:type\s*)?\{[^}]*\};?/gmu, '');
  return rest.trim() === '' && text.trim() !== '';
}

/** The text with comments blanked out, line numbers kept; strings and templates stay as they are. */
function withoutComments(text: string): string {
  return text.replaceAll(
    /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[dgimsuvy]*(?=[\s.,;)\]]|$)|\/\*[\s\S]*?\*\/|\/\/[^\n]*/gmu,
    (part) => (part.startsWith('/*') || part.startsWith('//') ? part.replaceAll(/[^\n]/gu, ' ') : part),
  );
}
