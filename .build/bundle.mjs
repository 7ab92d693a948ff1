// Bundles the program into dist/: one file, koffi as the only outside package, with V8's cache of its compiled code beside it, and parp.js, which
// starts it. Safe to run while the program runs or another build does: what is named by its content is never written over, every file is renamed
// into place, the entry last, and old ones stay until nobody can want them any more.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const here = fileURLToPath(new URL('.', import.meta.url));

/** --failpoints FOLDER: a build for the fault suite goes there, in which the failpoints are alive. */
const failpointsAt = process.argv.indexOf('--failpoints');
const withFailpoints = failpointsAt >= 0;
const dist = withFailpoints ? resolve(process.argv[failpointsAt + 1]) : join(root, 'dist');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** How long what no build produces any more may still be wanted by a program that starts just now; --clean, before packing, spares none. */
const GRACE_MS = process.argv.includes('--clean') ? -1 : 15 * 60_000;

/** How `unshare` makes the network namespace: others than root need a user namespace for that. */
const ALONE = process.geteuid?.() === 0 ? ['--net'] : ['--user', '--map-root-user', '--net'];

/** What warms up, and what it is given: a profile, and a host. */
const WARM_UP = [join(here, 'warm-up.cjs'), join(root, 'profiles/pseudo-bridge.yaml'), join(here, 'warm-up-host.json')];

const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: ['src/cli/main.ts'],
  outfile: join(dist, 'program.cjs'),
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  // Latin-1, which the launcher reads it as, and V8 keeps in a byte a character.
  charset: 'ascii',
  external: ['koffi'],
  minifySyntax: true,
  minifyWhitespace: true,
  define: { PARP_VERSION: JSON.stringify(version), PARP_FAILPOINTS: String(withFailpoints), 'import.meta.url': '__url' },
  banner: { js: "const __url = require('url').pathToFileURL(__filename).href;" },
  write: false,
  logLevel: 'warning',
}).catch(() => process.exit(1));

const [program] = outputFiles;
/** Whether the warm-up can have a network of its own. */
const isAlone = ran('unshare', ...ALONE, 'true');
// All that the cache depends on, so that none is taken for that of another build.
const digest = createHash('sha256').update(program.contents).update(`${process.version} ${isAlone}`);
for (const file of WARM_UP) digest.update(readFileSync(file));
const name = `program-${digest.digest('hex').slice(0, 16)}`;
const cache = `${name}.cache`;
mkdirSync(dist, { recursive: true });
// The package is of ES modules, and this folder is not.
place('package.json', '{ "type": "commonjs" }\n');
place(`${name}.cjs`, program.contents);
keepCompiled();
place('parp.js', readFileSync(join(here, 'launcher.cjs'), 'utf8').replaceAll('PROGRAM', JSON.stringify(name)));
for (const file of readdirSync(dist)) {
  const isOurs = (file.startsWith('program-') && !file.startsWith(name)) || file.startsWith('warm-up-');
  if (isOurs && ageMs(join(dist, file)) > GRACE_MS) rmSync(join(dist, file), { recursive: true, force: true });
}

/** Without the cache the program starts all the same, and slower. */
function keepCompiled() {
  if (isSame(cache, undefined)) return;
  const draft = `${join(dist, cache)}.${process.pid}`;
  let folder;
  try {
    folder = mkdtempSync(join(dist, 'warm-up-'));
    const warmUp = [process.execPath, WARM_UP[0], join(dist, `${name}.cjs`), draft, ...WARM_UP.slice(1)];
    // In a network namespace of its own, where that can be had, what an apply needs is compiled, too.
    if ((isAlone && ran('unshare', ...ALONE, ...warmUp, folder)) || ran(...warmUp)) renameSync(draft, join(dist, cache));
  } catch (error) {
    console.error(`build: without V8's cache of the compiled code: ${error.message}`);
  } finally {
    rmSync(draft, { force: true });
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}

/** In an environment of its own: neither Node's options nor parp's are those of who builds. */
function ran(program, ...args) {
  return spawnSync(program, args, { stdio: 'ignore', timeout: 60_000, env: { PATH: process.env.PATH } }).status === 0;
}

function place(file, contents) {
  const path = join(dist, file);
  if (isSame(file, Buffer.from(contents))) return;
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, contents);
  renameSync(draft, path);
}

/** Whether the file is there, and, where contents are given, holds them. */
function isSame(file, contents) {
  try {
    const found = readFileSync(join(dist, file));
    return contents === undefined || found.equals(contents);
  } catch {
    return false;
  }
}

function ageMs(path) {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}
