import type { Command, Help } from 'commander';
import { wrapped } from '../profile/wrapped.ts';
import { EXAMPLES, FIRST_STEPS, GROUPS, type Example } from './examples.ts';
import { EXIT_WORDS } from './exit-code-words.ts';

type Item = readonly [term: string, text: string];

/** Columns where the terminal does not say. */
const USUAL_WIDTH = 80;

/** The help of parp, or of one of its commands: examples come first. */
export function formatHelp(command: Command, help: Help): string {
  const width = Math.max(NARROWEST, help.helpWidth ?? USUAL_WIDTH);
  const sections = command.parent === null ? ofProgram(command, help, width) : ofCommand(command, help, width);
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function ofProgram(program: Command, help: Help, width: number): string[][] {
  const commands = help.visibleCommands(program);
  const itemOf = (command: Command): Item => [help.subcommandTerm(command), help.subcommandDescription(command)];
  const grouped = GROUPS.map(({ title, commands: names }) => ({
    title,
    items: names.flatMap((name) => commands.filter((command) => command.name() === name)).map(itemOf),
  }));
  const placed = new Set(GROUPS.flatMap((group) => group.commands));
  const rest = commands.filter((command) => !placed.has(command.name())).map(itemOf);
  return [
    wrap(program.description(), width),
    examples('Begin with', FIRST_STEPS, width),
    wrap(`Usage: ${help.commandUsage(program)}`, width),
    ...grouped.map(({ title, items }) => listed(title, items, width)),
    listed('Help', rest, width),
    listed('Options', optionsOf(program, help), width),
    listed('Exit codes', EXIT_WORDS, width),
  ];
}

function ofCommand(command: Command, help: Help, width: number): string[][] {
  return [
    examples('Examples', EXAMPLES[command.name()] ?? [], width),
    wrap(`Usage: ${help.commandUsage(command)}`, width),
    wrap(help.commandDescription(command), width),
    listed('Options', optionsOf(command, help), width),
    listed(
      'Options of every command',
      help
        .visibleGlobalOptions(command)
        .filter(({ long }) => long !== '--version')
        .map((option): Item => [help.optionTerm(option), help.optionDescription(option)]),
      width,
    ),
  ];
}

function optionsOf(command: Command, help: Help): Item[] {
  return help.visibleOptions(command).map((option) => [help.optionTerm(option), help.optionDescription(option)]);
}

/** Command lines stay whole, so that they can be copied. */
function examples(title: string, all: readonly Example[], width: number): string[] {
  if (all.length === 0) return [];
  return listed(
    title,
    all.map(({ line, what }): Item => [line, what]),
    width,
  );
}

/** Narrower than this, what is told of a term goes below it. */
const NARROWEST = 24;

function listed(title: string, items: readonly Item[], width: number): string[] {
  if (items.length === 0) return [];
  const widest = items.reduce((most, [term]) => Math.max(most, term.length), 0);
  const left = widest + 4;
  const lines = items.flatMap(([term, text]) => {
    if (width - left < NARROWEST) return [`  ${term}`, ...wrap(text, width - 6).map((line) => `      ${line}`)];
    return wrap(text, width - left).map((line, at) => `  ${(at === 0 ? term : '').padEnd(widest)}  ${line}`);
  });
  return [`${title}:`, ...lines];
}

/** Broken at spaces; a word that is longer than a line behind a comma, a slash or an equals sign, and only then anywhere. */
export function wrap(text: string, width: number): string[] {
  const words = text.split(' ').flatMap((word) => piecesOf(word, width));
  return wrapped(words.join(' '), width);
}

function piecesOf(word: string, width: number): string[] {
  if (word.length <= width) return [word];
  const at = Math.max(...[',', '/', '='].map((mark) => word.lastIndexOf(mark, width - 1))) + 1 || width;
  return [word.slice(0, at), ...piecesOf(word.slice(at), width)];
}
