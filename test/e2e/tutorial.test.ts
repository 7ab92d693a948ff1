// The story: a beginner pastes the blocks of docs/tutorial.md into a root shell, one after the other. Each has to work, and say what the page says.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CAN_BUILD } from '../support/namespaces.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const BLOCKS = [...readFileSync(join(ROOT, 'docs/tutorial.md'), 'utf8').matchAll(/```sh\n([^`]*?)```/g)].map(([, text]) => text ?? '');

/** Also where a block fails. */
const LEAVE_NOTHING = `trap 'for host in left neighbour router right floor; do ip netns delete "$LAB-$host" 2>/dev/null || true; done; rm -rf "/run/\${LAB:-none}"' EXIT`;

/** In a /run of its own: the page takes the lab that was kept last for its own, and another test may keep one meanwhile. */
const APART = ['--mount', 'sh', '-ec', 'mount -t tmpfs tmpfs /run; exec "$@"', 'sh'];

describe.skipIf(!CAN_BUILD)('docs/tutorial.md', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'parp-tutorial-'));
    writeFileSync(join(folder, 'parp'), `#!/bin/sh\nexec ${process.execPath} ${join(ROOT, 'bin/parp')} "$@"\n`);
    chmodSync(join(folder, 'parp'), 0o755);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('works block by block', () => {
    // The file of the profile is this run's own.
    const script = BLOCKS.map((block, at) => `echo "== ${at}"\n${block.replaceAll('/tmp/office.yaml', `${folder}/office.yaml`)}`).join(
      '\n',
    );
    const { status, stdout: output } = spawnSync('unshare', [...APART, 'bash', '-e', '-c', `exec 2>&1\n${LEAVE_NOTHING}\n${script}`], {
      encoding: 'utf8',
      env: { ...process.env, PATH: `${folder}:${process.env['PATH'] ?? ''}` },
    });
    expect(status, output).toBe(0);
    const said = output.split(/^== \d+\n/m).slice(1);
    expect(said).toHaveLength(BLOCKS.length);
    const [lab, apart, incomplete, plan, explained, applied, confirmed, probed, drifted, removed, cleaned] = said;
    expect(lab).toContain('Everything was as it should be');
    expect(apart).toContain('left does not reach right');
    expect(incomplete).toMatch(/FAILED|INCOMPLETE/);
    expect(plan).toContain('+ route 192.168.0.66/32 dev eth1 src 192.168.0.1');
    expect(explained).toMatch(/silence|does not answer/i);
    expect(applied).toMatch(/ 0% packet loss[^]*192\.168\.0\.66 dev eth0 lladdr 02:00:00:00:03:01/);
    expect(confirmed).toContain('in force');
    expect(probed).toMatch(/192\.168\.0\.66 +taken[^]*192\.168\.0\.66 +free/);
    expect(drifted).toMatch(/conf\/eth0\/proxy_arp: wanted 1, found 0[^]*1 operation: 1 to change/);
    expect(removed).toContain('as it was before');
    expect(cleaned).toBe('');
  }, 120_000);
});
