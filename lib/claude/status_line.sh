#!/bin/sh
# The status line command of a run: keeps the input as FILE, then is the person's own status line command.
#
#   status_line.sh FILE [COMMAND]
#
# COMMAND gets the same input, and its output and exit status are passed on. Without one nothing is printed.
# FILE (0600) is replaced by rename, so a reader never sees half of it. Claude Code cancels a run of this
# when the next is due; that may leave a temporary file of a few KB in the run's spool.

umask 077
tmp=${1%/*}/.$$.status.tmp
if cat 2>/dev/null >"$tmp"; then
  exec 3<"$tmp" || exit 0
  mv -f -- "$tmp" "$1" 2>/dev/null
  [ -n "${2-}" ] || exit 0
  exec /bin/sh -c "$2" <&3 3<&-
fi

# No spool to write to: the person's status line must not suffer from that.
rm -f -- "$tmp" 2>/dev/null
[ -n "${2-}" ] || exec cat >/dev/null
exec /bin/sh -c "$2"
