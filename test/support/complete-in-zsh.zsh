# complete-in-zsh.zsh SCRIPT LINE: what zsh's own completion offers behind LINE once SCRIPT is loaded, one a line. A zsh on a pseudo-terminal is sent
# the line and a tab; its compadd, through which every match has to go, says what it is given between two lines of a mark.
zmodload zsh/zpty
typeset setup=$(mktemp) reply
trap 'rm -f $setup' EXIT
cat >$setup <<'SETUP'
PROMPT=
autoload -Uz compinit
compinit -u -D
bindkey '^I' complete-word
zstyle ':completion:*' insert-tab false
compadd() {
  if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
    builtin compadd "$@"
    return
  fi
  typeset -a __hits
  builtin compadd -O __hits "$@"
  (( $#__hits )) && print -rl -- "<"${^__hits}">"
  builtin compadd "$@"
}
mark() { print -r -- MARK }
compprefuncs=(mark)
comppostfuncs=(mark)
SETUP
zpty shell zsh -f -i
zpty -w shell "source $setup; source $1; print -r REA''DY"
while zpty -r shell reply; do [[ $reply == *READY* ]] && break; done
zpty -w -n shell "$2"$'\t'
integer marks=0
while (( marks < 2 )) && zpty -r shell reply; do
  [[ $reply == *MARK* ]] && marks+=1
  [[ $reply == *'<'*'>'* ]] && print -r -- ${${reply##*<}%%>*}
done
zpty -d shell
