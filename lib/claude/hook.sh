#!/bin/sh
# A hook of Claude Code: leaves what it was told in the run's spool.
#
#   hook.sh SPOOL edge EVENT   each message is a file of its own, put there by rename
#   hook.sh SPOOL state NAME   only the last one counts: NAME.json is replaced by rename
#
# It must never get in the way: no output (that would become context), always exit 0, all input taken (a
# closed pipe is an error to the writer), two or three forks. Files are 0600. The daemon takes the edges
# away once they are in its journal, and reads a state when it wants to.
#
# A state is cut at 64 KiB: a tool's output can be megabytes, and it comes once per tool call. The reader
# knows how to read a cut message. An edge is whole, since a prompt's mark stands at its end.

umask 077
cd -- "$1" 2>/dev/null || exec cat >/dev/null

tmp=.$$.tmp
case $2 in
edge)
  cat 2>/dev/null >"$tmp" || exec cat >/dev/null
  # An earlier process of the same number may have left one that nobody has taken yet.
  n=0
  while [ -e "$$.$n.$3.edge.json" ]; do n=$((n + 1)); done
  mv -f -- "$tmp" "$$.$n.$3.edge.json" 2>/dev/null
  ;;
state)
  {
    head -c 65536 >"$tmp"
    cat >/dev/null
  } 2>/dev/null
  mv -f -- "$tmp" "$3.json" 2>/dev/null
  ;;
esac
exit 0
