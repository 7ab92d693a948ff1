import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { until } from './confirm-window.ts';
import type { Network } from './namespaces.ts';

/** How `systemd-run` is: as it should be, not there, refusing everything, or refusing timers alone. */
export type SystemdRun = 'working' | 'missing' | 'failing' | 'without-timers';

/** What looks to parp as though systemd were process 1 of the host `router`: a process namespace and mounts of its own, with its network. */
export interface SystemdOf {
  /** What a program is started with there. */
  readonly enter: readonly string[];
  /** The arguments of each call of `systemd-run`. */
  readonly calls: () => string[][];
}

const SYSTEMD_RUN = `#!/bin/sh
{ printf '%s\\t' "$@"; echo; } >>CALLS
case HOW in failing) echo 'Failed to connect to bus' >&2; exit 1 ;; esac
wait=
while [ "$1" != -- ]; do
  case $1 in --on-active=*ms) wait=\${1#--on-active=} wait=\${wait%ms} ;; esac
  shift
done
shift
cd /
# A service is process 1's child: it has nothing of the caller's, above all not the lock that helpers hold open.
exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
[ -n "$wait" ] || { setsid env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@" </dev/null >/dev/null 2>&1 & exit 0; }
[ HOW = working ] || { echo 'Unit was masked' >&2; exit 1; }
setsid sh -c 'sleep $0; exec env -i "$@"' $((wait / 1000)).$((wait % 1000 / 100)) "$@" </dev/null >/dev/null 2>&1 &
`;

/** /usr/bin with another systemd-run or none, and a /run that says that systemd runs; nothing of it is seen outside. */
const MOUNTS = `set -e
mount -n -t tmpfs -o mode=755 tmpfs HERE/bin
mount -n --bind /usr/bin HERE/real
cp -rs HERE/real/. HERE/bin/
rm -f HERE/bin/systemd-run
[ HOW = missing ] || cp HERE/systemd-run HERE/bin/systemd-run
mount -n --bind HERE/bin /usr/bin
mount -n -t tmpfs -o mode=755 tmpfs /mnt
mkdir -p /mnt/systemd/system /mntLAB
mount -n --rbind LAB /mntLAB
mount -n --move /mnt /run
echo ready
exec sleep infinity
`;

export async function systemdOf(net: Network, how: SystemdRun): Promise<SystemdOf> {
  const here = `${net.lab.folder}/systemd`;
  const calls = `${here}/calls`;
  for (const folder of ['', '/bin', '/real']) mkdirSync(`${here}${folder}`, { mode: 0o755 });
  const filled = (text: string): string =>
    text
      .replaceAll('HERE', here)
      .replaceAll('/mntLAB', net.lab.folder.replace(/^\/run/, '/mnt'))
      .replaceAll('LAB', net.lab.folder)
      .replaceAll('HOW', how)
      .replaceAll('CALLS', calls);
  writeFileSync(`${here}/systemd-run`, filled(SYSTEMD_RUN), { mode: 0o755 });
  const child = net.spawn('router', ['unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-c', filled(MOUNTS)]);
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await until('systemd is there', () => said.includes('ready')).catch((error: unknown) => {
    throw new Error(`No systemd: ${said}`, { cause: error });
  });
  const first = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim();
  return {
    enter: ['nsenter', '--target', first, '--mount', '--pid', '--net', '--'],
    calls: () => {
      const lines = existsSync(calls) ? readFileSync(calls, 'utf8').trimEnd().split('\n') : [];
      return lines.map((line) => line.trimEnd().split('\t'));
    },
  };
}
