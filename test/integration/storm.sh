# How the scripted agent does tasks: storm.ts puts these lines into agent.sh before its start, so that its functions can be
# replaced; its own `request` and `limit` are `ask_model` and `hit_limit` here. What a prompt tells it becomes calls of
# storm_work.sh beside the program, which writes down what was really done, whatever the daemon believes. POSIX sh.

work=${0%/*}/storm_work.sh

steps_of() {
  file=$(printf '%s\n' "$1" | sed -n -E 's/.*(do what the file|what became of|task is in the file) "([^"]*)".*/\2/p' | tail -n 1)
  id=$(printf '%s\n' "$1" | sed -n -E 's/.*claude-failover task done ([0-9a-z-]+) .*/\1/p' | tail -n 1)
  [ -n "$file" ] && [ -n "$id" ] || return 0
  case $1 in
    *'what became of "'*) printf 'bash sh %s nudged %s %s\n' "$work" "$id" "$file" ;;
    *) printf 'bash sh %s work %s %s\nbash sh %s end %s %s\n' "$work" "$id" "$file" "$work" "$id" "$file" ;;
  esac
}

# Each prompt of a task says where it is, so nothing is taken from earlier ones.
open_steps() { :; }

# The provider does not always answer: `refuse` in fake-account says how it refuses.
request() {
  refuse=$(account_value refuse)
  [ -z "$refuse" ] && ask_model
}

limit() {
  case $refuse in
    '') hit_limit ;;
    throttle) refused rate_limit 'API Error: Server is temporarily limiting requests (not your usage limit) · try again later' ;;
    *) refused server_error 'API Error: 529 Overloaded. This is a server-side issue, usually temporary — try again in a moment.' ;;
  esac
}

