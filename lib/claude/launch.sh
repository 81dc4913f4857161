# This much is the same for every run; the lines above set the words it uses (named so that no variable of
# the person's own environment is changed by them):
#   cf_claude    the program, a path or a name to look up
#   cf_lock      the lock file of the conversation
#   cf_what      what is being started, for messages
#   cf_prefixes  variables that begin so are not inherited
#   cf_names     nor are these
#   cf_kept      but those that begin so are
#   cf_open      the exit code for a conversation that is open elsewhere
#   cf_give_env  exports what the account's sessions are given
#   "$@"         the arguments of claude

# Nothing that speaks of another session, login or provider is inherited, be it from tmux's global
# environment. A line of a multi-line value may look like a name here; to unset what is not set is harmless.
for cf_prefix in $cf_prefixes; do
  cf_names="$cf_names $(env | sed -n "s/^\($cf_prefix[A-Za-z0-9_]*\)=.*/\1/p")"
done
for cf_name in $cf_names; do
  case $cf_name in
  "$cf_kept"*) ;; # our own: an agent may ask claude-failover
  *) unset "$cf_name" ;;
  esac
done
cf_give_env

cf_fail() { # CODE WHY
  printf 'Cannot start %s: %s\n' "$cf_what" "$2" >&2
  exit "$1"
}

command -v -- "$cf_claude" >/dev/null || cf_fail 127 "$cf_claude is not found or cannot be run"
# macOS has no flock(1). Without its lock a conversation could be opened twice, which forks it silently.
command -v flock >/dev/null ||
  cf_fail 69 "flock(1) of util-linux is missing (only Linux is supported so far)"

# The pane's process stays the same one: sh becomes flock, flock becomes claude. The kernel keeps the
# lock for as long as claude lives, whatever kills it.
exec flock --nonblock --no-fork --conflict-exit-code "$cf_open" "$cf_lock" "$cf_claude" "$@"
