#!/bin/sh
# Puts the executable of claude-failover in its place, or takes it away again. Needs no root, loads nothing.
#
#   install.sh [FILE] [--prefix DIR]     FILE into DIR/bin, default ~/.local; without FILE the one beside this script
#                                        that is for this machine. Its sum must be the one in SHA256SUMS beside it.
#   install.sh --uninstall [--purge]     what was installed, the service, the cache; --purge: config and state too.
#                                        Conversations stay, and the folder that Claude Code's config folders link to.
#
#   --prefix DIR   where bin/ is          --no-check   also a file without a sum
#   --force        also over, or of, a file that is not ours
#   --yes          the answer to what --purge asks
#
# Exit codes: 0 done, 1 failed, 2 a mistake or something that must be decided first. POSIX sh.
set -eu
name=claude-failover

say() { printf '%s\n' "$*"; }
# fail CODE WHAT [HINT]
fail() {
  printf 'Cannot %s\n' "$2" >&2
  [ $# -lt 3 ] || printf 'Hint: %s\n' "$3" >&2
  exit "$1"
}
have() { command -v "$1" >/dev/null 2>&1; }
usage() { sed -n '2,/^# Exit/s/^# \{0,1\}//p' "$0"; }

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
prefix= file= remove=false purge=false force=false check=true yes=false
while [ $# -gt 0 ]; do
  case $1 in
  --prefix) [ $# -gt 1 ] || fail 2 "read the command: --prefix needs a folder"; prefix=$2; shift ;;
  --prefix=*) prefix=${1#*=} ;;
  --uninstall) remove=true ;;
  --purge) purge=true ;;
  --force) force=true ;;
  --no-check) check=false ;;
  --yes) yes=true ;;
  -h | --help) usage; exit 0 ;;
  -*) fail 2 "read the command: there is no $1" "$0 --help shows what there is" ;;
  *) [ -z "$file" ] || fail 2 "read the command: one FILE at most"; file=$1 ;;
  esac
  shift
done
[ -n "$prefix" ] || {
  [ -n "${HOME:-}" ] || fail 2 "say where: HOME is not set" "name a folder: --prefix DIR"
  prefix=$HOME/.local
}
case $prefix in /*) ;; *) prefix=$PWD/$prefix ;; esac
target=$prefix/bin/$name

# Ours holds its name in clear text: the launcher in its first lines, a compiled one somewhere.
is_ours() {
  [ -f "$1" ] || return 1
  case $(head -c 2 "$1") in
  "#!") head -n 3 "$1" | grep -q "^# $name" ;; # a script that only calls it is a person's own
  *) grep -q "$name" "$1" ;;
  esac
}

# -- install --

triple() {
  case $(uname -s)-$(uname -m) in
  Linux-x86_64 | Linux-amd64) say x86_64-unknown-linux-gnu ;;
  Linux-aarch64 | Linux-arm64) say aarch64-unknown-linux-gnu ;;
  Darwin-x86_64) say x86_64-apple-darwin ;;
  Darwin-arm64 | Darwin-aarch64) say aarch64-apple-darwin ;;
  *) fail 2 "install: there is no $name for $(uname -s) on $(uname -m)" ;;
  esac
}

find_file() {
  machine=$(triple) || exit 2
  for dir in "$here" "$here/../dist"; do # beside this script, or where the repository builds it
    for found in "$dir"/$name-*-"$machine"; do
      [ -f "$found" ] || continue
      [ -z "$file" ] || fail 2 "choose between ${file##*/} and ${found##*/}" "name one of them"
      file=$found
    done
    [ -z "$file" ] || break
  done
  [ -n "$file" ] ||
    fail 2 "find an executable for $machine beside $0" "name the file: $0 FILE"
}

sum_of() {
  if have sha256sum; then sha256sum <"$1"
  elif have shasum; then shasum -a 256 <"$1"
  else openssl dgst -sha256 -r <"$1"; fi | cut -c1-64
}

check_sum() {
  sums=$(dirname -- "$file")/SHA256SUMS
  base=${file##*/}
  [ -f "$sums" ] || fail 2 "check $base: there is no SHA256SUMS beside it" "--no-check goes without"
  want=$(sed -n "s/^\([0-9a-f]\{64\}\) [ *]$(printf %s "$base" | sed 's/[.[\*^$]/\\&/g')\$/\1/p" "$sums")
  [ -n "$want" ] || fail 2 "check $base: SHA256SUMS does not name it" "--no-check goes without"
  have sha256sum || have shasum || have openssl ||
    fail 2 "check $base: there is no sha256sum, shasum or openssl" "--no-check goes without"
  got=$(sum_of "$file")
  [ "$got" = "$want" ] || fail 1 "install $base: its sum is $got, and SHA256SUMS says $want" "get it again"
}

install_it() {
  [ -n "$file" ] || find_file
  [ -f "$file" ] || fail 2 "install $file: there is no such file"
  [ $check = false ] || check_sum
  if [ -e "$target" ] && ! is_ours "$target" && [ $force = false ]; then
    fail 2 "install: $target is something else" "--force writes over it"
  fi
  mkdir -p "$prefix/bin" || fail 1 "make $prefix/bin"
  # Beside its place first: a running executable cannot be written, but its name can be given to another file.
  new=$target.$$.new
  trap 'rm -f "$new"' EXIT
  trap 'exit 129' HUP INT TERM
  cp "$file" "$new" && chmod 755 "$new" || fail 1 "write into $prefix/bin"
  said=$("$new" --version 2>&1) || fail 1 "start it on this machine: $said"
  if [ -f "$target" ] && cmp -s "$new" "$target"; then
    say "$target is the same already: $name $said"
  else
    mv -f "$new" "$target"
    say "Installed $target: $name $said"
  fi
  case :${PATH:-}: in *:"$prefix/bin":*) ;; *) say "$prefix/bin is not in your PATH: add it in your shell's profile" ;; esac
  unit=${XDG_CONFIG_HOME:-${HOME:-}/.config}/systemd/user/$name.service
  if [ -f "$unit" ]; then
    say "Next: systemctl --user restart $name   # the sessions go on"
  else
    say "Next: $name demo   # watch a failover, without an account"
    say "      $name init   # make the config; then doctor says what is missing"
  fi
}

# -- uninstall --

config=${XDG_CONFIG_HOME:-${HOME:-}/.config}/$name
state=${XDG_STATE_HOME:-${HOME:-}/.local/state}/$name
data=${XDG_DATA_HOME:-${HOME:-}/.local/share}/$name

# Each running session holds the lock of its conversation, and the daemon its own.
running() {
  have flock || fail 2 "purge: without flock nobody can tell whether sessions run" "remove $state by hand"
  for lock in "$state"/daemon.lock "$state"/locks/*.lock; do
    # One that has just been told to stop has a moment.
    [ ! -f "$lock" ] || flock -w 2 "$lock" true || return 0
  done
  return 1
}

# The config folders that are known: of the home, the environment, the config.
config_dirs() {
  printf '%s\n' "${HOME:-}"/.claude* "${CLAUDE_CONFIG_DIR:-}"
  [ ! -f "$config/config.yaml" ] || sed -n "s/^[^#]*config_dir: *[\"']\{0,1\}\([^\"',}#]*[^\"',}# ]\).*/\1/p" "$config/config.yaml"
}

# Whether a link of theirs leads to the shared folder: without it Claude Code itself could not save there.
is_linked() {
  shared=$(CDPATH='' cd -- "$data/projects" 2>/dev/null && pwd -P) || return 1
  links=$(config_dirs | while read -r dir; do
    case $dir in "~/"*) dir=${HOME:-}/${dir#"~/"} ;; esac
    if [ -L "$dir/projects" ] && leads=$(CDPATH='' cd -- "$dir/projects" 2>/dev/null && pwd -P); then
      [ "$leads" != "$shared" ] || say "$dir"
    fi
  done)
  [ -n "$links" ]
}

uninstall_it() {
  unit=${XDG_CONFIG_HOME:-${HOME:-}/.config}/systemd/user/$name.service
  agent=${HOME:-}/Library/LaunchAgents/$name.plist
  if [ -e "$target" ] && ! is_ours "$target" && [ $force = false ]; then
    fail 2 "uninstall: $target is something else" "--force removes it"
  fi
  if [ $purge = true ]; then
    [ -n "${HOME:-}" ] || fail 2 "purge: HOME is not set, so nobody knows what is yours"
    if running; then
      fail 2 "purge: a daemon or sessions of it run, and need what is in $state" \
        "end them first: $name stop --sessions"
    fi
    if [ $yes = false ]; then
      [ -t 0 ] || fail 2 "purge without being asked for it twice" "add --yes"
      printf 'This removes the config, the journal and all checkpoints. Type "purge" to go on: '
      read -r word
      [ "$word" = purge ] || fail 2 "purge: it was not confirmed; nothing was removed"
    fi
  fi
  if [ -f "$unit" ] || [ -f "$agent" ]; then
    [ -x "$target" ] || fail 2 "uninstall the service: $target is not there to do it" "install it again first"
    "$target" service uninstall || fail 1 "go on: the service is still there (see above)"
  fi
  if [ -e "$target" ]; then
    rm -f "$target"
    say "Removed $target"
  else say "There is no $target"; fi
  remove_cache
  if [ $purge = true ]; then
    is_linked || rmdir "$data/projects" "$data" 2>/dev/null || true
    for dir in "$config" "$state"; do
      [ ! -d "$dir" ] || { rm -rf "$dir"; say "Removed $dir"; }
    done
  else
    for dir in "$config" "$state"; do
      [ ! -d "$dir" ] || say "Kept $dir"
    done
  fi
  [ ! -d "$data" ] || say "Kept $data: the conversations of Claude Code, which its config folders link to"
  if have flock && [ -d "$state" ] && running; then
    say "A daemon or its sessions go on; install again to look after them."
  fi
}

# What the launcher has unpacked (its header lists the same places); nothing else that lies there.
remove_cache() {
  uid=$(id -u)
  for dir in "${CLAUDE_FAILOVER_RUNTIME:-}" "${XDG_CACHE_HOME:+$XDG_CACHE_HOME/$name}" "${HOME:+$HOME/.cache/$name}" \
    "/var/tmp/$name-$uid" "${XDG_RUNTIME_DIR:+$XDG_RUNTIME_DIR/$name}" "${TMPDIR:-/tmp}/$name-$uid" "/dev/shm/$name-$uid"; do
    # As the launcher does: somebody else's folder in /tmp could lead anywhere.
    if [ -z "$dir" ] || [ ! -d "$dir" ] || [ -L "$dir" ] || [ ! -O "$dir" ]; then continue; fi
    used=false
    for app in "$dir"/app-*.js "$dir"/app-*.js.*.tmp; do [ ! -f "$app" ] || { rm -f "$app"; used=true; }; done
    for deno in "$dir"/deno-*; do
      if [ ! -d "$deno" ] || [ -L "$deno" ]; then continue; fi
      rm -f "$deno/$name" "$deno/$name".*.tmp
      rmdir "$deno" 2>/dev/null || true
      used=true
    done
    # A folder that a person has named may have a cache of its own.
    [ $used = true ] || continue
    rm -rf "$dir/cache"
    rmdir "$dir" 2>/dev/null || true
  done
}

[ $purge = false ] || [ $remove = true ] || fail 2 "read the command: --purge is for --uninstall"
if [ $remove = true ]; then uninstall_it; else install_it; fi
