#!/usr/bin/env bash
# Goal: k6 plays the same flows, in the proportions of the same mix, and what it leaves behind is right.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
K6=$(command -v k6 || echo "$BUILD/k6")
[[ -x $K6 ]] || { echo "  skipped: k6 is neither on the PATH nor in $BUILD; make test-k6 builds it"; trap - EXIT; exit 0; }
set_new
set_start
for name in order payment notify; do eventually "$name-svc has its broker" is_well "$name"; done

# play FLOW RATE SECONDS NAME=VALUE...: the summary in k6.log
play() {
    local settings=() setting
    for setting in FLOW="$1" RATE="$2" SECONDS="$3" "${@:4}"; do settings+=(-e "$setting"); done
    K6_NO_USAGE_REPORT=true "$K6" run -q -e ORDER_URL="$ORDER_URL" -e PAYMENT_URL="$PAYMENT_URL" -e NOTIFY_URL="$NOTIFY_URL" \
        "${settings[@]}" "$ROOT/tests/load/k6/play.js" >"$SET_DIR/k6.log" 2>&1
}
content() { play "$@" || { tail -n 60 "$SET_DIR/k6.log"; fail "k6 is not content with $1"; }; }
orders() { sql order "SELECT count(*) FROM orders WHERE $1"; }

content mixed 40 5
check "mixed: every order that was due" test "$(orders true)" -ge 199
check "most were paid" test "$(orders "status = 'PAID'")" -gt 120
check "some were not" test "$(orders "status = 'REJECTED'")" -gt 3
check "some were given back" test "$(orders "status = 'REFUNDED'")" -gt 3
equal "each step is counted by its name" 1 "$(grep -c '✓ cancel-late: wait until PAID' "$SET_DIR/k6.log")"
content hot-customer 20 1
equal "hot-customer: one customer" 1 "$(sql order "SELECT count(DISTINCT customer_id) FROM orders WHERE customer_id LIKE '%-hot-%'")"
content bulk 20 1
check "bulk: orders of many items" test "$(sql order "SELECT max(n) FROM (SELECT count(*) AS n FROM order_item GROUP BY order_id)")" -gt 50

STATUS=0
play happy 5 1 CUSTOMERS=0 || STATUS=$?
equal "customers without accounts are no happy ones" 99 "$STATUS"
check "and the step is named" grep -q '✗ happy: wait until PAID' "$SET_DIR/k6.log"
audit
