import type { Command, Option } from 'commander';

// The commands as plain data, for what is made of them: completion, manual pages and help.

/** The hidden command that completion asks for names while somebody types. */
export const NAMES_COMMAND = 'complete-names';

export interface OptionEntry {
  readonly short: string | null;
  readonly long: string;
  /** The option as help shows it: `-i, --interface <name>`. */
  readonly term: string;
  /** What its value is called, `<name>`; null where it takes none as a word of its own. */
  readonly value: string | null;
  readonly choices: readonly string[];
  readonly description: string;
}

export interface ArgumentEntry {
  readonly name: string;
  readonly required: boolean;
  readonly variadic: boolean;
}

export interface CommandEntry {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly description: string;
  readonly arguments: readonly ArgumentEntry[];
  readonly options: readonly OptionEntry[];
}

export interface CommandTree {
  readonly description: string;
  /** The options that every command takes, and parp alone. */
  readonly options: readonly OptionEntry[];
  readonly commands: readonly CommandEntry[];
}

/** The commands and options that are no secret, in their order. */
export function commandTree(program: Command): CommandTree {
  const help = program.createHelp();
  const optionOf = (option: Option): OptionEntry => ({
    short: option.short ?? null,
    long: option.long ?? '',
    term: help.optionTerm(option),
    // The value of --confirm comes behind = alone.
    value: option.required && option.long !== '--confirm' ? (/<[^>]+>/.exec(option.flags)?.[0] ?? null) : null,
    choices: option.argChoices ?? [],
    description: help.optionDescription(option),
  });
  return {
    description: program.description(),
    options: help.visibleOptions(program).map(optionOf),
    commands: help
      .visibleCommands(program)
      .filter((command) => command.name() !== 'help')
      .map((command) => ({
        name: command.name(),
        aliases: command.aliases(),
        description: command.description(),
        arguments: command.registeredArguments.map((argument) => ({
          name: argument.name(),
          required: argument.required,
          variadic: argument.variadic,
        })),
        options: help
          .visibleOptions(command)
          .filter(({ long }) => long !== '--help')
          .map(optionOf),
      })),
  };
}
