#!/usr/bin/env bash
# Goal: each flow that is shipped is played to its end and leaves what it says in the databases; a mix is played in its
# proportions and by its schedule; what a stopped service costs is counted from when each order was due.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
set_new
set_start
flows=$ROOT/tests/load/flows

# play FLOW ARGUMENT...: the summary in play.log, a line for each order in history
play() {
    local flow=$1 result=0
    shift
    load --flow "$flow" --notified "$BROKERS" --seed "$SRANDOM" --history "$SET_DIR/history.one" --json "$SET_DIR/play.json" \
        "$@" >"$SET_DIR/play.log" 2>&1 || result=$?
    cat "$SET_DIR/history.one" >>"$SET_DIR/history"
    ((result == 0)) || { tail -n 20 "$SET_DIR/play.log"; fail "$(basename "$flow") was not played to its end"; }
}
# How many of the last play's orders a condition holds for, in the databases.
played() { awk '{ print $2 }' "$SET_DIR/history.one"; }
of_them() {
    sql order "WITH played(id) AS (SELECT value FROM json_each('[\"$(played | paste -sd, | sed 's/,/","/g')\"]'))
               SELECT count(*) FROM orders JOIN played ON id = order_id WHERE $1"
}

# ---- each flow ----

# ends FLOW CONDITION: what all its orders have come to
ends() {
    play "$flows/$1.flow" --rate 60 --seconds 1
    equal "$1: all of them" 60 "$(of_them "$2")"
}
items() { echo "(SELECT count(*) FROM order_item WHERE order_item.order_id = orders.order_id)"; }
ends happy "status = 'PAID'"
ends declined "status = 'REJECTED' AND reason = 'insufficient_funds'"
ends declined-unknown "status = 'REJECTED' AND reason = 'unknown_account'"
ends cancel-race "status = 'REFUNDED'"
ends cancel-late "status = 'REFUNDED' AND (SELECT count(*) FROM order_history h WHERE h.order_id = orders.order_id AND status = 'PAID') > 0"
ends duplicate-post "status = 'PAID'"
ends hot-customer "status = 'PAID' AND customer_id LIKE 'load-%-hot-1'"
hot=$(sql order "SELECT customer_id FROM orders WHERE customer_id LIKE 'load-%-hot-1' LIMIT 1")
equal "hot-customer: each has paid in what it cost" 1000000000000 "$(balance "$hot")"
ends bulk "status = 'PAID' AND $(items) BETWEEN 30 AND 100"
check "bulk: some with many items" test "$(of_them "$(items) > 75")" -gt 5
equal "a repeated request made no other order" "$(wc -l <"$SET_DIR/history")" "$(sql order "SELECT count(*) FROM orders")"

# ---- nobody pays in time ----

service_stop order
service_start order PAY_WITHIN=1
for ((i = 0; i < PARTITIONS; i++)); do ctl payment consumer pause orders "$i" --why "nobody is to pay" >/dev/null; done
load_beside --flow "$flows/expiry.flow" --notified "$BROKERS" --rate 60 --seconds 1 --seed "$SRANDOM" --history "$SET_DIR/history.one"
expired() { [[ $(sql order "SELECT count(*) FROM orders WHERE status = 'CANCELLED' AND reason = 'expired'") == 60 ]]; }
eventually "expiry: all are cancelled because they expired" expired
for ((i = 0; i < PARTITIONS; i++)); do ctl payment consumer resume orders "$i" --why "what is late is declined" >/dev/null; done
wait_for_load
cat "$SET_DIR/history.one" >>"$SET_DIR/history"
equal "nothing was charged for them" 60 "$(sql payment "SELECT count(*) FROM payment WHERE status = 'VOIDED'")"
service_stop order
service_start order

# ---- mixes ----

share() { awk -v flow="$1" '$4 == flow' "$SET_DIR/history.one" | wc -l; }
play "$flows/mixed.flow" --orders 400 --clients 16
equal "a number of orders is kept to" 400 "$(wc -l <"$SET_DIR/history.one")"
check "seven of ten are happy" test "$(share happy)" -gt 230 -a "$(share happy)" -lt 330
check "one of twenty races" test "$(share cancel-race)" -gt 4 -a "$(share cancel-race)" -lt 50
started=${EPOCHREALTIME/./}
play "$flows/black-friday.flow" --shorten 10
equal "black-friday, a tenth of it: ramp, hold, burst on top, hold, ramp" $((150 + 300 + 230 + 300 + 88)) "$(wc -l <"$SET_DIR/history.one")"
check "in its own time" test $((${EPOCHREALTIME/./} - started)) -gt 3600000
for flow in happy declined cancel-race cancel-late duplicate-post bulk; do
    check "black-friday: $flow" test "$(share "$flow")" -gt 10
done

mkdir "$SET_DIR/flows"
cp "$flows"/{happy,declined}.flow "$SET_DIR/flows"
cat >"$SET_DIR/flows/small.flow" <<'END'
3 happy
1 declined

ramp 0..100/s over 1s
hold 100/s for 500ms
burst 200 over 100ms
drain
ramp 40..0/s over 500ms
END
started=${EPOCHREALTIME/./}
play "$SET_DIR/flows/small.flow"
equal "ramp, hold, burst, drain and ramp: each order that was due" $((50 + 50 + 10 + 200 + 10)) "$(wc -l <"$SET_DIR/history.one")"
check "not before it was due" test $((${EPOCHREALTIME/./} - started)) -gt 2000000
printf '1 happy\nclosed 5 clients for 2s\n' >"$SET_DIR/flows/small.flow"
play "$SET_DIR/flows/small.flow"
check "closed: five clients one order after the other" test "$(wc -l <"$SET_DIR/history.one")" -gt 10

# ---- what the README shows ----

# The n-th block of code in it.
shown() { awk -v n="$1" '/^```/ { if (inside) { inside = 0 } else { inside = 1; block++ } next } inside && block == n' "$ROOT/tests/load/README.md"; }
shown 2 >"$SET_DIR/flows/shown.flow"
play "$SET_DIR/flows/shown.flow" --orders 5
equal "a flow: its orders are given back" 5 "$(of_them "status = 'REFUNDED'")"
cp "$flows/cancel-race.flow" "$SET_DIR/flows"
shown 3 >"$SET_DIR/flows/shown.flow"
play "$SET_DIR/flows/shown.flow" --orders 50 --clients 10
check "a mix: most orders are happy" test "$(share happy)" -gt 25

# ---- mistakes ----

STATUS=0
echo "1 happiness" >"$SET_DIR/flows/small.flow"
OUT=$(load --flow "$SET_DIR/flows/small.flow" 2>&1) || STATUS=$?
equal "a mistake ends it" 2 "$STATUS"
contains "and is told with its line" "small.flow:1: expected a flow, but cannot read $SET_DIR/flows/happiness.flow" "$OUT"
printf 'order 1 book at 5\nexpect notified refunded within 2s\n' >"$SET_DIR/flows/happy.flow"
OUT=$(load --flow "$SET_DIR/flows/happy.flow" --notified "$BROKERS" --orders 1 --seed "$SRANDOM" 2>&1) && fail "it should not be content"
contains "a customer who is not told in time is a failure" "happy.flow:2: flow happy, order" "$OUT"
contains "that says what was heard" "was told PAID after 2." "$OUT"
contains "and what was expected" " s, expected REFUNDED" "$OUT"

# ---- no omission is coordinated ----

rm "$SET_DIR/history.one"
load_beside --flow "$flows/happy.flow" --rate 100 --seconds 4 --seed "$SRANDOM" --history "$SET_DIR/history.one" --json "$SET_DIR/play.json"
sending() { [[ -s $SET_DIR/history.one ]]; }
eventually "orders are sent" sending
kill -STOP "${PID[order]}"
read -rt 1.5 <> <(:) || true
kill -CONT "${PID[order]}"
wait_for_load
cat "$SET_DIR/history.one" >>"$SET_DIR/history"
equal "what was due while order-svc stood still was sent" 400 "$(wc -l <"$SET_DIR/history.one")"
check "and the wait counts: a third of all orders took long" test "$(jq '.latency_ms.created.p90 > 700' "$SET_DIR/play.json")" == true

audit --history "$SET_DIR/history"
