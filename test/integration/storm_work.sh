# What an agent does for a task: `sh storm_work.sh work|end|nudged ID FILE`, as its tool calls. The file says in lines how long
# the work takes (`work: MS`) and how it ends (`end: WAY`). What was done goes into the ledger beside this program, a line each:
#
#   MS WHAT TASK SESSION AGENT-PID     WHAT: begin worked again overlap gone silent end-WAY
#
# `begin` is work that has an effect; somebody who finds it done does not do it again, as a careful agent would.
set -u
beside=${0%/*} action=$1 id=$2 file=$3
ledger=$beside/ledger
agent=${CLAUDE_PID:-0}

note() { printf '%s %s %s %s %s\n' "$(date +%s%3N)" "$1" "$id" "${CLAUDE_FAILOVER_SESSION:--}" "$agent" >>"$ledger"; }
says() { sed -n "s/^$1: *//p" "$2" 2>/dev/null | head -n 1; }
lives() { case $(sed 's/.*) //; s/ .*//' "/proc/$1/stat" 2>/dev/null) in '' | Z | X) return 1 ;; esac; } # nobody may have reaped it yet
is_done() { grep -q " worked $id " "$ledger" 2>/dev/null; }

# The file may be moved away while we look: then the task is over.
copy=$beside/tasks/$id
[ -s "$copy" ] || { mkdir -p "$beside/tasks" && cat "$file" >"$copy.$$" 2>/dev/null && mv "$copy.$$" "$copy"; }
rm -f "$copy.$$"

do_work() {
  if is_done; then note again && return; fi
  [ -e "$file" ] || { note gone && exit 0; }
  # Another agent that lives and is at this very task?
  holder=$(cat "$copy.agent" 2>/dev/null)
  [ -z "$holder" ] || [ "$holder" = "$agent" ] || ! lives "$holder" || note overlap
  printf '%s' "$agent" >"$copy.agent"
  note begin
  ms=$(says work "$copy")
  sleep "$((${ms:-100} / 1000)).$(printf %03d $((${ms:-100} % 1000)))"
  note worked
}

put() { # FOLDER: as the prompt says it, without writing over anything
  mv -n "$file" "${file%/inbox/*}/$1/" 2>/dev/null || note gone
}

end() {
  rm -f "$copy.agent"
  [ -e "$file" ] || { note gone && exit 0; }
  note "end-$1"
  case $1 in
    cli) "$beside/claude-failover" task done "$id" --note "as asked" >/dev/null 2>&1 || put done ;;
    fail) "$beside/claude-failover" task fail "$id" --note "the API is gone" >/dev/null 2>&1 || put failed ;;
    *) put done ;;
  esac
}

case $action in
  work) do_work ;;
  nudged)
    do_work
    end mv
    ;;
  end)
    way=$(says end "$copy")
    # Once: whoever was reminded and dies is told of the task again, not of the reminder.
    if [ "$way" = silent ] && ! grep -q " silent $id " "$ledger"; then note silent; else end "${way:-mv}"; fi
    ;;
esac
