#!/bin/sh
# A stand-in for Claude Code 2.1.330, as far as claude-failover can see it: arguments, hooks, status line,
# the registry in sessions/, the transcript in projects/, limits, signals and exit codes. No model, no network.
# The contract in test/contract/agent_contract.ts runs over this script and over the real program.
#
# A prompt is a line typed in its terminal or the positional argument. Words before @@ are free; the rest is a step:
#   @@bash COMMAND     one call of the Bash tool          @@do FILE        each line of FILE is one such call
#   @@stream N MS      N chunks of text, MS apart         @@text WORDS     says WORDS
# A prompt without steps goes on with the work that the conversation left open, if any; else it is echoed.
#
# An account is the file fake-account in its config dir (KEY=VALUE lines, read before each request):
#   name email plan org
#   five_hour_pct five_hour_burn_pct five_hour_resets_at  seven_day_pct seven_day_burn_pct seven_day_resets_at
# pct: used at the start; burn_pct: added by each request, refused when it does not fit; resets_at: epoch seconds.
# Requests are counted by the lines of fake-requests beside it. Without the file nobody is signed in; without five_hour_pct it knows no limit.
#
# Not modelled: permission prompts, Esc or Ctrl-C during a turn, auto-continue at a reset, /compact, -p.
set -u
VERSION=2.1.330
MODEL=claude-opus-5-5
NL='
'
TAB=$(printf '\t')
CTRL_C=$(printf '\003')
ESC=$(printf '\033')

# ---------------------------------------------------------------- small tools

# Inherited file descriptors stay ours: one of them is the lock that flock handed over, and a child that held it
# would keep the conversation locked after our death. Both only in a subshell. (`exec`, because a redirection of
# the command alone leaves a copy in the subshell, to restore it from.)
let_go() { exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; }
alone() { let_go && exec "$@"; }

# Not on the first line of the screen: tmux scrolls that one away to say that the pane is dead.
fail() {
  printf '\n%s\n' "$1" >&2
  exit 1
}

# Sets $uuid.
new_uuid() {
  read -r uuid 2>/dev/null </proc/sys/kernel/random/uuid && return
  uuid=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n' |
    sed 's/^\(.\{8\}\)\(.\{4\}\).\(.\{3\}\).\(.\{3\}\)\(.\{12\}\)$/\1-\2-4\3-8\4-\5/')
}

case $(date +%3N) in
  [0-9][0-9][0-9]) CLOCK='+%s %s%3N %Y-%m-%dT%H:%M:%S.%3NZ' ;;
  *) CLOCK='+%s %s000 %Y-%m-%dT%H:%M:%S.000Z' ;; # not every date knows milliseconds
esac

# Sets $now (s), $now_ms and $iso.
tick() {
  read -r now now_ms iso <<END
$(date -u "$CLOCK")
END
}

# The inside of a JSON string.
json() {
  case $1 in
    *[\"\\]* | *[[:cntrl:]]*)
      printf '%s\n' "$1" | tr -d '\000-\010\013-\037' | sed "s/[\\\\\"]/\\\\&/g; s/$TAB/\\\\t/g" |
        awk 'NR > 1 { printf "\\n" } { printf "%s", $0 }'
      ;;
    *) printf %s "$1" ;;
  esac
}

# JSON on stdin -> one line "path.of.keys<TAB>value" for each scalar.
flatten() {
  awk '
    { text = text $0 "\n" }
    END { size = length(text); pos = 1; value("") }
    function peek() {
      while (substr(text, pos, 1) ~ /[ \t\r\n]/) pos++
      if (pos > size) exit 1
      return substr(text, pos, 1)
    }
    function quoted(   c, out) {
      for (pos++; (c = substr(text, pos, 1)) != "\""; pos++) {
        if (pos > size) exit 1
        if (c == "\\") { c = substr(text, ++pos, 1); if (c == "n") c = "\n"; if (c == "t") c = "\t" }
        out = out c
      }
      pos++
      return out
    }
    function value(path,   c, n, key) {
      c = peek()
      if (c == "{" || c == "[") {
        for (pos++; (key = peek()) != "}" && key != "]"; ) {
          if (key == ",") { pos++; continue }
          if (c == "[") key = n++; else { key = quoted(); peek(); pos++ }
          value(path == "" ? key : path "." key)
        }
        pos++
      } else if (c == "\"") print path "\t" quoted()
      else {
        match(substr(text, pos), /^[^], \t\r\n}]*/)
        print path "\t" substr(text, pos, RLENGTH)
        pos += RLENGTH
      }
    }'
}

# Hour and minute (and day, past tomorrow) of an epoch second, as Claude Code writes them.
reset_words() {
  if [ $(($1 - now)) -gt 86400 ]; then day='%b %d, '; else day=; fi
  { date -u -d "@$1" "+$day%I:%M%p" 2>/dev/null || date -u -r "$1" "+$day%I:%M%p"; } |
    sed 's/ 0/ /; s/^0//; s/AM$/am/; s/PM$/pm/'
}

# ---------------------------------------------------------------- the account

account_value() { sed -n "s/^$1=//p" "$config_dir/fake-account" 2>/dev/null; }

# Sets $five $five_resets $seven $seven_resets (empty: this account knows no limit) and $wall.
read_quota() {
  tick
  [ -e "$config_dir/fake-requests" ] || : >>"$config_dir/fake-requests"
  read -r five five_resets seven seven_resets wall <<END
$(awk -F= -v now="$now" '
    FILENAME == ARGV[1] { set[$1] = $2; next }
    { request[++requests] = $1 }
    function window(name, seconds,   used, resets, since, i) {
      used = set[name "_pct"]; resets = set[name "_resets_at"] + 0; since = 0
      if (resets == 0) resets = now + seconds
      for (; resets <= now; resets += seconds) { used = 0; since = resets }
      for (i = 1; i <= requests; i++) if (request[i] >= since) used += set[name "_burn_pct"]
      if (wall == "" && (used >= 100 || used + set[name "_burn_pct"] > 100)) wall = name
      return used " " resets
    }
    END {
      if (set["five_hour_pct"] == "") exit
      print window("five_hour", 18000), window("seven_day", 604800), (wall == "" ? "-" : wall)
    }' "$config_dir/fake-account" "$config_dir/fake-requests" 2>/dev/null)
END
}

# One request to the model: false when the account is at a wall, and then nothing is burnt. The window then reads full.
request() {
  read_quota
  limits_known=$five
  case $wall in
    five_hour) five=100 && return 1 ;;
    seven_day) seven=100 && return 1 ;;
  esac
  printf '%s\n' "$now" >>"$config_dir/fake-requests"
  requests=$((requests + 1))
  read_quota
}

auth_status() {
  name=$(account_value name)
  if [ -z "$name" ]; then
    printf '{\n  "loggedIn": false,\n  "authMethod": "none",\n  "apiProvider": "firstParty"\n}\n'
    exit 1
  fi
  cat <<END
{
  "loggedIn": true,
  "authMethod": "claude.ai",
  "apiProvider": "firstParty",
  "projectsDirectory": "$(json "$config_dir/projects")",
  "configDirectory": "$(json "$config_dir")",
  "email": "$(account_value email)",
  "orgId": "$(account_value org)",
  "subscriptionType": "$(account_value plan)"
}
END
  exit 0
}

# ---------------------------------------------------------------- hooks, status line, registry

common() { printf '"session_id":"%s","transcript_path":"%s","cwd":"%s"' "$session" "$(json "$transcript")" "$cwd_json"; }

# hook EVENT FIELDS: runs the settings' commands for it, an identical one once, with the payload on stdin.
hook() {
  payload="{$(common),\"hook_event_name\":\"$1\"$2}"
  printf '%s\n' "$settings" |
    awk -F '\t' -v at="hooks.$1." 'index($1, at) == 1 && $1 ~ /\.command$/ && !seen[$2]++ { print $2 }' |
    while IFS= read -r command; do
      printf '%s\n' "$payload" | alone sh -c "$command" >/dev/null 2>&1
    done
}

in_turn() { printf ',"prompt_id":"%s","permission_mode":"%s","effort":{"level":"medium"}' "$prompt_id" "$permission_mode"; }

status_line() {
  tick
  payload="{$(common),\"model\":{\"id\":\"$MODEL\",\"display_name\":\"Opus 5.5\"}"
  payload="$payload,\"workspace\":{\"current_dir\":\"$cwd_json\",\"project_dir\":\"$cwd_json\",\"added_dirs\":[]}"
  payload="$payload,\"version\":\"$VERSION\",\"cost\":{\"total_cost_usd\":$(printf '0.%02d' $((requests % 100)))"
  payload="$payload,\"total_duration_ms\":$((now_ms - started_ms)),\"total_api_duration_ms\":$((requests * 20))}"
  if [ -n "$limits_known" ]; then
    payload="$payload,\"rate_limits\":{\"five_hour\":{\"used_percentage\":$five,\"resets_at\":$five_resets}"
    payload="$payload,\"seven_day\":{\"used_percentage\":$seven,\"resets_at\":$seven_resets}}"
    bar 5-hour "$five"
  fi
  command=$(printf '%s\n' "$settings" | sed -n "s/^statusLine\.command$TAB//p")
  [ -n "$command" ] || return 0
  words=$(printf '%s}\n' "$payload" | alone sh -c "$command" 2>/dev/null | head -n 1)
  [ -z "$words" ] || printf '  \033[2m%s\033[0m\n' "$words"
}

bar() {
  full=$((${2%.*} / 5)) cells=
  while [ ${#cells} -lt 20 ]; do cells="$cells$([ ${#cells} -lt $full ] && printf '#' || printf .)"; done
  printf '  \033[2m%s [%s] %s %%\033[0m\n' "$1" "$cells" "$2"
}

# sessions/PID.json: removed at every exit but SIGKILL. At SessionStart it is there without a status.
registry() {
  tick
  status=$1
  line="{\"pid\":$$,\"sessionId\":\"$session\",\"cwd\":\"$cwd_json\",\"startedAt\":$started_ms,\"procStart\":\"$proc_start\",\"version\":\"$VERSION\""
  line="$line,\"kind\":\"interactive\",\"entrypoint\":\"cli\",\"name\":\"$(json "${cwd##*/}")\""
  [ -z "$1" ] || line="$line,\"status\":\"$1\",\"updatedAt\":$now_ms,\"statusUpdatedAt\":$now_ms"
  [ -z "${2-}" ] || line="$line,\"waitingFor\":\"$2\""
  printf '%s}' "$line" >"$scratch/registry"
  mv "$scratch/registry" "$config_dir/sessions/$$.json"
  case $1 in busy) mark='◑ working' ;; *) mark='✳ agent' ;; esac
  printf '\033]2;%s\033\\' "$mark"
}

# ---------------------------------------------------------------- the transcript

# append ROLE JSON-BEFORE-UUID JSON-AFTER-TIMESTAMP: one line, chained to the one before.
append() {
  tick
  new_uuid
  mkdir -p "${transcript%/*}"
  printf '{"parentUuid":%s,"isSidechain":false,%s,"uuid":"%s","timestamp":"%s"%s,"session_id":"%s","userType":"external","entrypoint":"cli","cwd":"%s","sessionId":"%s","version":"%s","gitBranch":"HEAD"}\n' \
    "$parent" "$2" "$uuid" "$iso" "$3" "$session" "$cwd_json" "$session" "$VERSION" >>"$transcript"
  parent="\"$uuid\""
  # Neighbours of one role are one message to the model, and its own error lines none.
  [ "$1" = "$last_role" ] || [ "$1" = error ] || { messages=$((messages + 1)) && last_role=$1; }
}

append_user() { append user "\"promptId\":\"$prompt_id\",\"type\":\"user\",\"message\":{\"role\":\"user\",\"content\":$1}" "$2"; }

append_assistant() { # content-json stop-reason
  append assistant "\"message\":{\"id\":\"$message_id\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"$MODEL\",\"content\":[$1],\"stop_reason\":\"$2\",\"stop_sequence\":null,\"usage\":{\"input_tokens\":$((messages * 40)),\"output_tokens\":20}},\"requestId\":\"req_$message_id\",\"type\":\"assistant\"" \
    ',"effort":"medium","madeBy":"model"'
}

append_synthetic() { # text further-fields
  append error "\"type\":\"assistant\",\"message\":{\"id\":\"$message_id\",\"model\":\"<synthetic>\",\"role\":\"assistant\",\"stop_reason\":\"stop_sequence\",\"stop_sequence\":\"\",\"type\":\"message\",\"content\":[{\"type\":\"text\",\"text\":\"$(json "$1")\"}]}" "$2"
}

# What the three readers of a transcript below have in common.
READ_TRANSCRIPT='
  function string_after(marker,   at, rest) {
    at = index($0, marker)
    if (at == 0) return ""
    rest = substr($0, at + length(marker))
    match(rest, /^([^"\\]|\\.)*/)
    rest = substr(rest, 1, RLENGTH)
    gsub(/\\\\/, "\001", rest); gsub(/\\n/, "\n", rest); gsub(/\\t/, "\t", rest); gsub(/\\"/, "\"", rest)
    gsub(/\001/, "\\", rest)
    return rest
  }
  function has(words) { return index($0, words) > 0 }
  function is_user() { return has("\"type\":\"user\",\"message\"") }
  function is_assistant() { return has("\"type\":\"assistant\"") && !has("\"model\":\"<synthetic>\"") }
  function prompt() { return string_after("\"message\":{\"role\":\"user\",\"content\":\"") }
  function said() { return string_after("\"content\":[{\"type\":\"text\",\"text\":\"") }
  function called() { return string_after("\"name\":\"Bash\",\"input\":{\"command\":\"") }
'

# Sets $parent, $messages, $last_role and $dangling (a tool call without a result, or empty).
read_thread() {
  read -r parent messages last_role dangling <<END
$(awk "$READ_TRANSCRIPT"'
    has("\"uuid\":\"") { last = string_after("\"isSidechain\":false") ; uuid = string_after(",\"uuid\":\"") }
    is_user() { role = "user" }
    is_assistant() { role = "assistant" }
    role != before { n++; before = role }
    has("\"type\":\"tool_use\"") { open = string_after("{\"type\":\"tool_use\",\"id\":\"") }
    has("\"type\":\"tool_result\"") { open = "" }
    END { print "\"" uuid "\"", n + 0, before, open }' "$transcript")
END
}

show_conversation() {
  awk "$READ_TRANSCRIPT"'
    is_user() && prompt() != "" { print "❯ " prompt() }
    has("\"type\":\"assistant\"") && said() != "" { print "● " said() }
    called() != "" { print "  ran " called() }' "$transcript"
}

# The steps that a text asks for, one a line: "bash COMMAND", "stream N MS", "text WORDS".
steps_of() {
  printf '%s\n' "$1" | sed -n 's/^\(.* \)\{0,1\}@@\([a-z]*\) */\2 /p' | while read -r op rest; do
    case $op in
      do) sed -n 's/^./bash &/p' "$rest" ;;
      *) printf '%s %s\n' "$op" "$rest" ;;
    esac
  done
}

# The steps of the last prompt that had some and got no last word, without those whose result is there.
open_steps() {
  [ -e "$transcript" ] || return 0
  left=$(awk "$READ_TRANSCRIPT"'
    is_user() && prompt() ~ /@@[a-z]/ { task = prompt(); done = 0 }
    has("\"type\":\"tool_result\"") && !has("[Tool call interrupted") { done++ }
    is_assistant() && has("\"stop_reason\":\"end_turn\"") { task = "" }
    END { if (task != "") { print done; print task } }' "$transcript")
  [ -z "$left" ] || steps_of "${left#*"$NL"}" | awk -v skip="${left%%"$NL"*}" '!/^bash / || ++n > skip'
}

# ---------------------------------------------------------------- the terminal

# One chunk of input is one file: a line, or what stands before Ctrl-C or Esc. The signal tells a running turn of it;
# the end of the reader tells an idle main loop, so no wake-up gets lost between looking and waiting.
listen() {
  {
    let_go
    dd bs=8192 count=1 </dev/tty >"$scratch/input" 2>/dev/null
    mv "$scratch/input" "$scratch/chunk"
    kill -USR1 $$
  } &
  reader=$!
}

# The input box: two rules, and between them what is typed, echoed by the terminal; lines enough for a long prompt. Nothing
# else is written to the screen while it is open.
RULE=$(printf '─%.0s' 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30)
open_box() {
  box=open
  printf '\n\n\n\n\n\n\n\n\n\n\n\n\033[12A\0337%s\n❯\302\240\033[10B\r%s\033[10A\r\033[2C' "$RULE" "$RULE"
}

close_box() {
  [ "$box" = closed ] || printf '\0338\033[J'
  box=closed
}

on_input() {
  [ "$hold" = no ] && [ -e "$scratch/chunk" ] || return 0
  chunk=$(cat "$scratch/chunk" && printf .)
  rm -f "$scratch/chunk"
  listen
  chunk=${chunk%.}
  case $chunk in
    '' | *"$CTRL_C") # Ctrl-D at an empty line reads as nothing
      [ "$status" = idle ] || return 0
      [ "$leaving" = no ] || finish 0 prompt_input_exit
      leaving=yes
      close_box
      printf 'Press again to exit\n'
      open_box
      return 0
      ;;
  esac
  leaving=no
  if [ "$menu" = open ]; then # every key but a digit, Enter and Esc is swallowed; all three close it
    case $chunk in *"$NL" | *"$ESC" | [123]*) menu=closed && registry idle && open_box ;; esac
    return 0
  fi
  line=${chunk%"$NL"}
  case $line in
    '' | *"$ESC") ;;
    /exit) finish 0 prompt_input_exit ;;
    *) typed="$typed$line$NL" ;;
  esac
  if [ "$status" = busy ] && [ -n "$typed" ]; then
    submit "$line" # a queued prompt is announced at once
    queued="$queued$line$NL"
    typed=
  fi
}

# Waits for a child, however often a signal wakes the waiting. Sets $code.
await() {
  while :; do
    wait "$1"
    code=$?
    kill -0 "$1" 2>/dev/null || return 0
  done
}

pause_ms() {
  alone sleep "$(awk -v ms="$1" 'BEGIN { printf "%.3f", ms / 1000 }')" &
  await $!
}

finish() { # exit-code SessionEnd-reason
  trap '' TERM INT HUP USR1
  [ -z "$tool" ] || kill -TERM "-$tool" 2>/dev/null
  hook SessionEnd ",\"prompt_id\":\"$prompt_id\",\"reason\":\"$2\""
  [ -z "$tool" ] || kill -KILL "-$tool" 2>/dev/null
  kill "$reader" 2>/dev/null
  rm -rf "$config_dir/sessions/$$.json" "$scratch"
  stty "$terminal" </dev/tty 2>/dev/null
  close_box
  printf '\nResume this session with:\nclaude --resume %s\n' "$session"
  exit "$1"
}

# ---------------------------------------------------------------- a turn

submit() { # prompt: announces it
  new_uuid
  prompt_id=$uuid
  hook UserPromptSubmit ",\"prompt_id\":\"$prompt_id\",\"permission_mode\":\"$permission_mode\",\"prompt\":\"$(json "$1")\""
}

turn() { # prompt, already announced
  registry busy
  text_json=$(json "$1")
  if [ -n "$dangling" ]; then
    new_uuid && message_id=$uuid
    append_user "[{\"type\":\"tool_result\",\"content\":\"[Tool call interrupted: the session ended before this call's result was recorded, so its outcome is unknown. Check whether it took effect before relying on it or running it again.]\",\"is_error\":true,\"tool_use_id\":\"$dangling\"}]" ''
    append_synthetic 'No response requested.' ''
    dangling=
  fi
  steps=$(steps_of "$1")
  going_on=
  [ -n "$steps" ] || { steps=$(open_steps) && going_on=$steps; }
  append_user "\"$text_json\"" ",\"permissionMode\":\"$permission_mode\",\"origin\":{\"kind\":\"human\"}"
  result=
  while :; do
    request || { limit && return; }
    new_uuid && message_id="msg_$uuid"
    step=${steps%%"$NL"*}
    steps=${steps#"$step"}
    steps=${steps#"$NL"}
    words=${step#* }
    speaker="[$(account_value name) m=$messages]"
    case $step in
      'bash '*)
        bash_step "$words"
        if [ -n "$queued" ]; then # typed while the tool ran: joins this turn
          append_user "\"$(json "${queued%"$NL"}")\"" ''
          steps="$steps${steps:+$NL}$(steps_of "$queued")"
          result=
          set -- "$queued"
          queued=
        fi
        ;;
      'stream '*)
        # shellcheck disable=SC2086 # two numbers
        stream_step $words
        ;;
      'text '*) answer "$speaker $words" && break ;;
      *)
        if [ -n "$result" ]; then answer "$speaker tool said: $result"
        elif [ -n "$going_on" ]; then answer "$speaker the rest is done"
        else answer "$speaker echo: $1"; fi
        break
        ;;
    esac
    [ "$step" = "${step#stream }" ] || break
  done
}

bash_step() { # command
  new_uuid
  tool_id="toolu_$uuid"
  command_json=$(json "$1")
  printf '● %s running: %s\n' "$speaker" "$1"
  append_assistant "{\"type\":\"text\",\"text\":\"$(json "$speaker") running\"}" tool_use
  append_assistant "{\"type\":\"tool_use\",\"id\":\"$tool_id\",\"name\":\"Bash\",\"input\":{\"command\":\"$command_json\",\"description\":\"a step\"}}" tool_use
  status_line
  call="\"tool_name\":\"Bash\",\"tool_input\":{\"command\":\"$command_json\",\"description\":\"a step\"}"
  hook PreToolUse "$(in_turn),$call,\"tool_use_id\":\"$tool_id\""
  tick
  begun_ms=$now_ms
  # In a process group of its own, so that it can be ended whole; and it outlives a SIGKILL of ours, as it does there.
  hold=yes
  set -m
  alone sh -c "$1" </dev/null >"$scratch/stdout" 2>"$scratch/stderr" &
  tool=$!
  set +m
  hold=no
  on_input
  await "$tool"
  tool=
  tick
  took=$((now_ms - begun_ms))
  out=$(cat "$scratch/stdout") err=$(cat "$scratch/stderr")
  if [ "$code" = 0 ]; then
    response="{\"stdout\":\"$(json "$out")\",\"stderr\":\"$(json "$err")\",\"interrupted\":false,\"isImage\":false,\"noOutputExpected\":false}"
    hook PostToolUse "$(in_turn),$call,\"tool_response\":$response,\"tool_use_id\":\"$tool_id\",\"duration_ms\":$took"
    append_user "[{\"tool_use_id\":\"$tool_id\",\"type\":\"tool_result\",\"content\":\"$(json "$out$err")\",\"is_error\":false}]" ",\"toolUseResult\":$response"
    result=$out$err
  else
    result="Exit code $code${out:+$NL$out}${err:+$NL$err}"
    hook PostToolUseFailure "$(in_turn),$call,\"tool_use_id\":\"$tool_id\",\"error\":\"$(json "$result")\",\"is_interrupt\":false,\"duration_ms\":$took"
    append_user "[{\"type\":\"tool_result\",\"content\":\"$(json "$result")\",\"is_error\":true,\"tool_use_id\":\"$tool_id\"}]" ",\"toolUseResult\":\"Error: $(json "$result")\""
    result="ERR $result"
  fi
  printf '  ⎿ %s\n' "$result"
}

stream_step() { # chunks ms: what was said is written only at the end, so a kill in between loses it
  n=0 words=$speaker
  printf '● %s' "$speaker"
  while [ $n -lt "$1" ]; do
    n=$((n + 1))
    words="$words chunk-$n-of-$1"
    printf ' chunk-%s-of-%s' $n "$1"
    pause_ms "$2"
  done
  answer "$words"
}

# The hook comes before the line in the file, as it often does there.
answer() {
  printf '● %s\n' "$1"
  status_line
  registry idle
  hook Stop "$(in_turn),\"stop_hook_active\":false,\"last_assistant_message\":\"$(json "$1")\",\"background_tasks\":[],\"session_crons\":[]"
  append_assistant "{\"type\":\"text\",\"text\":\"$(json "$1")\"}" end_turn
}

limit() {
  new_uuid && message_id=$uuid
  case $wall in
    five_hour) resets=$five_resets said="You've hit your 5-hour limit" ;;
    *) resets=$seven_resets said="You've hit your weekly limit" ;;
  esac
  said="$said · resets $(reset_words "$resets") (UTC)"
  printf '  \033[31m⎿ %s\033[0m\n' "$said"
  status_line
  registry idle
  hook StopFailure ",\"prompt_id\":\"$prompt_id\",\"effort\":{\"level\":\"medium\"},\"error\":\"rate_limit\",\"last_assistant_message\":\"$(json "$said")\""
  info="\"status\":\"rejected\",\"resetsAt\":$resets"
  append_synthetic "$said" ",\"requestId\":\"req_$uuid\",\"apiError\":\"usage_limit_reached\",\"apiErrorParams\":{\"rate_limit_info\":{$info,\"rateLimitType\":\"$wall\",\"overageStatus\":\"rejected\",\"overageDisabledReason\":\"org_level_disabled\",\"isUsingOverage\":false}},\"quotaLimits\":{$info,\"unifiedRateLimitFallbackAvailable\":false,\"rateLimitType\":\"$wall\"},\"error\":\"rate_limit\",\"isApiErrorMessage\":true,\"apiErrorStatus\":429,\"apiErrorType\":\"rate_limit_error\""
  case "$wall $auto_continue" in
    'five_hour true') printf '● Usage limit reached · set to continue automatically\n' ;;
    *)
      pause_ms 400
      menu=open
      registry waiting 'dialog open'
      printf '  What do you want to do?\n\n  ❯ 1. Stop and wait for limit to reset\n    2. Wait here, then continue automatically\n    3. Upgrade your plan\n\n  Enter to confirm · Esc to cancel\n'
      ;;
  esac
}

# ---------------------------------------------------------------- start

config_dir=${CLAUDE_CONFIG_DIR:-$HOME/.claude}
session='' resume='' settings_file='' permission_mode=auto first_prompt='' many=no
case "${1-} ${2-}" in
  '--version '*) printf '%s (Claude Code)\n' "$VERSION" && exit ;;
  'auth status') auth_status ;;
esac
while [ $# -gt 0 ]; do
  case $1 in
    --settings) settings_file=${2-} && shift && many=no ;;
    --session-id) session=${2-} && shift && many=no ;;
    --resume | -r) resume=${2-} && shift && many=no ;;
    --permission-mode) permission_mode=${2-} && shift && many=no ;;
    --model) shift && many=no ;;
    --add-dir | --mcp-config) many=yes ;; # takes every word up to the next option, a prompt too
    --dangerously-skip-permissions) permission_mode=bypassPermissions many=no ;;
    --strict-mcp-config) many=no ;;
    --) shift && first_prompt=${1-} && break ;;
    -?*) fail "error: unknown option '$1'" ;;
    *) [ $many = yes ] || first_prompt=$1 ;;
  esac
  shift
done

cwd=$(pwd)
cwd_json=$(json "$cwd")
tick
started_ms=$now_ms
proc_start=$(sed 's/.*) //' /proc/$$/stat 2>/dev/null | cut -d' ' -f20)
settings='' status='' menu=closed box=closed leaving=no hold=no typed='' queued='' tool='' reader=''
prompt_id='' limits_known='' requests=0 parent=null messages=0 last_role='' dangling=''
if [ -n "$settings_file" ]; then
  settings=$(flatten <"$settings_file") || fail "Error: Settings file not found or invalid: $settings_file"
fi
auto_continue=$(printf '%s\n' "$settings" | sed -n "s/^autoContinueAtUsageLimit$TAB//p")
auto_continue=${auto_continue:-true}

transcript_of() { printf '%s/projects/%s/%s.jsonl' "$config_dir" "$(printf %s "$cwd" | sed 's/[^A-Za-z0-9]/-/g')" "$1"; }
found() { # the transcript of a conversation, wherever it was begun
  for file in "$config_dir"/projects/*/"$1.jsonl"; do [ ! -e "$file" ] || printf %s "$file"; done
}

if [ -n "$resume" ]; then
  [ -z "$session" ] || fail 'Error: --session-id can only be used with --continue or --resume if --fork-session is also specified.'
  session=$resume
  transcript=$(found "$resume")
  if [ -z "$transcript" ]; then
    transcript=$(transcript_of "$resume")
    hook SessionEnd ',"reason":"other"'
    fail "No conversation found with session ID: $resume"
  fi
  read_thread
else
  [ -n "$session" ] || { new_uuid && session=$uuid; }
  [ -z "$(found "$session")" ] || fail "Error: Session ID $session is already in use."
  transcript=$(transcript_of "$session")
fi

export CLAUDE_CONFIG_DIR="$config_dir" CLAUDE_PROJECT_DIR="$cwd" CLAUDE_CODE_SESSION_ID="$session"
export CLAUDE_PID=$$ CLAUDE_CODE_ENTRYPOINT=cli CLAUDECODE=1
umask 077
scratch=$config_dir/session-env/agent-$$
mkdir -p "$config_dir/sessions" "$scratch"
trap 'finish 143 other' TERM
trap 'finish 129 other' HUP
trap 'finish 0 other' INT
trap on_input USR1
# Ctrl-C and Esc are keys there, not signals: they end a chunk of input like Enter does.
terminal=$(stty -g </dev/tty)
stty intr undef quit undef susp undef eol "$CTRL_C" eol2 "$ESC" </dev/tty

printf '\033[1mscripted agent\033[0m, a stand-in for Claude Code %s (no model, no network)\n' "$VERSION"
printf 'account \033[1m%s\033[0m · %s · %s\n\n' "$(account_value name)" "$(account_value email)" "$cwd"
registry ''
if [ -n "$resume" ]; then
  show_conversation
  bytes=$(wc -c <"$transcript")
  age=$((now - $(stat -c %Y "$transcript" 2>/dev/null || stat -f %m "$transcript")))
  hook SessionStart ",\"source\":\"resume\",\"seconds_since_last_response\":$age,\"context_tokens\":$((bytes / 4)),\"prompt_cache_likely_expired\":false,\"estimated_cache_write_usd\":0.01"
else
  hook SessionStart ",\"source\":\"startup\",\"model\":\"$MODEL\""
fi
registry idle
status_line
listen

if [ -n "$first_prompt" ]; then
  printf '❯ %s\n' "$first_prompt"
  submit "$first_prompt"
  turn "$first_prompt"
fi
while :; do
  if [ -n "$queued" ]; then # typed while an answer streamed: a turn of its own, already announced
    line=${queued%%"$NL"*}
    queued=${queued#*"$NL"}
    turn "$line"
    continue
  fi
  [ -n "$typed" ] || [ "$menu" = open ] || open_box
  hold=yes
  [ -n "$typed" ] || await "$reader"
  hold=no
  on_input
  [ -n "$typed" ] || continue
  line=${typed%%"$NL"*}
  typed=${typed#*"$NL"}
  close_box
  printf '❯ %s\n' "$line"
  case $line in
    /clear)
      hook SessionEnd ",\"prompt_id\":\"$prompt_id\",\"reason\":\"clear\""
      new_uuid && session=$uuid
      export CLAUDE_CODE_SESSION_ID="$session"
      transcript=$(transcript_of "$session") parent=null messages=0 last_role='' dangling='' prompt_id=''
      registry idle
      hook SessionStart ",\"source\":\"clear\",\"model\":\"$MODEL\""
      ;;
    /*) printf 'Unknown command: %s\n' "$line" ;;
    *)
      submit "$line"
      turn "$line"
      ;;
  esac
done
