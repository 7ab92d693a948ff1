import { chmodSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { programPath, type Ended } from '../../src/lab/child-process.ts';
import { PARP, type Network } from './namespaces.ts';

/** How much of its work a helper has done when it dies: nothing, the first half of the lines it was given, or all. */
const DEATHS = ['at once', 'halfway', 'at the end'] as const;
type Death = (typeof DEATHS)[number];

/** The call of a helper, counted from 1, at which it dies. */
export interface Dying {
  readonly helper: 'ip' | 'nft';
  readonly call: number;
  readonly death: Death;
}

/**
 * Runs parp on the router with an `ip` or `nft` that kills itself at one of its calls; all other calls go on to the real one. Gives the
 * arguments of each call as well. Only the mount namespace of that run has it.
 */
export async function withDying(
  net: Network,
  args: readonly string[],
  dying: Dying,
): Promise<Ended & { readonly calls: readonly string[] }> {
  const program = realpathSync(programPath(dying.helper));
  const { folder } = net.lab;
  const real = net.profile(`${dying.helper}.real`, '');
  const counted = `${folder}/${dying.helper}.call.`;
  const wrapper = net.profile(`${dying.helper}.wrapper`, scriptOf(dying, real, counted));
  chmodSync(wrapper, 0o755);
  const mounts = `mount --bind ${program} ${real} && mount --bind ${wrapper} ${program} && exec "$@"`;
  const end = await net.run('router', ['unshare', '--mount', 'sh', '-c', mounts, 'sh', ...PARP, ...args]);
  const files = readdirSync(folder).filter((name) => name.startsWith(`${dying.helper}.call.`));
  const calls = Array.from(files, (_, at) => readFileSync(`${counted}${at + 1}`, 'utf8').trimEnd());
  for (const name of files) rmSync(`${folder}/${name}`);
  return { ...end, calls };
}

/** Every death at every call; at those that only read, where one is like another, the first alone. */
export function dyings(helper: Dying['helper'], calls: readonly string[]): Dying[] {
  return calls.flatMap((words, at) =>
    (/-details|show|list/.test(words) ? DEATHS.slice(0, 1) : DEATHS).map((death) => ({ helper, call: at + 1, death })),
  );
}

function scriptOf({ call, death }: Dying, real: string, counted: string): string {
  const deaths: Record<Death, string> = {
    'at once': '',
    halfway: `case "$*" in *-batch*|*-f*) cat > "$0.$$"; lines=$(wc -l < "$0.$$"); head -n $((lines / 2)) "$0.$$" | ${real} "$@"; rm "$0.$$";; esac`,
    'at the end': `${real} "$@"`,
  };
  // Two calls at the same time get different numbers: a file is made once.
  return `#!/bin/sh
n=1
until (set -C; echo "$*" > ${counted}$n) 2>&-; do n=$((n + 1)); done
[ $n -eq ${call} ] || exec ${real} "$@"
${deaths[death]}
kill -KILL $$
`;
}
