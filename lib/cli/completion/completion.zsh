#compdef claude-failover
# zsh completion for claude-failover
# Nothing that is typed or answered is evaluated: words are arguments, and compadd quotes the answers.
_claude-failover() {
  local line
  local -a lines values shown
  lines=("${(@f)$(command claude-failover __complete "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  case $lines[1] in
  (:files) _files ;;
  (:dirs) _files -/ ;;
  (*)
    for line in "${(@)lines[2,-1]}"; do
      values+=("${line%%$'\t'*}")
      shown+=("${line/$'\t'/  -- }")
    done
    compadd -l -d shown -a -- values
    ;;
  esac
}
if [[ $funcstack[1] == _claude-failover ]]; then
  _claude-failover "$@"
else
  compdef _claude-failover claude-failover
fi
