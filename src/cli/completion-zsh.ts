import { NAMES_COMMAND, type CommandEntry, type CommandTree, type OptionEntry } from './command-tree.ts';
import { spellings, valuesOfArguments, valuesOfOption, type Values } from './completed-values.ts';

/** The script for zsh: to be found as _parp in the fpath, or sourced after compinit. */
export function zshCompletion({ options, commands }: CommandTree): string {
  const shared = options.filter(({ long }) => long !== '--version');
  return `#compdef parp
# Completes parp in zsh: parp completion zsh > "\${fpath[1]}/_parp"

_parp_names() {
  local -a names
  names=(\${(f)"$("$_parp_program" \${_parp_netns:+--netns=$_parp_netns} ${NAMES_COMMAND} "$1" 2>/dev/null </dev/null)"})
  compadd -a names
}

_parp() {
  local curcontext=$curcontext state line _parp_program=\${words[1]/#\\~/$HOME} _parp_netns= ret=1
  local -i at
  for ((at = 2; at < CURRENT; at++)); do
    case $words[at] in
      --) break ;;
      --netns) ((++at < CURRENT)) && _parp_netns=\${(Q)words[at]} ;;
      --netns=*) _parp_netns=\${(Q)words[at]#--netns=} ;;
    esac
  done
  local -a commands shared
  shared=(
${shared.map((option) => `    ${specOf(option)}\n`).join('')}  )
  # With -A options behind the command are the command's: otherwise one that parp knows itself would hide it.
  _arguments -C -A '-*' $shared '(- *)'{-V,--version}'[print the version]' '1: :->command' '*:: :->arguments' && ret=0
  case $state in
    command)
      commands=(
        ${quoted('help:show how to use a command')}
${commands.flatMap(({ name, aliases, description }) => [name, ...aliases].map((word) => `        ${quoted(`${word}:${description.replaceAll(':', String.raw`\:`)}`)}\n`)).join('')}      )
      _describe -t commands 'command' commands && ret=0
      ;;
    arguments)
      case $words[1] in
        help) _values 'command' ${commands.map(({ name }) => name).join(' ')} && ret=0 ;;
${commands.map(caseOf).join('')}      esac
      ;;
  esac
  return ret
}

if [[ $funcstack[1] == _parp ]]; then
  _parp "$@"
else
  compdef _parp parp
fi
`;
}

function caseOf(command: CommandEntry): string {
  const values = valuesOfArguments(command);
  const variadic = command.arguments.some((argument) => argument.variadic);
  const specs = command.options.map(specOf);
  if (values !== null) specs.push(quoted(`${variadic ? '*' : '1'}: :${action(values)}`));
  return `        ${[command.name, ...command.aliases].join('|')}) _arguments $shared${specs.map((spec) => ` \\\n          ${spec}`).join('')} && ret=0 ;;\n`;
}

/** `'(-i --interface)'{-i,--interface}'[where]: :…'`: one of the spellings is enough. */
function specOf(option: OptionEntry): string {
  const values = valuesOfOption(option);
  const both = spellings(option);
  const value = values === null ? '' : `: :${action(values)}`;
  const text = `[${option.description.replaceAll(/[[\]:\\]/g, String.raw`\$&`)}]${value}`;
  const long = values === null ? option.long : `${option.long}=`;
  if (option.short === null) return quoted(`${long}${text}`);
  return `${quoted(`(${both.join(' ')})`)}{${option.short},${long}}${quoted(text)}`;
}

function action(values: Values): string {
  switch (values.of) {
    case 'words':
      return `(${values.words.join(' ')})`;
    case 'names':
      // With a space before it, _arguments puts no options of compadd between the words.
      return ` _parp_names ${values.names}`;
    case 'files':
      return '_files';
    case 'folders':
      return '_files -/';
    case 'anything':
      return ' ';
  }
}

/** A word in single quotes, as zsh reads it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
