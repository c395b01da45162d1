#!/usr/bin/env bash
# Goal: while the broker is away orders are accepted until OUTBOX_MAX_PENDING events wait; then requests that write get 503
# with Retry-After, readiness and metrics say why, and all goes on by itself when the broker has taken them.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
set_new
set_start OUTBOX_MAX_PENDING=20
account alice 1000000
eventually "an order is PAID" is_closed "$(order alice 1)" PAID
broker_stop
eventually "the broker is away" eval '[[ $(degraded order) == *"no broker can be reached"* ]]'

accepted=0
is_refused() {
    local status
    status=$(status_of --json "$(order_body alice 1)" "$ORDER_URL/orders")
    [[ $status != 201 ]] || accepted=$((accepted + 1))
    [[ $status == 503 ]]
}
eventually "orders are accepted until one is refused" is_refused
check "20 were accepted at least ($accepted)" test "$accepted" -ge 20
check "and no more than a second brings" test "$accepted" -lt 500
answer=$(curl -sS -i --json "$(order_body alice 1)" "$ORDER_URL/orders" | tr -d '\r')
contains "it is a problem" "Content-Type: application/problem+json" "$answer"
contains "that says why" '"detail":"too many events wait for the broker; nothing was written, try again later"' "$answer"
contains "and when to try again" "Retry-After: 5" "$answer"
equal "order-svc is not ready" 503 "$(status_of "$ORDER_URL/readyz")"
says() { [[ $(degraded order) == *"$1"* ]]; }
eventually "and says why" says "outbox: $accepted events wait for the broker, OUTBOX_MAX_PENDING is 20"
equal "metrics say so, too" "1 0" "$(metric order 'short_of{what="outbox"}') $(metric order 'short_of{what="disk"}')"
equal "reading works" 200 "$(status_of "$ORDER_URL/orders")"
equal "payment-svc, for which nothing waits, is ready" 200 "$(status_of "$PAYMENT_URL/readyz")"
equal "nothing was written for a refused order" $((accepted + 1)) "$(sql order "SELECT count(*) FROM orders")"

broker_start
eventually "the broker is back: ready by itself" eval '[[ $(status_of "$ORDER_URL/readyz") == 200 ]]'
equal "orders are accepted" 201 "$(status_of --json "$(order_body alice 1)" "$ORDER_URL/orders")"
audit
equal "all of them were PAID" $((accepted + 2)) "$(sql order "SELECT count(*) FROM orders WHERE status = 'PAID'")"
