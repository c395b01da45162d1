#!/usr/bin/env bash
# Goal: SIGTERM and SIGINT end a service soon and with status 0, in the midst of requests and while the broker is away: what
# was acknowledged is there, what is there was acknowledged, and every client has its answer or knows that it has none.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
set_new
set_start
account alice 100000000

# ends NAME SECONDS SIGNAL...: sends the signals; checks time and status
ends() {
    local name=$1 limit=$2 begun=${EPOCHREALTIME/./} signal took
    shift 2
    for signal in "$@"; do kill -s "$signal" "${PID[$name]}"; done
    reap "$name"
    took=$(((${EPOCHREALTIME/./} - begun) / 1000))
    equal "$name-svc ends with status 0 after $*" 0 "$EXIT_STATUS"
    check "within $limit s ($took ms)" test "$took" -lt $((limit * 1000))
}

# ---- while requests run ----

# requests N: so many orders, 8 at a time; the statuses in $SET_DIR/statuses, 000 for none, the answers in $SET_DIR/answers
requests() {
    rm -rf "$SET_DIR/answers" "$SET_DIR/statuses"
    mkdir "$SET_DIR/answers"
    curl -sS --no-progress-meter -Z --parallel-max 8 --max-time 20 -o "$SET_DIR/answers/#1" -w '%{http_code}\n' \
        --json "$(order_body alice 1)" "$ORDER_URL/orders?n=[1-$1]" >"$SET_DIR/statuses" 2>/dev/null
}
some_are_answered() { (($(sql order "SELECT count(*) FROM orders") > had + 100)); }

for signal in TERM INT "TERM TERM INT"; do
    had=$(sql order "SELECT count(*) FROM orders")
    known=$(sql order "SELECT coalesce(max(rowid), 0) FROM order_history")
    requests 5000 &
    driver=$!
    BESIDE+=("$driver")
    until_true 60 some_are_answered || fail "no requests"
    # shellcheck disable=SC2086 # one word for each signal
    ends order 10 $signal
    wait "$driver" || true
    check "some came too late" grep -qx 000 "$SET_DIR/statuses"
    equal "each request got 201 or no connection" "" "$(sort -u "$SET_DIR/statuses" | grep -vx -e 201 -e 000 || true)"
    cat "$SET_DIR"/answers/* | grep -o '"order_id":"[^"]*"' | cut -d '"' -f 4 | sort >"$SET_DIR/acknowledged"
    equal "each 201 names its order" "$(grep -cx 201 "$SET_DIR/statuses")" "$(wc -l <"$SET_DIR/acknowledged")"
    sql order "SELECT DISTINCT order_id FROM order_history WHERE what = 'request' AND seq > $known" | sort >"$SET_DIR/there"
    equal "the orders acknowledged ($(wc -l <"$SET_DIR/acknowledged")) are those that are there" "" \
        "$(comm -3 "$SET_DIR/acknowledged" "$SET_DIR/there" | head -n 3)"
    service_start order
done
eventually "all of them are PAID" nothing_pending

# ---- while one waits ----

service_stop payment
id=$(order alice 1)
get -H 'Prefer: wait=30' "$ORDER_URL/orders/$id" >"$SET_DIR/waiting" &
waiting=$!
BESIDE+=("$waiting")
is_waiting() { [[ $(metric order http_waiting_requests) == 1 ]]; }
eventually "a request waits for an order" is_waiting
ends order 10 TERM
check "it is answered" wait "$waiting"
contains "with the order as it is" '"status":"CREATED"' "$(cat "$SET_DIR/waiting")"
service_start order
service_start payment

# ---- while the broker is away ----

says() { [[ $(degraded "$1") == *"$2"* ]]; }
eventually "all is PAID again" nothing_pending
broker_stop
for name in order payment notify; do eventually "$name-svc says the broker is away" says "$name" "no broker can be reached"; done
late=$(order alice 1)
for name in order payment notify; do ends "$name" 10 TERM; done
broker_start
for name in order payment notify; do service_start "$name"; done
eventually "the order that waited is PAID" is_closed "$late" PAID
for name in order payment notify; do ends "$name" 10 TERM; done
audit
