import { describe, expect, it } from 'vitest';
import { annotation, showDiagnostics } from '../../src/cli/show-diagnostics.ts';
import type { Diagnostic } from '../../src/profile/diagnostic.ts';
import { recordingTerminal } from './recording-terminal.ts';

const MISTAKE: Diagnostic = {
  severity: 'error',
  code: 'unknown-key',
  message: 'Unknown key "adresses"',
  file: 'profiles/office, west.yaml',
  line: 6,
  column: 5,
  length: 8,
  instead: 'addresses',
  excerpt: '    adresses: [192.168.0.1/24]',
};

describe('annotation()', () => {
  it('is what GitHub shows beside the line', () => {
    expect(annotation(MISTAKE)).toBe(
      '::error file=profiles/office%2C west.yaml,line=6,endLine=6,col=5,endColumn=12,title=parp%3A unknown-key::Unknown key "adresses": write addresses',
    );
  });

  it('stays one command, whatever a profile holds', () => {
    const { instead: _instead, ...rest } = MISTAKE;
    const text = annotation({ ...rest, severity: 'warning', message: '100 %\n::add-mask::x\r', file: 'a\n::b:c' });
    expect(text).not.toMatch(/[\r\n]/);
    expect(text).toContain('::100 %25%0A::add-mask::x%0D');
    expect(text).toContain('file=a%0A%3A%3Ab%3Ac,');
  });
});

describe('showDiagnostics()', () => {
  it('annotates on GitHub alone', () => {
    for (const [value, annotated] of [
      ['true', true],
      [undefined, false],
      ['', false],
    ] as const) {
      const terminal = recordingTerminal();
      showDiagnostics([MISTAKE], terminal, { GITHUB_ACTIONS: value });
      expect(terminal.err.join('\n')).toContain(' --> profiles/office, west.yaml:6:5');
      expect(terminal.err.join('\n').includes('::error file=')).toBe(annotated);
    }
  });
});
