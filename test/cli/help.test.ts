import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { commandTree } from '../../src/cli/command-tree.ts';
import { EXAMPLES, FIRST_STEPS, GROUPS } from '../../src/cli/examples.ts';
import { EXIT } from '../../src/cli/exit-code.ts';
import { EXIT_WORDS } from '../../src/cli/exit-code-words.ts';
import { wrap } from '../../src/cli/help.ts';
import { buildProgram } from '../../src/cli/program.ts';

const tree = commandTree(buildProgram(() => undefined));
const names = tree.commands.map(({ name }) => name);

/** The help of parp, or of a command, on a terminal of so many columns. */
function helpAt(columns: number, name?: string): string {
  const program = buildProgram(() => undefined);
  const command = name === undefined ? program : commandOf(program, name);
  command.configureOutput({ getOutHelpWidth: () => columns });
  return command.helpInformation();
}

function commandOf(program: Command, name: string): Command {
  const command = program.commands.find((one) => one.name() === name);
  if (command === undefined) throw new Error(`There is no command "${name}"`);
  return command;
}

describe('the examples', () => {
  it('are there for every command, and for no other', () => {
    expect(Object.keys(EXAMPLES).toSorted()).toEqual(names.toSorted());
    expect(Object.values(EXAMPLES).filter((some) => some.length === 0)).toEqual([]);
  });

  it.each([...names.map((name) => ({ name, examples: EXAMPLES[name] ?? [] })), { name: null, examples: FIRST_STEPS }])(
    'of $name are lines that parp understands',
    ({ name, examples }) => {
      for (const { line } of examples) {
        const words = line
          .replace(/^.*?\bparp /, '')
          .replace(/ >.*|\)$/, '')
          .split(' ');
        const [first = ''] = words;
        if (name !== null) expect(first).toBe(name);
        const program = buildProgram(() => undefined);
        const { operands, unknown } = program.parseOptions(words);
        expect(commandOf(program, first).parseOptions([...operands.slice(1), ...unknown]).unknown, line).toEqual([]);
      }
    },
  );
});

describe('the groups', () => {
  it('hold each command once', () => {
    expect(GROUPS.flatMap(({ commands }) => commands).toSorted()).toEqual(names.toSorted());
  });
});

describe('help', () => {
  it('says every exit code', () => {
    const codes = EXIT_WORDS.flatMap(([code]) => code.split(', ').map(Number));
    expect(codes.toSorted((a, b) => a - b)).toEqual([...Object.values(EXIT), 130, 143].toSorted((a, b) => a - b));
  });

  it('shows every command of parp below its purpose', () => {
    const text = helpAt(80);
    for (const { title, commands } of GROUPS) {
      const section = text.slice(text.indexOf(`${title}:\n`)).split('\n\n')[0] ?? '';
      for (const name of commands) expect(section).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
    }
  });

  it.each(names)('of %s begins with its examples', (name) => {
    const text = helpAt(80, name);
    expect(text.startsWith('Examples:\n')).toBe(true);
    expect(text).toContain(EXAMPLES[name]?.[0]?.line);
    expect(text).toContain(`\nUsage: parp ${name}`);
    for (const { term } of tree.commands.find((command) => command.name === name)?.options ?? []) expect(text).toContain(`  ${term}`);
  });

  it.each([40, 80])('keeps within %i columns but for lines to be copied', (columns) => {
    const copied = new Set([...Object.values(EXAMPLES), FIRST_STEPS].flat().map(({ line }) => `  ${line}`));
    for (const name of [undefined, ...names]) {
      const long = helpAt(columns, name)
        .split('\n')
        .filter((line) => line.length > columns && !copied.has(line));
      expect(long).toEqual([]);
    }
  });
});

describe('wrap()', () => {
  it.each([
    ['one two three', 8, ['one two', 'three']],
    ['segments.1.hosts=10.0.0.8,10.0.0.9;', 20, ['segments.1.hosts=', '10.0.0.8,10.0.0.9;']],
    ['a 0123456789', 4, ['a', '0123', '4567', '89']],
    ['', 4, ['']],
  ])('breaks %j at %i', (text, width, lines) => {
    expect(wrap(text, width)).toEqual(lines);
  });
});
