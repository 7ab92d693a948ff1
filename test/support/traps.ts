import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect } from 'vitest';
import type { Network } from './namespaces.ts';

/** Where parp's sources are, with the program as it is built. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What a dependency of parp's could be called, or one of Node's own. */
const PACKAGES = [
  'koffi',
  '@koromix/koffi-linux-x64',
  '@koromix/koffi-linux-arm64',
  'commander',
  'execa',
  'js-yaml',
  'listr2',
  'zod',
  'fs',
];
const PROGRAMS = ['ip', 'nft', 'sysctl', 'systemd-run', 'sh', 'bash', 'modprobe', 'sudo'];

/** Traps, of which whatever is loaded or run leaves a mark, and a parp that is installed as npm does it. */
export interface Traps {
  /** Where the traps lie. */
  readonly folder: string;
  /** Where parp is installed: the program in lib/node_modules, a link to it in bin, and `link`, a link to that link. */
  readonly prefix: string;
  /** The trap that NODE_OPTIONS of `withOptions` has node load. */
  readonly preload: string;
  /** What left its mark since it was asked, a line each; '' where nothing did. */
  readonly marks: () => string;
  readonly expectNoMark: () => void;
  /**
   * An environment in which everything points into the traps, behind these folders of PATH; of what acts before any line of parp's, only what its
   * first line can undo.
   */
  readonly hostile: (...before: string[]) => Record<string, string>;
  /** The same, and what acts before even that line where node is called. */
  readonly withOptions: (...before: string[]) => Record<string, string>;
}

/** Lays traps, and installs parp, before the tests of the surrounding `describe`. */
export function useTraps(net: Network): Traps {
  const inFolder = (name: string): string => join(net.lab.folder, 'traps', name);
  const prefix = (): string => join(net.lab.folder, 'prefix');
  beforeAll(() => {
    layTraps(inFolder);
    install(prefix());
  });

  const marks = (): string => {
    const left = existsSync(inFolder('mark')) ? readFileSync(inFolder('mark'), 'utf8') : '';
    rmSync(inFolder('mark'), { force: true });
    return left;
  };
  const hostile = (...before: string[]): Record<string, string> => ({
    HOSTILE: '1',
    PATH: [...before, inFolder('bin'), dirname(process.execPath), '/usr/bin', '/bin'].join(':'),
    HOME: inFolder('home'),
    NODE_PATH: inFolder('path'),
    NODE_REPL_EXTERNAL_MODULE: inFolder('preload.cjs'),
    NODE_PENDING_DEPRECATION: '1',
    LD_LIBRARY_PATH: inFolder('lib'),
    LD_BIND_NOW: '1',
    BASH_ENV: inFolder('bin/sh'),
    ENV: inFolder('bin/sh'),
    IFS: '/',
    TMPDIR: inFolder(''),
    XDG_CONFIG_HOME: inFolder(''),
    npm_config_node_options: '--require=./preload.cjs',
  });
  return {
    get folder() {
      return join(net.lab.folder, 'traps');
    },
    get prefix() {
      return prefix();
    },
    get preload() {
      return inFolder('preload.cjs');
    },
    marks,
    expectNoMark: () => expect(marks()).toBe(''),
    hostile,
    withOptions: (...before) => ({ ...hostile(...before), NODE_OPTIONS: `--require=${inFolder('preload.cjs')}` }),
  };
}

function layTraps(inFolder: (name: string) => string): void {
  const lay = (name: string, content: string): string => {
    const path = inFolder(name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  };
  const module = `require('node:fs').appendFileSync(${JSON.stringify(inFolder('mark'))}, __filename + '\\n');`;
  for (const folder of ['node_modules', 'home/.node_modules', 'home/.node_libraries', 'path']) {
    for (const name of PACKAGES) lay(`${folder}/${name}/index.js`, module);
  }
  lay('preload.cjs', module);
  lay('package.json', '{"name":"trap","type":"commonjs","main":"preload.cjs","imports":{"#x":"./preload.cjs"}}');
  lay('.npmrc', 'node-options=--require=./preload.cjs\nscript-shell=./bin/sh\n');
  lay('home/.npmrc', 'node-options=--require=./preload.cjs\n');
  for (const name of PROGRAMS) chmodSync(lay(`bin/${name}`, `#!/bin/sh\necho ${name} >> ${inFolder('mark')}\n`), 0o755);
}

/** As npm lays it: the program in lib/node_modules, and a link to it in bin. */
function install(prefix: string): void {
  const installed = join(prefix, 'lib/node_modules/parp');
  for (const part of ['bin', 'dist', 'package.json', 'node_modules/koffi', 'node_modules/@koromix']) {
    if (existsSync(join(ROOT, part))) cpSync(join(ROOT, part), join(installed, part), { recursive: true, dereference: true });
  }
  mkdirSync(join(prefix, 'bin'));
  symlinkSync('../lib/node_modules/parp/bin/parp', join(prefix, 'bin/parp'));
  symlinkSync(join(prefix, 'bin/parp'), join(prefix, 'link'));
}
