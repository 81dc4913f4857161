# Sourced by scripts/demo, scripts/test and .ci/*: finds what the program needs, or installs it.
#
#   Deno   from PATH, else from npm into .tools/ (the binary itself: through npx a SIGTERM would orphan it)
#   tmux, flock, git and the like   from PATH, else from the system's package manager when that is allowed
#
# Sets $root and $deno. What it cannot do ends in a sentence with the command to type, and exit code 2. POSIX sh.

deno_version=2.9.6
root=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
while [ ! -f "$root/deno.json" ]; do
  [ "$root" != / ] || { echo "Cannot find deno.json above $0" >&2; exit 2; }
  root=$(dirname -- "$root")
done

say() { printf '%s\n' "-- $*" >&2; }
die() { printf '%s\n' "$@" >&2; exit 2; }
have() { command -v "$1" >/dev/null 2>&1; }

# is_deno PROGRAM: whether it runs, and is of the major version and at least the minor one we are built on
is_deno() {
  v=$("$1" --version 2>/dev/null | sed -n 's/^deno \([0-9]*\)\.\([0-9]*\).*/\1 \2/p')
  [ -n "$v" ] || return 1
  # shellcheck disable=SC2086
  set -- $v
  [ "$1" -eq 2 ] && [ "$2" -ge 9 ]
}

# npm_binary DIR: the binary inside npm's package for this machine; it is there even where install scripts are not allowed
npm_binary() {
  for f in "$1"/node_modules/@deno/*/deno "$1"/node_modules/deno/deno; do
    [ -f "$f" ] || continue
    [ -x "$f" ] || chmod +x "$f" 2>/dev/null || continue
    if is_deno "$f"; then printf '%s\n' "$f"; return 0; fi
  done
  return 1
}

find_deno() {
  deno=$(command -v deno 2>/dev/null) && is_deno "$deno" && return 0
  deno=$(npm_binary "$root/.tools/deno") && return 0
  have npm || die "Cannot find Deno 2.9 or newer, nor npm to install it with." \
    "Install one of them: https://docs.deno.com/runtime/getting_started/installation/ or https://nodejs.org"
  say "installing Deno $deno_version from npm into .tools/"
  # Beside its place first: an install that was cut off, or two at the same time, leave nothing half.
  new=$root/.tools/deno.$$
  mkdir -p "$new"
  npm install --prefix "$new" --no-fund --no-audit --no-update-notifier --loglevel=error \
    "deno@$deno_version" >&2 || { rm -rf "$new"; die "Cannot install Deno: npm failed (see above)."; }
  npm_binary "$new" >/dev/null ||
    { rm -rf "$new"; die "Cannot run the Deno that npm installed: is this system supported?"; }
  if npm_binary "$root/.tools/deno" >/dev/null; then rm -rf "$new" # another one was quicker
  else rm -rf "$root/.tools/deno"; mv "$new" "$root/.tools/deno"; fi
  deno=$(npm_binary "$root/.tools/deno")
}

# need PROGRAM PACKAGE: the package has this name with every package manager listed here
need() {
  have "$1" && return 0
  update=
  if have apt-get; then install="apt-get install -y --no-install-recommends $2" update="apt-get update"
  elif have dnf; then install="dnf install -y $2"
  elif have pacman; then install="pacman -S --noconfirm $2"
  elif have zypper; then install="zypper --non-interactive install $2"
  elif have apk; then install="apk add $2"
  else die "Cannot find $1. Install the package $2 with your system's package manager."; fi
  as_root=
  if [ "$(id -u)" != 0 ]; then
    have sudo && sudo -n true 2>/dev/null ||
      die "Cannot find $1, and installing it needs root. Type:" "  sudo $install"
    as_root="sudo -n"
  fi
  say "installing $2"
  # shellcheck disable=SC2086
  if [ -n "$update" ] && [ -z "${updated:-}" ]; then $as_root $update >/dev/null 2>&1 && updated=1; fi
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive $as_root $install >&2 ||
    die "Cannot install $2. Type:" "  ${as_root:+sudo }$install"
  have "$1" || die "Cannot find $1 after installing $2."
}

# tmux 3.2 brought the client flags the watch loop uses. A version without a number (a build of its own) is taken as new.
is_new_tmux() {
  v=$(tmux -V 2>/dev/null | sed -n 's/^tmux [a-z-]*\([0-9][0-9]*\)\.\([0-9][0-9]*\).*/\1 \2/p')
  # shellcheck disable=SC2086
  set -- $v
  [ $# -eq 0 ] || [ "$1" -gt 3 ] || { [ "$1" -eq 3 ] && [ "$2" -ge 2 ]; }
}

set_up() {
  [ "$(uname -s)" = Linux ] || die "Cannot run on $(uname -s): claude-failover needs Linux so far."
  find_deno
  need tmux tmux
  is_new_tmux || die "Cannot use $(tmux -V): claude-failover needs tmux 3.2 or newer."
  need git git
  need flock util-linux
  PATH=$(dirname -- "$deno"):$PATH
  export PATH
}
