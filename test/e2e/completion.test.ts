// Somebody types on a router and presses the tab key: bash, zsh and fish each complete commands, options, values, files, and what only the host
// knows: its interfaces, the profiles in force, the network namespaces; of another namespace where --netns names one. A live interface has a name that a shell would carry out; nobody does.
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { LAB_KINDS } from '../../src/lab/lab-kinds.ts';
import { CAN_BUILD, useNetwork } from '../support/namespaces.ts';
import { GUESTS, OFFICE, TWO_WIRES } from '../support/plain-profiles.ts';

const PARP = fileURLToPath(new URL('../../bin/parp', import.meta.url));
const IN_ZSH = fileURLToPath(new URL('../support/complete-in-zsh.zsh', import.meta.url));
const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

function isThere(shell: Shell): boolean {
  if (spawnSync(shell, ['-c', 'true']).status === 0) return true;
  console.warn(`Completion in ${shell} is not tried: it is not installed`);
  return false;
}

/** The words that bash would have in COMP_WORDS: it takes an = for one. */
const IN_BASH = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _parp; printf "%s\\n" "${COMPREPLY[@]}"';

function invocation(shell: Shell, script: string, line: string): string[] {
  switch (shell) {
    case 'bash': {
      const words = line.replaceAll('=', ' = ').split(/ +/);
      return ['bash', '--norc', '--noprofile', '-c', IN_BASH, 'bash', script, PARP, ...words];
    }
    case 'zsh':
      return ['zsh', '-f', IN_ZSH, script, `${PARP} ${line}`];
    case 'fish':
      return ['fish', '--no-config', '-c', `source ${script}; complete -C '${PARP} ${line}'`];
  }
}

describe.skipIf(!CAN_BUILD)('the tab key', () => {
  const net = useNetwork(TWO_WIRES);
  const scripts = new Map<Shell, string>();

  beforeAll(async () => {
    await net.ip('router', 'link add $(touch${IFS}x) type bridge', 'link add guest0 type bridge');
    for (const [name, text] of [
      ['office.yaml', OFFICE],
      ['guests.yaml', GUESTS.replaceAll('eth0', 'guest0')],
    ] as const)
      expect((await net.parp('router', ['apply', '--no-wait', '--no-probe', '--force', net.profile(name, text)])).exitCode).toBe(0);
    const far = net.profile('far.yaml', GUESTS.replaceAll('guests', 'far').replaceAll('eth0', 'w0'));
    expect((await net.parp('wire', ['apply', '--no-wait', '--no-probe', '--force', far])).exitCode).toBe(0);
    for (const shell of SHELLS) {
      const { stdout, exitCode } = await net.parp('router', ['completion', shell]);
      expect(exitCode).toBe(0);
      const script = `${net.lab.folder}/parp.${shell}`;
      writeFileSync(script, stdout);
      scripts.set(shell, script);
    }
  });

  for (const shell of SHELLS) {
    const offered = async (line: string): Promise<string[]> => {
      const { stdout } = await net.run('router', invocation(shell, scripts.get(shell) ?? '', line));
      return stdout
        .split('\n')
        .map((text) => (text.split('\t')[0] ?? '').replace(/^--[a-z]+=(?=.)/, '').trim())
        .filter((text) => text !== '');
    };

    describe.skipIf(!isThere(shell))(`in ${shell}`, () => {
      it('completes commands, and none that is hidden', async () => {
        expect(await offered('pl')).toEqual(['plan']);
        const all = await offered('');
        expect(all).toEqual(expect.arrayContaining(['validate', 'apply', 'draw', 'neighbours', 'completion', 'help']));
        expect(all.filter((word) => ['guard', 'announce-detached', 'complete-names'].includes(word))).toEqual([]);
        expect(await offered('--netns somewhere pl')).toEqual(['plan']);
        expect(await offered('help rem')).toEqual(['remove']);
      });

      it('completes options, of parp and of the command, and their values', async () => {
        expect((await offered('plan --det')).map((word) => word.replace(/=$/, ''))).toEqual(['--detailed-exitcode']);
        expect(await offered('--engine ')).toEqual(expect.arrayContaining(['netlink', 'iproute2']));
        expect((await offered('plan --format ')).toSorted()).toEqual(['json', 'markdown', 'shell', 'text']);
        expect(await offered('draw --format=s')).toEqual(['svg']);
        expect((await offered('schema ')).toSorted()).toEqual(['plan', 'profile']);
        expect((await offered('lab ')).toSorted()).toEqual(LAB_KINDS.map(({ kind }) => kind).toSorted());
      });

      it('completes files where files are meant', async () => {
        expect((await offered(`plan ${net.lab.folder}/off`)).map((path) => path.replace(/^.*\//, ''))).toEqual(['office.yaml']);
        expect((await offered(`plan --against ${net.lab.folder}/off`)).map((path) => path.replace(/^.*\//, ''))).toEqual(['office.yaml']);
      });

      it('completes what only the host knows', async () => {
        expect((await offered('announce --interface ')).toSorted()).toEqual(['eth0', 'eth1', 'guest0', 'lo']);
        expect(await offered('neighbours -i g')).toEqual(['guest0']);
        expect((await offered('remove ')).toSorted()).toEqual(['guests', 'office']);
        expect(await offered('enable o')).toEqual(['office']);
        expect(await offered(`--netns ${net.lab.name('wire')}`)).toEqual([net.lab.name('wire')]);
        expect(existsSync(`${net.lab.folder}/x`)).toBe(false);
      });

      it('completes what the host of --netns knows, wherever that stands before', async () => {
        const wire = net.lab.name('wire');
        expect((await offered(`--netns ${wire} announce --interface `)).toSorted()).toEqual(['lo', 'w0', 'w1']);
        expect((await offered(`neighbours --netns=${wire} -i w`)).toSorted()).toEqual(['w0', 'w1']);
        expect(await offered(`--netns ${wire} remove `)).toEqual(['far']);
        expect(await offered(`--json remove --netns ${wire} far --netns=${net.lab.name('router')} o`)).toEqual(['office']);
      });

      it('completes no names of a namespace that there is not, and carries out none', async () => {
        expect(await offered('--netns nowhere announce --interface ')).toEqual([]);
        expect(await offered('--netns $(touch${IFS}x) announce --interface ')).toEqual([]);
        expect(await offered('remove -- --netns nowhere o')).toEqual(['office']);
        expect(existsSync(`${net.lab.folder}/x`)).toBe(false);
      });
    });
  }

  it('gets nothing, and no words either, where names cannot be had', async () => {
    const file = net.profile('no-folder', '');
    expect((await net.parp('router', ['status', '--state-dir', file])).exitCode).toBe(1);
    for (const what of ['profiles', 'enabled', 'nonsense']) {
      const { exitCode, stdout, stderr } = await net.parp('router', ['complete-names', what, '--state-dir', file]);
      expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    }
  });
});
