# This much is the same for every run; the lines above set the words it uses:
#   claude      the program, a path or a name to look up
#   lock        the lock file of the conversation
#   what        what is being started, for messages
#   give_env    exports what the account's sessions are given
#   "$@"        the arguments of claude

# Nothing that speaks of another session, login or provider is inherited, be it from tmux's global environment. A line
# of a multi-line value may look like a name here; unsetting what is not set does no harm.
for name in $(env | sed -n -e 's/^\(CLAUDE[A-Za-z0-9_]*\)=.*/\1/p' -e 's/^\(ANTHROPIC[A-Za-z0-9_]*\)=.*/\1/p'); do
  unset "$name"
done
unset AWS_BEARER_TOKEN_BEDROCK
give_env

fail() { # CODE WHY
  printf 'Cannot start %s: %s\n' "$what" "$2" >&2
  exit "$1"
}

command -v -- "$claude" >/dev/null || fail 127 "$claude is not found or cannot be run"
# macOS has no flock(1); a session without its lock could be opened twice, which forks the conversation silently.
command -v flock >/dev/null || fail 69 "flock(1) of util-linux is missing (only Linux is supported so far)"

# The pane's process stays the same one: sh becomes flock, flock becomes claude. The kernel keeps the lock for as
# long as claude lives, whatever kills it. Exit 75: the conversation is open elsewhere.
exec flock --nonblock --no-fork --conflict-exit-code 75 "$lock" "$claude" "$@"
