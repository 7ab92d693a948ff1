import { NAMES_COMMAND, type CommandTree, type OptionEntry } from './command-tree.ts';
import { spellings, valuesOfArguments, valuesOfOption, type Values } from './completed-values.ts';

/** The script for bash: it needs no bash-completion. */
export function bashCompletion({ options, commands }: CommandTree): string {
  const taking = options.filter((option) => valuesOfOption(option) !== null);
  const names = commands.flatMap(({ name, aliases }) => [name, ...aliases]);
  return `# Completes parp in bash: source <(parp completion bash)
# The names behind _parp_names are asked for as they are typed, and none of these functions evaluates what it was given.

_parp_words() {
  local word
  for word in "$@"; do [[ $word == "$cur"* ]] && COMPREPLY+=("$word"); done
}

_parp_names() {
  local word
  while IFS= read -r word; do _parp_words "$word"; done < <("$program" \${netns:+"--netns=$netns"} ${NAMES_COMMAND} "$1" 2>/dev/null </dev/null)
}

_parp_paths() {
  local word
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen "$1" -- "$cur")
  compopt -o filenames 2>/dev/null
}

_parp() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} program=\${COMP_WORDS[0]/#\\~/$HOME} command= netns= word
  local -i at=1
  COMPREPLY=()
  # bash takes the = of --option=value for a word.
  if [[ $cur == = ]]; then
    cur=
  elif [[ $prev == = ]]; then
    prev=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  for (( ; at < COMP_CWORD; at++)); do
    case \${COMP_WORDS[at]} in
      --) break ;;
      --netns)
        [[ \${COMP_WORDS[at+1]} == = ]] && at+=1
        at+=1
        (( at < COMP_CWORD )) && netns=\${COMP_WORDS[at]}
        ;;
      --netns=*) netns=\${COMP_WORDS[at]#--netns=} ;;
    esac
  done
  for ((at = 1; at < COMP_CWORD; at++)); do
    word=\${COMP_WORDS[at]}
    case $word in
      ${pattern(taking)}) [[ \${COMP_WORDS[at+1]} == = ]] && at+=1; at+=1 ;;
      -*|=) ;;
      *) command=$word; break ;;
    esac
  done
  case $prev in
${cases(options, '    ')}  esac
  case $command in
    '')
      if [[ $cur == -* ]]; then
        _parp_words ${flags(options)}
      else
        _parp_words help ${names.join(' ')}
      fi
      ;;
    help)
      _parp_words ${names.join(' ')}
      ;;
${commands
  .map((command) => {
    const values = valuesOfArguments(command);
    const valued = cases(command.options, '        ');
    return `    ${[command.name, ...command.aliases].join('|')})
${valued === '' ? '' : `      case $prev in\n${valued}      esac\n`}      if [[ $cur == -* ]]; then
        _parp_words ${flags([...command.options, ...options.filter(({ long }) => long !== '--version')])}
${values === null ? '' : `      else\n        ${offer(values)}\n`}      fi
      ;;
`;
  })
  .join('')}  esac
}

complete -F _parp parp
`;
}

function pattern(options: readonly OptionEntry[]): string {
  return options.flatMap(spellings).join('|');
}

function flags(options: readonly OptionEntry[]): string {
  return options.flatMap(spellings).join(' ');
}

/** What is offered behind each option that takes a value. */
function cases(options: readonly OptionEntry[], indent: string): string {
  return options
    .flatMap((option) => {
      const values = valuesOfOption(option);
      return values === null ? [] : [`${indent}${pattern([option])}) ${offer(values)}; return ;;\n`];
    })
    .join('');
}

function offer(values: Values): string {
  switch (values.of) {
    case 'words':
      return `_parp_words ${values.words.join(' ')}`;
    case 'names':
      return `_parp_names ${values.names}`;
    case 'files':
      return '_parp_paths -f';
    case 'folders':
      return '_parp_paths -d';
    case 'anything':
      return ':';
  }
}
