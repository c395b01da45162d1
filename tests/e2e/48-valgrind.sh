#!/usr/bin/env bash
# Goal: all three services, through one full flow and a stop by SIGTERM, touch no memory that is not theirs, use none before it
# was written, and leave none behind: valgrind watches. Paid, rejected, cancelled and refunded orders, webhooks that fail, a
# stream, a wait, bad requests, operators' commands.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
skip() { echo "  skipped: $1"; trap - EXIT; exit 0; }
[[ ${VALGRIND-} ]] || skip "it takes minutes on a busy machine: VALGRIND=1, as make nightly does"
command -v valgrind >/dev/null || skip "valgrind is not installed"
! is_instrumented || skip "a sanitizer watches this build"
set_new
leaks=definite,indirect,possible
UNDER=(valgrind --fair-sched=try --num-callers=30 --leak-check=full --show-leak-kinds="$leaks"
    --errors-for-leak-kinds="$leaks" --error-exitcode=99
    --suppressions="$ROOT/tests/static/valgrind.supp" --log-file="$SET_DIR/valgrind-%p.log")
PATIENCE=120
PORT[receiver]=$(free_port)
export NOTIFY_CHANNEL=webhook WEBHOOK_URL="http://127.0.0.1:${PORT[receiver]}/hook"
export WEBHOOK_BACKOFF_INTERVAL_MS=50 WEBHOOK_BACKOFF_MAX_MS=100 WEBHOOK_TIMEOUT_MS=5000

"$BUILD/receiver" "${PORT[receiver]}" 100 >"$SET_DIR/receiver" 2>&1 &
BESIDE+=($!)
broker_start
declare -A pid
for name in order payment notify; do
    service_launch "$name"
    pid[$name]=${PID[$name]}
done
for name in order payment notify; do eventually "$name-svc is ready" service_ready "$name"; done

# ---- the flow ----

curl -sSN "$ORDER_URL/orders/events" >"$SET_DIR/stream" 2>/dev/null &
BESIDE+=($!)
account 200 1000            # the receiver answers as the customer's name says
account 500-200 100000
account reset-200 10
paid=$(order 200 10)
contains "who waits hears of it" '"status":"PAID"' "$(get -H 'Prefer: wait=30' "$ORDER_URL/orders/$paid")"
rejected=$(order reset-200 50)
refunded=$(order 500-200 100)
eventually "an order is rejected" is_closed "$rejected" REJECTED
eventually "an order is paid" is_status "$refunded" PAID
cancel "$refunded" >/dev/null
eventually "and cancelled: refunded" is_closed "$refunded" REFUNDED
eventually "a paid order is closed" is_closed "$paid" PAID
KEY=again order 200 10 >/dev/null
contains "the same again is the same" '"order_id"' "$(KEY=again post "$ORDER_URL/orders" "$(order_body 200 10)")"
equal "bad JSON is refused" 400 "$(status_of --json '{' "$ORDER_URL/orders")"
head -c 100000 /dev/zero | tr '\0' ' ' >"$SET_DIR/body"
equal "a large body is refused" 413 "$(status_of -H Expect: --json "@$SET_DIR/body" "$ORDER_URL/orders")"
exec {noise}<>"/dev/tcp/127.0.0.1/${PORT[order]}"
printf 'x\r\n\r\n' >&"$noise"
read -rt 20 -u "$noise" answer
contains "no HTTP is refused" " 400 " "$answer"
exec {noise}>&-
equal "there are lists" 200 "$(status_of "$ORDER_URL/orders?status=PAID")"
for name in order payment notify; do
    equal "$name-svc has metrics" 200 "$(status_of "$(url_of "$name")/metrics")"
    ctl "$name" status >/dev/null
    ctl "$name" outbox list >/dev/null
    ctl "$name" dead-letters list >/dev/null
done
ctl order backup "$SET_DIR/copy.db" >/dev/null
eventually "all is closed" nothing_pending

# ---- the end ----

is_clean() { grep -q 'ERROR SUMMARY: 0 errors' "$SET_DIR/valgrind-$1.log"; }
for name in order payment notify; do
    service_stop "$name"
    [[ $EXIT_STATUS == 0 ]] || sed -n '/==.*\(rror\|lost\|nvalid\)/,/^==[0-9]*== *$/p' "$SET_DIR/valgrind-${pid[$name]}.log"
    equal "$name-svc ends with status 0" 0 "$EXIT_STATUS"
    check "and valgrind has found nothing" is_clean "${pid[$name]}"
done
audit
