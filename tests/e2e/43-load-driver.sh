#!/usr/bin/env bash
# Goal: the load driver hears of the ends of its orders, from the streams of events or from the notifications topic, and
# loses none of them when the services that tell are killed, or say nothing for long; it asks only when it has long heard
# nothing. --find-knee comes to an end and names a rate.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
set_new
set_start
# The numbers of the line "news": times lost, times asked for.
lost_and_asked() { sed -n 's/^ *news .* lost \([0-9]*\) times, \([0-9]*\) times asked.*/\1 \2/p' "$SET_DIR/load.log"; }
accepted() { sed -n 's/.* sent, \([0-9]*\) accepted,.*/\1/p' "$SET_DIR/load.log"; }
has_worked() { (($(metric "$1" group_commit_size_count) > 20)) || ! load_runs; }
kill_in_turn() {
    local name
    for name in "$@"; do
        until_true 60 has_worked "$name" || fail "$name-svc does nothing"
        kill -KILL "${PID[$name]}"
        reap "$name" || true
        service_start "$name"
    done
}

# ---- from the stream of events ----

load_beside --seconds 3600 --rate 40 --seed "$SRANDOM" --history "$SET_DIR/history"
kill_in_turn order notify payment order
check "services were killed while there was load" load_runs
end_load
read -r lost asked < <(lost_and_asked)
check "its stream was lost, and went on" test "$lost" -ge 1
check "it asked for few orders instead of listening" test "$asked" -lt $(($(accepted) / 4))
contains "it heard of every notification" "$(accepted) orders, 0 missing" "$(<"$SET_DIR/load.log")"

# ---- from the topic ----

load_beside --seconds 3600 --rate 40 --seed "$SRANDOM" --notified "$BROKERS" --history "$SET_DIR/history-2"
kill_in_turn notify order payment
end_load
contains "it says what it listened to" "news       from the topic" "$(<"$SET_DIR/load.log")"
contains "it heard of every notification there, too" "$(accepted) orders, 0 missing" "$(<"$SET_DIR/load.log")"

# ---- when nobody tells ----

looks() { metric order 'http_requests_total{method="GET",route="/orders/{id}",status="2xx"}'; }
before_looks=$(looks)
before=$(sql order "SELECT count(*) FROM orders")
load_beside --orders 40 --rate 20 --seed "$SRANDOM" --notified "$BROKERS" --flow "$ROOT/tests/load/flows/happy.flow"
begun() { (($(sql order "SELECT count(*) FROM orders") > before)); }
eventually "there is load" begun
service_kill notify         # a clean stop takes its time, and the orders are few
unheard() { sql order "SELECT count(*) FROM orders WHERE status = 'PAID' AND closed_at IS NULL"; }
all_paid() { (($(sql order "SELECT sum(status <> 'CREATED') FROM orders") == before + 40)); }
eventually "all orders are PAID" all_paid
count=$(unheard)
check "of some of which nobody says so" test "$count" -gt 0
looked_at() { (($(looks) >= before_looks + count)); }
eventually "after a while each is asked for" looked_at
service_start notify
wait_for_load
read -r lost asked < <(lost_and_asked)
check "as the driver says" test "$asked" -ge "$count"

service_stop order
status=0
load --order "$NOTIFY_URL" --orders 1 --give-up 1 >"$SET_DIR/load.log" 2>&1 || status=$?
contains "a service without a stream of events is named" "1 load: $NOTIFY_URL: no stream of events: answers 404" \
    "$status $(<"$SET_DIR/load.log")"
service_start order

# ---- the knee ----

status=0
load --find-knee --knee-from 300 --probe 1 --seed "$SRANDOM" --flow "$ROOT/tests/load/flows/happy.flow" \
    --json "$SET_DIR/knee.json" >"$SET_DIR/load.log" 2>&1 || status=$?
sed 's/^/      /' "$SET_DIR/load.log"
equal "the search for the knee ends well" 0 "$status"
check "it names a rate" grep -q '^knee: [0-9]*/s ([0-9]*/s is too much), [0-9]* probes$' "$SET_DIR/load.log"
equal "so does the JSON, from its probes" true \
    "$(jq '.knee | .rate as $rate | .too_much <= .rate * 1.05 + 1 and any(.probes[]; .rate == $rate and .held)' \
        "$SET_DIR/knee.json")"
audit --history "$SET_DIR/history"
