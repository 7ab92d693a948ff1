// The story: a repository of profiles with the workflows of docs/ci.md. Their steps are run as they stand there, with a GitHub and a GitLab that are a
// program each writing down what it was told: `gh` and `curl`. parp is installed from a package, as the page says.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { captureOf } from '../../src/model/capture.ts';
import { freshHost } from '../support/memory-kernel.ts';
import { OFFICE } from '../support/plain-profiles.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const BLOCKS = [...readFileSync(join(ROOT, 'docs/ci.md'), 'utf8').matchAll(/```yaml\n([^`]*)```/g)].map(([, text]) => load(text ?? ''));
const [GITHUB, GITLAB] = BLOCKS as [
  { jobs: { plan: { steps: { name?: string; run?: string; env?: Record<string, string> }[] } } },
  { plan: { before_script: string[]; script: string[] } },
];
const STEPS = GITHUB.jobs.plan.steps.flatMap(({ run, env = {} }) => (run === undefined ? [] : [{ run, env }]));

/** What it takes on this machine to reach the registry that parp's own dependency comes from: a proxy, its certificate. */
const REACHING = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => /^(NODE_EXTRA_CA_CERTS|npm_config_(registry|cafile)|(https?|no)_proxy)$/i.test(name)),
);

interface Ended {
  readonly exitCode: number;
  readonly output: string;
}

let folder = '';
let packed = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'parp-ci-'));
  // npm pack builds; in a copy, so that nothing of this tree is made anew beside the other tests.
  const copy = join(folder, 'parp');
  const tracked = ['.build', 'bin', 'docs', 'profiles', 'src', 'package.json', 'package-lock.json', 'tsconfig.json'];
  for (const name of tracked) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  for (const name of ['README.md', 'CHANGELOG.md', 'LICENSE']) cpSync(join(ROOT, name), join(copy, name));
  execFileSync('ln', ['-s', join(ROOT, 'node_modules'), join(copy, 'node_modules')]);
  const [file] = execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: copy, encoding: 'utf8' })
    .trim()
    .split('\n')
    .slice(-1);
  packed = join(folder, file ?? '');
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A repository with one profile, the router's state, and parp's package. */
function repository(name: string, profile: string): string {
  const root = join(folder, name);
  for (const part of ['profiles', 'state', 'tools', 'bin', 'home']) mkdirSync(join(root, part), { recursive: true });
  writeFileSync(join(root, 'profiles/edge.yaml'), profile);
  writeFileSync(join(root, 'state/edge.json'), JSON.stringify(captureOf(freshHost(['eth0', 'eth1']))));
  cpSync(packed, join(root, 'tools/parp-0.1.0.tgz'));
  for (const told of ['gh', 'curl']) {
    const script = `#!/bin/sh\nprintf '%s\\n' "$@" >> ${told}.told\n`;
    writeFileSync(join(root, 'bin', told), script, { mode: 0o755 });
  }
  return root;
}

function shell(cwd: string, script: string, env: Readonly<Record<string, string>> = {}): Ended {
  try {
    const output = execFileSync('bash', ['-e', '-c', `exec 2>&1; ${script}`], {
      cwd,
      encoding: 'utf8',
      env: {
        PATH: `${join(cwd, 'bin')}:${process.env['PATH'] ?? ''}`,
        HOME: process.env['HOME'] ?? '/root',
        ...REACHING,
        npm_config_prefix: cwd,
        npm_config_prefer_offline: 'true',
        npm_config_audit: 'false',
        npm_config_update_notifier: 'false',
        ...env,
      },
    });
    return { exitCode: 0, output };
  } catch (error) {
    const { status, stdout } = error as { status: number | null; stdout: string };
    return { exitCode: status ?? -1, output: stdout };
  }
}

/** Every step by itself, as GitHub runs them; the first that fails ends it, but for the last, which always comes. */
function onGithub(root: string): readonly Ended[] {
  const given = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: join(root, 'summary.md'), GITHUB_OUTPUT: join(root, 'output') };
  const ended: Ended[] = [];
  for (const { run, env } of STEPS) {
    if (ended.at(-1) !== undefined && ended.at(-1)?.exitCode !== 0) continue;
    const filled = Object.fromEntries(Object.entries(env).map(([key, value]) => [key, value.replaceAll(/\$\{\{.*?\}\}/g, '7')]));
    ended.push(shell(root, run, { ...given, ...filled }));
  }
  return ended;
}

describe('the workflow for GitHub', () => {
  it('plans, writes the summary and comments', () => {
    const root = repository('github', OFFICE);
    const ended = onGithub(root);
    expect(ended.map(({ output, exitCode }) => (exitCode === 0 ? '' : output))).toEqual(STEPS.map(() => ''));
    const plan = readFileSync(join(root, 'plan.md'), 'utf8');
    expect(plan).toMatch(/^### parp plan: `office` \(pseudo-bridge\)\n/);
    expect(readFileSync(join(root, 'summary.md'), 'utf8')).toBe(plan);
    const told = readFileSync(join(root, 'gh.told'), 'utf8').trim().split('\n');
    expect(told).toEqual(['pr', 'comment', '7', '--edit-last', '--create-if-none', '--body-file', 'plan.md']);
  }, 120_000);

  it('stops at a mistake, which is an annotation', () => {
    const root = repository('mistake', OFFICE.replace('addresses:', 'adresses:'));
    const ended = onGithub(root);
    expect(ended.map(({ exitCode }) => exitCode)).toEqual([0, 3]);
    expect(ended[1]?.output).toContain('::error file=profiles/edge.yaml,line=6,endLine=6,col=5,endColumn=12,title=parp%3A unknown-key::');
  }, 120_000);
});

describe('the pipeline for GitLab', () => {
  /** All lines of a job in one shell. */
  const script = [...GITLAB.plan.before_script, ...GITLAB.plan.script].join('\n');

  it('plans and comments', () => {
    const root = repository('gitlab', OFFICE);
    const env = {
      PARP_COMMENT_TOKEN: 'secret',
      CI_API_V4_URL: 'https://gitlab.invalid/api/v4',
      CI_PROJECT_ID: '3',
      CI_MERGE_REQUEST_IID: '9',
    };
    const { exitCode, output } = shell(root, script, env);
    expect(exitCode, output).toBe(0);
    expect(readFileSync(join(root, 'plan.md'), 'utf8')).toContain('### parp plan: `office`');
    expect(readFileSync(join(root, 'curl.told'), 'utf8')).toContain('https://gitlab.invalid/api/v4/projects/3/merge_requests/9/notes');
  }, 120_000);

  it('fails where the plan is refused', () => {
    const root = repository('refused', OFFICE.replace('eth1', 'eth7'));
    const { exitCode, output } = shell(root, script, { CI_API_V4_URL: 'x', CI_PROJECT_ID: '3', CI_MERGE_REQUEST_IID: '9' });
    expect(exitCode, output).toBe(1);
    expect(readFileSync(join(root, 'plan.md'), 'utf8')).toContain('**refusal** `no-such-interface`');
  }, 120_000);
});
