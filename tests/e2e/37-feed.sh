#!/usr/bin/env bash
# Goal: who listens at GET /orders/events gets every change of every order once, in order and only when it is durable:
# from now on, from where it left off, across a SIGKILL of the service; one that does not read is cut off and costs nobody
# anything.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
set_new
export HTTP_IDLE_TIMEOUT_MS=3000
set_start
account alice 100000000

# listen FILE [CURL ARGUMENT...]: keeps what comes in the file
listen() {
    local file=$SET_DIR/$1
    shift
    curl -sSN -D "$file.head" "$@" "$ORDER_URL/orders/events" >"$file" 2>/dev/null &
    LISTENER=$!
    BESIDE+=("$LISTENER")
    until_true 30 grep -q '^id: ' "$file" || fail "no stream: $(cat "$file" "$file.head")"
}
# The ids of the rows that have come, each whole with the empty line behind it: a stream may be cut off anywhere, and the file is
# being written. The first line of a stream names only where it begins.
rows() { awk '/^id: / { id = $2; row = 0 } /^data: / { row = 1 } /^$/ { if (row) print id; row = 0 }' "$SET_DIR/$1"; }
last_id() { awk '/^id: / { id = $2 } /^$/ { last = id } END { print last }' "$SET_DIR/$1"; }
stored_after() { sql order "SELECT seq FROM order_history WHERE seq > $1 ORDER BY seq"; }
has_all() { [[ $(last_id "$1") == "$(sql order "SELECT max(seq) FROM order_history")" ]]; }
history_of() { sed -n 's/^data: //p' "$SET_DIR/$1" | jq -r "select(.order_id == \"$2\") | \"\(.status) by \(.what)\"" | xargs -d '\n'; }

# ---- from now on ----

early=$(order alice 100)
eventually "an order from before is closed" is_closed "$early" PAID
listen live
contains "it is a stream of events" "Content-Type: text/event-stream" "$(tr -d '\r' <"$SET_DIR/live.head")"
contains "that nobody may store" "Cache-Control: no-store" "$(tr -d '\r' <"$SET_DIR/live.head")"
id=$(order alice 100)
eventually "an order is closed" is_closed "$id" PAID
eventually "its rows have come" has_all live
equal "all that happened to it, in order" "CREATED by request PAID by payment.completed PAID by notification.sent" "$(history_of live "$id")"
equal "and nothing from before" "" "$(history_of live "$early")"
comments() { (($(grep -c '^:$' "$SET_DIR/live") >= $1)); }
eventually "silence is filled with comments" comments 3
equal "one listens" 1 "$(metric order feed_readers)"

# ---- from where it left off ----

listen again -H "Last-Event-ID: 2"
eventually "who comes back has the rest" has_all again
equal "each row once, in order" "$(stored_after 2)" "$(rows again)"
equal "HEAD has the headers only" 200 "$(curl -sS -I -o /dev/null -w '%{http_code}' --max-time 5 "$ORDER_URL/orders/events")"
for bad in -1 x 1.5 99999999999999999999 ""; do
    equal "after=$bad is refused" 400 "$(status_of "$ORDER_URL/orders/events?after=$bad")"
done
equal "other methods are refused" 405 "$(status_of --json '{}' "$ORDER_URL/orders/events")"

# ---- under load, with the service killed ----

# On a busy machine whoever reads may have no turn for seconds.
service_stop order
service_start order HTTP_IDLE_TIMEOUT_MS=60000
listen before_kill
load_beside --seconds 3600 --clients 8 --rate 300 --seed "$SRANDOM"
from=$(last_id before_kill)
loaded() { (($(last_id before_kill) > from + $1)); }
eventually "changes come under load" loaded 1000
kill -KILL "${PID[order]}"
reap order || true
check "the stream ends" until_true 60 eval '! kill -0 '"$LISTENER"' 2>/dev/null'
resumed=$(last_id before_kill)
service_start order HTTP_IDLE_TIMEOUT_MS=60000
listen after_kill -H "Last-Event-ID: $resumed"
from_now=$(last_id after_kill)
goes_on() { (($(last_id after_kill) > from_now + 3000)); }
eventually "and goes on where it ended" goes_on
end_load
eventually "all is closed" nothing_pending
eventually "the rest has come" has_all after_kill
cat "$SET_DIR/before_kill" "$SET_DIR/after_kill" >"$SET_DIR/both"
equal "each row once, in order, also across the kill" "$(stored_after "$(sed -n 's/^id: //p' "$SET_DIR/before_kill" | head -n 1)" | md5sum)" \
    "$(rows both | md5sum)"
check "the second stream began where the first ended" test "$from_now" -ge "$resumed"

# ---- nobody waits for who does not read ----

mute() { exec {MUTE}<>"/dev/tcp/127.0.0.1/${PORT[order]}" && printf 'GET /orders/events?after=%s HTTP/1.1\r\nHost: x\r\n\r\n' "$1" >&"$MUTE"; }
readers() { metric order feed_readers; }
service_stop order
service_start order HTTP_IDLE_TIMEOUT_MS=6000
listen reading
for _ in 1 2 3; do mute 0; done
check "three come who read nothing" until_true 60 eval '(($(readers) == 4))'
late=$(order alice 100)
eventually "an order is closed all the same" is_closed "$late" PAID
eventually "who reads gets it" has_all reading
check "who takes nothing for HTTP_IDLE_TIMEOUT_MS is cut off" until_true 60 eval '(($(readers) == 1))'

service_stop order
service_start order HTTP_IDLE_TIMEOUT_MS=60000
mute "$(sql order "SELECT max(seq) FROM order_history")"
check "one comes who has had everything, and reads nothing" until_true 60 eval '(($(readers) == 1))'
load --orders 2500 --clients 16 --seed "$SRANDOM" >"$SET_DIR/load.log"
check "it is cut off when 1 MB waits for it, and the load driver has left" until_true 60 eval '(($(readers) == 0))'
equal "only that one was cut off" 1 "$(metric order feed_readers_cut_total)"
is_instrumented ||
    check "memory stays within bounds" test "$(awk '/VmHWM/ { print $2 }' "/proc/${PID[order]}/status")" -lt 65536

# ---- the end ----

begun=${EPOCHREALTIME/./}
service_stop order
check "a stop does not wait for who listens" test $((${EPOCHREALTIME/./} - begun)) -lt 10000000
service_start order
audit
