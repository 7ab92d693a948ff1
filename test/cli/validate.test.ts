import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { schema } from '../../src/cli/schema.ts';
import { validate } from '../../src/cli/validate.ts';
import { profileJsonSchema } from '../../src/profile/json-schema.ts';
import { recordingTerminal } from './recording-terminal.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'parp-validate-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('validate()', () => {
  it('names the profiles of files without mistakes', async () => {
    const path = write('two.yaml', 'version: 1\nkind: custom\n---\nversion: 1\nkind: private-vlan\nname: guests\ninterfaces: [eth0]\n');
    const terminal = recordingTerminal();
    expect(await validate([path], terminal)).toBe(0);
    expect(terminal.out).toEqual([`${path}: ok (custom "two", private-vlan "guests")`]);
    expect(terminal.err).toEqual([]);
  });

  it('draws mistakes on stderr, and still names what is right', async () => {
    const right = write('right.yaml', 'version: 1\nkind: custom\n');
    const wrong = write('wrong.yaml', 'version: 1\nkind: custom\nadresses: []\n');
    const terminal = recordingTerminal();
    expect(await validate([wrong, right], terminal)).toBe(3);
    expect(terminal.out).toEqual([`${right}: ok (custom "right")`]);
    expect(terminal.err.join('')).toContain(`error[unknown-key]: Unknown key "adresses"\n --> ${wrong}:3:1`);
  });

  it('passes warnings', async () => {
    const path = write('warned.yaml', 'version: 1\nkind: custom\naddresses: [{ address: 10.0.0.0/24, interface: eth0 }]\n');
    const terminal = recordingTerminal();
    expect(await validate([path], terminal)).toBe(0);
    expect(terminal.out).toEqual([`${path}: ok (custom "warned")`]);
    expect(terminal.err.join('')).toContain('warning[network-address]');
  });

  it('gives one document with --json', async () => {
    const path = write('json.yaml', `version: 1\nkind: custom\n---\nversion: 1\nkind: custom\nname: x\nwrong: ${'a'.repeat(5000)}\n`);
    const terminal = recordingTerminal({ json: true });
    expect(await validate([path], terminal)).toBe(3);
    expect(terminal.err).toEqual([]);
    expect(terminal.out).toHaveLength(1);
    const document = JSON.parse(terminal.out[0] ?? '') as { diagnostics: { excerpt: string }[] };
    expect(document).toMatchObject({
      schema: 'parp.validate/1',
      files: [{ file: path, ok: false }],
      profiles: [{ name: 'json', kind: 'custom', file: path }],
      diagnostics: [{ severity: 'error', code: 'unknown-key', file: path, line: 7, column: 1, length: 5 }],
    });
    expect(document.diagnostics[0]?.excerpt.length).toBeLessThan(200);
  });

  it('needs a file', async () => {
    await expect(validate([], recordingTerminal())).rejects.toMatchObject({ ending: 'invalid', code: 'usage' });
  });
});

describe('schema()', () => {
  it.each([false, true])('writes the JSON Schema on stdout (--json: %s)', async (json) => {
    const written: string[] = [];
    const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
    try {
      expect(await schema(undefined, recordingTerminal({ json }))).toBe(0);
    } finally {
      write.mockRestore();
    }
    expect(JSON.parse(written.join(''))).toEqual(profileJsonSchema());
  });
});
