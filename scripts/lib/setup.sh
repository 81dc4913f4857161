# Sourced by scripts/demo, scripts/test and .ci/run: finds what the program needs, or installs it.
#
#   Deno   from PATH, else from npm into .tools/ (the binary itself: through npx a SIGTERM would orphan it)
#   tmux, flock, git and the like   from PATH, else from the system's package manager when that is allowed
#
# Sets $deno. POSIX sh.

deno_version=2.9.6
root=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
while [ ! -f "$root/deno.json" ]; do
  [ "$root" != / ] || { echo "Cannot find deno.json above $0" >&2; exit 2; }
  root=$(dirname -- "$root")
done

say() { printf '%s\n' "-- $*" >&2; }
die() { printf '%s\n' "$@" >&2; exit 2; }
have() { command -v "$1" >/dev/null 2>&1; }

# is_deno PATH: whether it runs and is of the major version this project is built on
is_deno() {
  v=$("$1" --version 2>/dev/null | sed -n 's/^deno \([0-9]*\)\.\([0-9]*\).*/\1 \2/p')
  [ -n "$v" ] || return 1
  # shellcheck disable=SC2086
  set -- $v
  [ "$1" -eq 2 ] && [ "$2" -ge 9 ]
}

# The binary inside npm's package for this machine; it is there even where install scripts are not allowed.
npm_binary() {
  for f in "$1"/node_modules/@deno/*/deno "$1"/node_modules/deno/deno; do
    [ -f "$f" ] || continue
    chmod +x "$f" 2>/dev/null
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
  mkdir -p "$root/.tools/deno"
  npm install --prefix "$root/.tools/deno" --no-fund --no-audit --loglevel=error "deno@$deno_version" >&2 ||
    die "Cannot install Deno: npm failed (see above)."
  deno=$(npm_binary "$root/.tools/deno") || die "Cannot run the Deno that npm installed: is this system supported?"
}

# need PROGRAM DEBIAN-PACKAGE [BREW-PACKAGE]
need() {
  have "$1" && return 0
  as_root=
  if [ "$(id -u)" != 0 ]; then
    if have sudo && sudo -n true 2>/dev/null; then as_root="sudo -n"; else as_root=no; fi
  fi
  if have apt-get; then install="apt-get install -y --no-install-recommends $2"
  elif have dnf; then install="dnf install -y $2"
  elif have pacman; then install="pacman -S --noconfirm $2"
  elif have apk; then install="apk add $2"
  elif have brew; then install="brew install ${3:-$2}" as_root=
  else die "Cannot find $1. Install it with your system's package manager."; fi
  [ "$as_root" != no ] || die "Cannot find $1, and installing it needs root. Type:" "  sudo $install"
  say "installing $2"
  if have apt-get && [ -z "${apt_updated:-}" ]; then
    $as_root apt-get update -qq >&2 && apt_updated=1
  fi
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive $as_root $install >&2 || die "Cannot install $2. Type:" "  $as_root $install"
  have "$1" || die "Cannot find $1 after installing $2."
}

set_up() {
  find_deno
  need tmux tmux
  need git git
  [ "$(uname -s)" != Linux ] || need flock util-linux
  PATH=$(dirname -- "$deno"):$PATH
  export PATH
}
