#!/bin/sh
# @NAME@ @VERSION@ for @TARGET@: this launcher, the program, and Deno @DENO@, the last two gzipped.
#
# The first start unpacks them into a private folder, under names made of their checksums; each start then becomes
# Deno by exec: same pid, same signals, same exit code. The folder is the first that works of: $CLAUDE_FAILOVER_RUNTIME,
# the cache folder, /var/tmp, $XDG_RUNTIME_DIR, $TMPDIR, /dev/shm. It may be removed at any time.
set -u
name=@NAME@
# Where they begin and how long they are in this file; their size and SHA-256 once unpacked.
app_at=@APP_AT@ app_length=@APP_LENGTH@ app_size=@APP_SIZE@ app_sha=@APP_SHA@
deno_at=@DENO_AT@ deno_length=@DENO_LENGTH@ deno_size=@DENO_SIZE@ deno_sha=@DENO_SHA@

fail() { printf 'Cannot start %s: %s\n' "$name" "$*" >&2; exit 70; }

self=$0
[ -r "$self" ] || self=$(command -v -- "$0") || fail "its own file ($0) is not readable"

has_size() { [ -f "$1" ] && [ "$(wc -c <"$1")" -eq "$2" ]; }

# The program is small enough to be looked at whole at each start (5 ms); of Deno that would take half a second.
is_whole() {
  has_size "$1" "$2" || return 1
  got=$(checksum <"$1")
  [ "$got" = unknown ] || [ "$got" = "$3" ]
}

checksum() {
  if command -v sha256sum >/dev/null 2>&1; then sha256sum
  elif command -v shasum >/dev/null 2>&1; then shasum -a 256
  else cat >/dev/null; echo unknown; fi | cut -c1-64
}

# unpack FILE AT LENGTH SHA MODE: whole or not at all, also when two do it at once
unpack() {
  tmp=$1.$$.tmp
  for old in "$1".*.tmp; do # left behind by one that was killed
    pid=${old#"$1".} pid=${pid%.tmp}
    [ ! -f "$old" ] || kill -0 "$pid" 2>/dev/null || rm -f "$old"
  done
  trap 'rm -f "$tmp"; exit 129' HUP INT TERM
  (umask 077; tail -c "+$(($2 + 1))" "$self" | head -c "$3" | gzip -dc >"$tmp") 2>/dev/null ||
    { rm -f "$tmp"; return 1; }
  got=$(checksum <"$tmp")
  [ "$got" = unknown ] || [ "$got" = "$4" ] || { rm -f "$tmp"; fail "$self is damaged (its checksum is wrong)"; }
  # On disk before it has its name: a power cut leaves the whole file or none. (macOS knows no sync of one file.)
  sync "$tmp" 2>/dev/null || :
  if ! chmod "$5" "$tmp" || ! mv -f "$tmp" "$1"; then rm -f "$tmp"; return 1; fi
  trap - HUP INT TERM
}

# settle FOLDER: sets $deno and $app, if they can be unpacked and run there; else it leaves no empty folder
settle() {
  [ -n "$1" ] || return 1
  unpack_in "$1" && return 0
  rmdir "$1/deno-$deno_sha" "$1" 2>/dev/null
  return 1
}

unpack_in() {
  (umask 077; mkdir -p "$1") 2>/dev/null || return 1
  # Somebody else's folder, or a link to one, could hold somebody else's program.
  if [ ! -d "$1" ] || [ -L "$1" ] || [ ! -O "$1" ]; then return 1; fi
  app=$1/app-$app_sha.js
  deno=$1/deno-$deno_sha/$name # its file name is what ps and top show
  is_whole "$app" "$app_size" "$app_sha" || unpack "$app" "$app_at" "$app_length" "$app_sha" 400 || return 1
  # -x is false also where the folder has since been mounted noexec.
  [ -x "$deno" ] && has_size "$deno" "$deno_size" && return 0
  (umask 077; mkdir -p "${deno%/*}") 2>/dev/null || return 1
  runs_in "${deno%/*}" || return 1
  unpack "$deno" "$deno_at" "$deno_length" "$deno_sha" 500 || return 1
  # Not where it is mounted noexec, nor on another CPU or an old C library.
  "$deno" --version >/dev/null 2>&1 || { rm -f "$deno"; return 1; }
}

# runs_in FOLDER: whether a program may run there at all; asked before 100 MB are written for nothing
runs_in() {
  probe=$1/probe.$$.tmp
  (umask 077; printf '#!/bin/sh\n' >"$probe" && chmod 500 "$probe") 2>/dev/null && "$probe" 2>/dev/null
  set -- $?
  rm -f "$probe"
  return "$1"
}

uid=$(id -u)
settle "${CLAUDE_FAILOVER_RUNTIME:-}" || settle "${XDG_CACHE_HOME:+$XDG_CACHE_HOME/$name}" ||
  settle "${HOME:+$HOME/.cache/$name}" || settle "/var/tmp/$name-$uid" ||
  settle "${XDG_RUNTIME_DIR:+$XDG_RUNTIME_DIR/$name}" || settle "${TMPDIR:-/tmp}/$name-$uid" ||
  settle "/dev/shm/$name-$uid" ||
  fail "no folder is writable and executable (\$CLAUDE_FAILOVER_RUNTIME names one), or $self is damaged"
# Deno's own caches belong there too. What the user has set is handed back by the program, for what it starts.
CLAUDE_FAILOVER_SELF=$self CLAUDE_FAILOVER_DENO_DIR=${DENO_DIR:-} DENO_DIR=${app%/*}/cache
export CLAUDE_FAILOVER_SELF CLAUDE_FAILOVER_DENO_DIR DENO_DIR
exec "$deno" run --quiet --unstable-net --no-prompt --no-config --no-lock --no-remote --no-npm --allow-all "$app" "$@"
