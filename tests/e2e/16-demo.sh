#!/usr/bin/env bash
# Goal: the demo plays every path as said, in colours on a terminal only, stays until Ctrl-C if it is not told otherwise, and
# leaves nothing behind: no process, no folder.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
set_new
folder=$SET_DIR/tmp
ports=choreography-ports-$UID
mkdir "$folder"
ln -s "$(realpath "${TMPDIR:-/tmp}/$ports")" "$folder/$ports"
left() { find "$folder" -mindepth 1 -not -name "$ports"; }

# ---- it ends by itself ----

result=0
STAY=0 TMPDIR=$folder bash "$ROOT/deploy/demo" >"$SET_DIR/plain.log" 2>&1 || result=$?
[[ $result == 0 ]] || sed 's/^/      /' "$SET_DIR/plain.log"
equal "STAY=0: the demo ends with status 0" 0 "$result"
contains "and says so" "All went as said" "$(cat "$SET_DIR/plain.log")"
equal "nothing went otherwise" 0 "$(grep -c '✗' "$SET_DIR/plain.log" || true)"
for what in "is PAID and closed" "is REJECTED and closed" "is REFUNDED and closed" "both got the same order" "SIGKILL"; do
    contains "it shows '$what'" "$what" "$(cat "$SET_DIR/plain.log")"
done
check "each step of an order is drawn" test "$(grep -c ' ms  order-svc ' "$SET_DIR/plain.log")" -ge 20
check "there is no escape code where there is no terminal" test "$(grep -c $'\e' "$SET_DIR/plain.log")" == 0
equal "no file is left" "" "$(left)"

# ---- it stays until Ctrl-C ----

export STAY='' TMPDIR=$folder
demo="echo \$\$ >'$SET_DIR/demo.pid'; exec bash '$ROOT/deploy/demo'"
# A shell that runs something in the background has it ignore SIGINT.
if command -v script >/dev/null; then
    env --default-signal=INT script -qefc "$demo" "$SET_DIR/stay.log" </dev/null >/dev/null 2>&1 &
else
    env --default-signal=INT bash -c "$demo" >"$SET_DIR/stay.log" 2>&1 </dev/null &
fi
beside=$!
BESIDE+=("$beside")
touch "$SET_DIR/stay.log"
invites() { grep -q 'until you press Ctrl-C' "$SET_DIR/stay.log" && grep -q 'curl .*/metrics' "$SET_DIR/stay.log"; }
PATIENCE=90 eventually "the demo invites to try more" invites
pid=$(cat "$SET_DIR/demo.pid")
if command -v script >/dev/null; then
    check "on a terminal it has colours" grep -q $'\e\\[32m' "$SET_DIR/stay.log"
fi
# The commands that it prints: run as they stand.
printed=$(grep -o 'curl .*' "$SET_DIR/stay.log" | tr -d '\r')
equal "it prints six commands" 6 "$(wc -l <<<"$printed")"
while read -r command; do
    check "this works: ${command:0:60}" eval "${command/curl/curl -sSf -o /dev/null}"
done <<<"$printed"

children() { local child; for child in $(pgrep -P "$1" || true); do echo "$child"; children "$child"; done; }
mapfile -t pids < <(children "$pid")
pids+=("$pid")
[[ $BROKER == embedded ]] || pids+=("$(cat "$folder"/choreography.*/kafka/kafka.pid)")
check "it has a broker and three services (${#pids[@]} processes)" test "${#pids[@]}" -ge 5
kill -INT "$pid"
all_have_ended() { local each; for each in "${pids[@]}"; do [[ ! -d /proc/$each ]] || return 1; done; }
eventually "after SIGINT all of them have ended" all_have_ended
wait "$beside" || true
equal "no file is left" "" "$(left)"
