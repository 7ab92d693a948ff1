import { NAMES_COMMAND, type CommandEntry, type CommandTree, type OptionEntry } from './command-tree.ts';
import { spellings, valuesOfArguments, valuesOfOption, type Values } from './completed-values.ts';

/** The script for fish: to be found as completions/parp.fish. */
export function fishCompletion({ options, commands }: CommandTree): string {
  const taking = options.filter((option) => valuesOfOption(option) !== null).flatMap(spellings);
  return `# Completes parp in fish: parp completion fish > ~/.config/fish/completions/parp.fish

function __parp_command
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
            continue
        end
        switch $word
            case ${taking.join(' ')}
                set skip 1
            case '-*'
            case '*'
                echo $word
                return
        end
    end
end

function __parp_in
    contains -- (__parp_command; or echo) $argv
end

function __parp_netns
    set -l next 0
    set -l netns
    for word in (commandline -opc)[2..-1]
        if test $next = 1
            set next 0
            set netns --netns=$word
            continue
        end
        switch $word
            case --
                break
            case --netns
                set next 1
            case '--netns=*'
                set netns $word
        end
    end
    string join \\n -- $netns
end

function __parp_names
    set -l program (commandline -opc)[1]
    $program (__parp_netns) ${NAMES_COMMAND} $argv[1] 2>/dev/null </dev/null
end

complete -c parp -f
${options.map((option) => `complete -c parp ${optionOf(option)}\n`).join('')}
complete -c parp -n 'test -z (__parp_command)' -a help -d 'show how to use a command'
complete -c parp -n '__parp_in help' -a ${quoted(commands.map(({ name }) => name).join(' '))}
${commands.map(linesOf).join('')}`;
}

function linesOf(command: CommandEntry): string {
  const names = [command.name, ...command.aliases];
  const within = `-n '__parp_in ${names.join(' ')}'`;
  const values = valuesOfArguments(command);
  return [
    ...names.map((name) => `complete -c parp -n 'test -z (__parp_command)' -a ${name} -d ${quoted(command.description)}`),
    ...command.options.map((option) => `complete -c parp ${within} ${optionOf(option)}`),
    ...(values === null || values.of === 'anything' ? [] : [`complete -c parp ${within} ${offer(values)}`]),
    '',
  ].join('\n');
}

function optionOf(option: OptionEntry): string {
  const values = valuesOfOption(option);
  const short = option.short === null ? '' : `-s ${option.short.slice(1)} `;
  const value = values === null ? '' : ` -r ${offer(values)}`;
  return `${short}-l ${option.long.slice(2)}${value.trimEnd()} -d ${quoted(option.description)}`;
}

function offer(values: Values): string {
  switch (values.of) {
    case 'words':
      return `-f -a ${quoted(values.words.join(' '))}`;
    case 'names':
      return `-f -a '(__parp_names ${values.names})'`;
    case 'files':
      return '-F';
    case 'folders':
      return `-f -a '(__fish_complete_directories)'`;
    case 'anything':
      return '-f';
  }
}

/** In fish a quote and a backslash within single quotes are escaped by a backslash. */
function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`;
}
