#!/usr/bin/env bash
# Goal: an error that is fatal to the idempotent producer costs nothing but a new producer: what was not acknowledged is
# said again, and every order is still paid once. Only the embedded broker can be told to answer so.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
skip_unless embedded "a real broker gives such answers only when it is broken"
set_new
set_start
account alice 100000
before=$(order alice 10)
eventually "an order is PAID" is_closed "$before" PAID

control() { "$BUILD/devbroker" ctl "$SET_DIR/broker.ctl" "$@"; }
orders_at_once() { curl -sS --no-progress-meter -Z --parallel-max 8 -o /dev/null --json "$(order_body alice 10)" "$ORDER_URL/orders?n=[1-20]"; }
all_are_paid() { [[ $(sql order "SELECT count(*) FROM orders WHERE closed_at IS NULL OR status <> 'PAID'") == 0 ]]; }
rebuilt() { metric order relay_rebuilt_total; }
was_rebuilt() { (($(rebuilt) > $1)); }

equal "the first producer is still at work" 0 "$(rebuilt)"
# OUT_OF_ORDER_SEQUENCE_NUMBER at the head of the line.
for round in 1 2; do
    had=$(rebuilt)
    eventually "nothing is under way" is_quiet
    equal "round $round: the next answers are error 45" ok "$(control push-errors produce 45 3)"
    orders_at_once
    eventually "the producer is rebuilt" was_rebuilt "$had"
    eventually "all orders are PAID" all_are_paid
done
check "the log says why" grep -q "the producer has to be replaced.* error=.*OUT_OF_ORDER_SEQUENCE_NUMBER" "$SET_DIR/order.log"
# These librdkafka may mend by itself: UNKNOWN_PRODUCER_ID, INVALID_PRODUCER_EPOCH, PRODUCER_FENCED. One order at a time: a
# real broker would refuse the request behind a failed one; this one takes it, upon which librdkafka believes that it has the
# first one, too.
for code in 59 47 90; do
    eventually "nothing is under way" is_quiet
    equal "the next answers are error $code" ok "$(control push-errors produce "$code" 2)"
    check "an order is taken" test -n "$(order alice 10)"
    eventually "all orders are PAID" all_are_paid
done
equal "no row was called refused" 0 "$(metric order relay_refused_total)"
eventually "order-svc is well" is_well order
equal "no errors are left to come" "produce_errors=0" "$(control status | grep -o 'produce_errors=[0-9]*')"
equal "each order was paid once" "$(sql order "SELECT 100000 - sum(amount) FROM orders")" "$(balance alice)"
equal "no order has two notices" 0 "$(sql notify "SELECT count(*) - count(DISTINCT order_id) FROM notification")"
audit
