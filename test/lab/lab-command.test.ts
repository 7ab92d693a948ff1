// `parp lab` as a person runs it: it proves each kind on the wire, and nothing of it stays, however it ends.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { programPath } from '../../src/lab/child-process.ts';
import { LAB_KINDS } from '../../src/lab/lab-kinds.ts';
import { removeNamespaces } from '../../src/lab/removal.ts';
import { CAN_BUILD, PARP } from '../support/namespaces.ts';

interface Run {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly pid: number;
}

const children = new Set<ChildProcess>();
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

/** Runs `parp lab ARGS`; `interrupt` is sent once either output contains `at`. */
async function parpLab(
  args: readonly string[],
  { wrapper = [], at, interrupt = 'SIGINT' }: { wrapper?: readonly string[]; at?: string; interrupt?: NodeJS.Signals } = {},
): Promise<Run> {
  const [program = '', ...rest] = [...wrapper, ...PARP, 'lab', ...args];
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      const seen = at !== undefined && output[name].includes(at);
      output[name] += text;
      if (at !== undefined && !seen && output[name].includes(at)) child.kill(interrupt);
    });
  }
  const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve));
  children.delete(child);
  return { exitCode, ...output, pid: child.pid ?? 0 };
}

/** What of a lab is left; `root` is where its /run lies. */
function remains(part: string, root = ''): string[] {
  return ['/run/netns', '/run']
    .map((folder) => root + folder)
    .flatMap((folder) => (existsSync(folder) ? readdirSync(folder) : []))
    .filter((name) => name.includes(part));
}

/** A /run where no other lab on this machine looks for what is stale: what enters it, and where it is seen from outside. For one test. */
async function runOfItsOwn(): Promise<{ readonly enter: readonly string[]; readonly root: string }> {
  const lines = 'mount -t tmpfs tmpfs /run && echo ready && exec sleep infinity';
  const holder = spawn(programPath('unshare'), ['--mount', 'sh', '-c', lines], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void holder.kill());
  await once(holder.stdout, 'data');
  return { enter: [programPath('nsenter'), '--mount', '--target', String(holder.pid)], root: `/proc/${holder.pid}/root` };
}

describe.skipIf(!CAN_BUILD)('parp lab', () => {
  it('removes what a lab that was killed left behind', async () => {
    const { enter: wrapper, root } = await runOfItsOwn();
    const killed = await parpLab([], { wrapper, at: 'Without parp', interrupt: 'SIGKILL' });
    expect(remains(`-${killed.pid}-`, root)).not.toEqual([]);
    const { stderr } = await parpLab([], { wrapper, at: 'Building' });
    expect(stderr).toContain(`Removed parp-lab-${killed.pid}-`);
    expect(remains(`-${killed.pid}-`, root)).toEqual([]);
  });
});

// They wait for hosts that ask and nobody who answers, and can do so together.
describe.skipIf(!CAN_BUILD).concurrent('parp lab', () => {
  it.each(LAB_KINDS.slice(1).map(({ kind }) => kind))('proves %s, and leaves nothing', async (kind) => {
    const { exitCode, stdout, stderr, pid } = await parpLab([kind, '--json']);
    expect({ exitCode, stdout, stderr }).toMatchObject({ exitCode: 0 });
    expect(JSON.parse(stdout)).toMatchObject({ schema: 'parp.lab/1', kind, held: true, complaints: [], left: [], redirects: 0 });
    expect(remains(`-${pid}-`)).toEqual([]);
  });

  it('tells the story of the pseudo-bridge when no kind is named', async () => {
    const { exitCode, stdout, stderr, pid } = await parpLab([]);
    const [story] = LAB_KINDS;
    expect(stdout).toContain(story.picture);
    expect(stdout).toContain('Everything was as it should be');
    expect(stderr).toContain('parp lab private-vlan | nat-proxy | custom');
    expect(exitCode).toBe(0);
    expect(remains(`-${pid}-`)).toEqual([]);
  });

  it.each([
    ['while it builds', 'Building', 'SIGINT', 130],
    ['while the hosts ask', 'office', 'SIGINT', 130],
    ['while it plans', 'parp plan', 'SIGTERM', 143],
    ['while it applies', 'parp apply', 'SIGINT', 130],
    ['while it removes', 'parp remove', 'SIGTERM', 143],
  ] as const)('leaves nothing when it is interrupted %s', async (_when, at, interrupt, code) => {
    const { exitCode, pid, stderr } = await parpLab([], { at, interrupt });
    expect({ exitCode, stderr }).toMatchObject({ exitCode: code });
    expect(remains(`-${pid}-`)).toEqual([]);
  });

  it('needs no root where users may make namespaces', async () => {
    // Root without the two capabilities is nobody special; a new user namespace gives them back.
    const wrapper = [programPath('setpriv'), '--bounding-set', '-sys_admin,-net_admin', '--inh-caps', '-all'];
    const { exitCode, stdout, stderr, pid } = await parpLab(['private-vlan', '--json'], { wrapper });
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    expect(JSON.parse(stdout)).toMatchObject({ held: true });
    expect(remains(`-${pid}-`)).toEqual([]);
    const interrupted = await parpLab(['private-vlan'], { wrapper, at: 'Without parp' });
    expect(interrupted).toMatchObject({ exitCode: 130 });
  });

  it.each([
    [
      'nobody may make namespaces',
      [programPath('setpriv'), '--bounding-set', '-sys_admin,-net_admin', '--inh-caps', '-all'],
      'Make a user namespace: ',
    ],
    ['the mounts are not its own', [], 'Run ip netns add '],
  ])('refuses plainly where %s', async (_where, inner, said) => {
    // Root of a user namespace that may hold no other, over mounts that belong to the outside.
    const limited = ['sh', '-c', 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"', 'sh'];
    const { exitCode, stderr, pid } = await parpLab([], {
      wrapper: [programPath('unshare'), '--user', '--map-root-user', ...limited, ...inner],
    });
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 4 });
    expect(stderr).toContain(`error[lab-not-permitted]: ${said}`);
    expect(stderr).toContain('help: Run it as root');
    expect(remains(`-${pid}-`)).toEqual([]);
  });

  it('keeps the network on request, with the profile in force', async () => {
    const { exitCode, stdout, stderr, pid } = await parpLab(['private-vlan', '--keep', '--json']);
    const names = remains(`-${pid}-`);
    const [id = ''] = names.map((name) => name.replace(/^(parp-kept-\d+-[0-9a-f]+).*/, '$1'));
    try {
      expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
      expect(names).toHaveLength(5);
      expect(JSON.parse(stdout)).toMatchObject({ held: true, left: null, kept: { folder: `/run/${id}` } });
      expect(stderr).toContain(`ip netns exec ${id}-router`);
    } finally {
      removeNamespaces({ id, names, folder: `/run/${id}` });
    }
  });

  it('refuses a kind that it does not know', async () => {
    const { exitCode, stderr } = await parpLab(['bridge']);
    expect(exitCode).toBe(3);
    expect(stderr).toContain('pseudo-bridge, private-vlan, nat-proxy, custom');
  });
});
