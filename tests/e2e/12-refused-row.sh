#!/usr/bin/env bash
# Goal: what the broker refuses is not lost: the relay is held, degraded says so, and all goes on by itself once the broker
# takes it. The embedded broker is told to refuse; on Kafka the topic's limit is set too low.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
set_new
set_start
account alice 100000
before=$(order alice 10)
eventually "an order is PAID" is_closed "$before" PAID

is_held() { [[ $(degraded order) == *"relay: outbox row "*" was refused: $1"* ]]; }
is_held_no_more() { is_well order && [[ $(metric order relay_held) == 0 ]]; }
all_are_paid() { [[ $(sql order "SELECT count(*) FROM orders WHERE closed_at IS NULL OR status <> 'PAID'") == 0 ]]; }
# Several at once, so that they share requests to the broker.
orders_at_once() { curl -sS --no-progress-meter -Z --parallel-max 8 -o /dev/null --json "$(order_body alice 10)" "$ORDER_URL/orders?n=[1-20]"; }

# held WHY: what follows from a refusal
held() {
    eventually "the relay is held: $1" is_held "$1"
    equal "metrics say so" 1 "$(metric order relay_held)"
    check "and count refusals" test "$(metric order relay_refused_total)" -gt 0
    check "the log names the row" grep -q "the broker refuses a row: the relay is held and tries it again.* seq=[0-9]* why=$1" "$SET_DIR/order.log"
    equal "orders are taken all the same" 200 "$(status_of "$ORDER_URL/readyz")"
}

embedded_part() {
    local control=("$BUILD/devbroker" ctl "$SET_DIR/broker.ctl") refused
    equal "the next two answers are MSG_SIZE_TOO_LARGE" ok "$("${control[@]}" push-errors produce 10 2)"
    order alice 10 >/dev/null
    held MSG_SIZE_TOO_LARGE
    orders_at_once
    eventually "that is over: the relay goes on by itself" is_held_no_more
    eventually "all orders are PAID" all_are_paid
    refused=$(metric order relay_refused_total)
    equal "the next two, to whole groups of rows, are TOPIC_AUTHORIZATION_FAILED" ok "$("${control[@]}" push-errors produce 29 2)"
    orders_at_once
    eventually "all orders are PAID" all_are_paid
    check "though many rows were refused" test "$(metric order relay_refused_total)" -gt $((refused + 1))
    eventually "and the relay is held no more" is_held_no_more
}

kafka_part() {
    local limit=("$ROOT/deploy/kafka/tool" configs --bootstrap-server "$BROKERS" --alter --entity-type topics --entity-name orders)
    "${limit[@]}" --add-config max.message.bytes=100 >>"$SET_DIR/broker.log" 2>&1
    orders_at_once
    held MSG_SIZE_TOO_LARGE
    orders_at_once
    "${limit[@]}" --delete-config max.message.bytes >>"$SET_DIR/broker.log" 2>&1
    eventually "the limit is as it was: the relay goes on by itself" is_held_no_more
    eventually "all orders are PAID" all_are_paid
}

"${BROKER}_part"
equal "each was paid once" "$(sql order "SELECT 100000 - sum(amount) FROM orders")" "$(balance alice)"
audit
