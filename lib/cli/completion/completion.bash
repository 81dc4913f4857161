# bash completion for claude-failover
# Nothing that is typed or answered is evaluated: words are arguments, and answers are quoted.
_claude_failover() {
  local line kind=
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ -z $kind ]]; then
      kind=$line
      continue
    fi
    printf -v line %q "${line%%$'\t'*}"
    COMPREPLY+=("$line")
  done < <(command claude-failover __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  case $kind in
  :files) compopt -o default 2>/dev/null ;;
  :dirs) compopt -o dirnames -o filenames 2>/dev/null ;;
  esac
}
complete -F _claude_failover claude-failover
