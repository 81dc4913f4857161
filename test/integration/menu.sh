# A menu of Claude Code as it was captured, which goes with the keys: `menu.sh FOLDER FIRST COUNT`.
# FOLDER holds a screen for each selected option, 0, 1, ... COUNT-1, and `done`, which is shown after Enter.
# Every key it gets is a line in FOLDER/keys. A digit chooses at once, as on the real one.
folder=$1 at=$2 count=$3
stty -icanon -echo -icrnl min 1
byte() { dd bs=1 count=1 2>/dev/null | od -An -tx1 | tr -d ' \n'; }
draw() {
  printf '\033[2J\033[H'
  cat "$folder/$1"
  cp "$folder/$1" "$folder/shown"
}
draw "$at"
while key=$(byte) && [ -n "$key" ]; do
  if [ "$key" = 1b ]; then key=$key$(byte)$(byte); fi
  echo "$key" >>"$folder/keys"
  case $key in
  1b5b41 | 1b4f41) [ "$at" -gt 0 ] && at=$((at - 1)) ;;
  1b5b42 | 1b4f42) [ "$at" -lt $((count - 1)) ] && at=$((at + 1)) ;;
  0d | 3[1-9])
    echo "chose $at" >>"$folder/keys"
    draw done
    continue
    ;;
  esac
  draw "$at"
done
