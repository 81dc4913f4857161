# Ways in which Claude Code goes wrong, for the scripted agent: misbehave_test.ts puts these lines into agent.sh before
# its start, so that its functions can be replaced. The name of the session says what goes wrong.
#
# A start under an account is counted in starts/NAME-ACCOUNT beside the program. POSIX sh, as the agent.

# Of the session this start is for; empty for `--version` and `auth status`.
name=
[ "${1-}" != --settings ] || name=$(sed -n "s/^cf_what='\([^ ]*\) under .*/\1/p" "${2%/*}/launch.sh")
under=${CLAUDE_CONFIG_DIR##*-}
beside=${0%/*}
starts=0
if [ -n "$name" ]; then
  mkdir -p "$beside/starts"
  printf '%s\n' "$$" >>"$beside/starts/$name-$under"
  starts=$(wc -l <"$beside/starts/$name-$under")
fi

message() { printf '{%s,"hook_event_name":"%s"%s}' "$(common)" "$1" "$2"; } # EVENT FIELDS, as of hook

send() { # EVENT MESSAGE: what hook does, with a message of any kind
  printf '%s\n' "$settings" |
    awk -F '\t' -v at="hooks.$1." 'index($1, at) == 1 && $1 ~ /\.command$/ { print $2 }' |
    while IFS= read -r command; do
      printf '%s\n' "$2" | alone sh -c "$command" >/dev/null 2>&1
    done
}

hang() { exec sleep 600; }
vanish() { rm -rf "$config_dir/sessions/$$.json" "$scratch" && exit "$1"; } # without a word

case $name in
  mute) [ "$starts" -gt 1 ] || hang ;;
  mute-under-b) [ "$under" != b ] || hang ;;
  deaf | deaf-in-a-swap) [ "$starts" -gt 1 ] || finish() { :; } ;;
  exits-*) [ "$starts" -gt 1 ] || exit "${name#exits-}" ;;
  dies) exit 3 ;;
  dies-under-b) [ "$under" != b ] || exit 1 ;;
  leaves) [ "$starts" -gt 1 ] || bash_step() { vanish 0; } ;;
  hookless)
    printf '{}\n' >"$beside/bare.json"
    shift 2
    set -- --settings "$beside/bare.json" "$@"
    ;;
  late) hook() { late=$(message "$1" "$2") && { sleep 2 && send "$1" "$late"; } & } ;;
  garbled)
    hook() {
      case $1 in
        UserPromptSubmit) send "$1" '{"sess' ;;
        Stop) send "$1" "$(head -c 999 /dev/urandom | tr -d '\000')" ;;
        *) send "$1" "$(message "$1" "$2")" ;;
      esac
    }
    ;;
  unauthorized)
    request() { return 1; }
    limit() { refused authentication_failed 'Please run /login · API Error: 401 Invalid authentication credentials'; }
    ;;
  throttled)
    request() { return 1; }
    limit() {
      refused rate_limit 'API Error: Server is temporarily limiting requests (not your usage limit) · try again later'
    }
    ;;
  babbles)
    status_line() {
      command=$(printf '%s\n' "$settings" | sed -n "s/^statusLine\.command$TAB//p")
      case $requests in
        0) head -c 5000000 /dev/zero | tr '\000' '{' ;;
        1) head -c 5000000 /dev/urandom ;;
        *) printf '{"session_id":"%s","rate_limits":{"five_hour":{"used_percentage":"all","resets_at":-1}}}' "$session" ;;
      esac | alone sh -c "$command" >/dev/null 2>&1
    }
    ;;
  boasts) # a full window in its status line, once, that no request has seen
    status_line() {
      command=$(printf '%s\n' "$settings" | sed -n "s/^statusLine\.command$TAB//p")
      used=20
      [ "$under$requests" != a2 ] || used=100
      printf '{%s,"rate_limits":{"five_hour":{"used_percentage":%s,"resets_at":%s}}}' \
        "$(common)" "$used" "$(account_value five_hour_resets_at)" | alone sh -c "$command" >/dev/null 2>&1
    }
    ;;
  leaks) let_go() { :; } ;; # what it starts inherits the lock of the conversation
  stranger | stranger-under-b)
    case "$name $under $starts" in
      'stranger a 2' | *-b' b '*)
        read_thread() { new_uuid && session=$uuid && transcript=$(transcript_of "$session") && : >"$transcript"; }
        ;;
    esac
    ;;
esac

