#!/usr/bin/env bash
# Goal: what the broker refuses is not lost. A refusal counts only when the record was alone in its request; then what it
# told of is compensated (order.created), or it is parked with what follows it; the others go on. A topic that takes nothing
# holds up its own rows only, and they go by themselves later. The embedded broker is told to refuse; on Kafka the topic's
# limit is set too low.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
set_new
set_start
account alice 100000
before=$(order alice 10)
eventually "an order is PAID" is_closed "$before" PAID

counted() { (($(metric "$1" "$2") >= $3)); }
is_status_reason() { get "$ORDER_URL/orders/$1" | jq -e --arg status "$2" --arg reason "$3" '.status == $status and .reason == $reason' >/dev/null; }
in_state() { sql order "SELECT count(*) FROM outbox_parked WHERE state = '$1'"; }
# Several at once, so that they share requests to the broker.
orders_at_once() { curl -sS --no-progress-meter -Z --parallel-max 8 -o /dev/null --json "$(order_body alice 10)" "$ORDER_URL/orders?n=[1-20]"; }
all_but() { [[ $(sql order "SELECT count(*) FROM orders WHERE order_id <> '$1' AND (closed_at IS NULL OR status <> 'PAID')") == 0 ]]; }

# An answer that is to be bad is for whoever of the three asks first: nobody else may have something to say.
next_answers() {
    eventually "nothing is under way" is_quiet
    equal "$1" ok "$("$BUILD/devbroker" ctl "$SET_DIR/broker.ctl" push-errors produce "${@:2}")"
}

# compensated ORDER_ID: what follows from the refusal of its order.created
compensated() {
    eventually "its order is CANCELLED: publish_failed" is_status_reason "$1" CANCELLED publish_failed
    eventually "payment-svc has voided it, and it is closed" is_closed "$1" CANCELLED
    equal "its row is ABANDONED" 1 "$(in_state ABANDONED)"
    equal "v_outbox shows it" "ABANDONED" "$(sql order "SELECT state FROM v_outbox WHERE subject = '$1' AND type = 'order.created'")"
    equal "metrics count it" 1 "$(metric order 'outbox_parked{state="ABANDONED"}')"
}

embedded_part() {
    local refused
    next_answers "the next answer, to many rows, is MSG_SIZE_TOO_LARGE" 10 1
    orders_at_once
    eventually "all orders are PAID" all_but -
    check "though some were refused" test "$(metric order relay_refused_total)" -gt 0
    equal "none was believed to be guilty" 0 "$(metric order relay_set_aside_total)"

    next_answers "the next two are: the second to the row alone" 10 2
    refused=$(order alice 10)
    compensated "$refused"

    next_answers "twice again, now to order.cancelled, which nothing compensates" 10 2
    cancel "$before" >/dev/null
    parked() { [[ $(in_state PARKED) == 1 ]]; }
    eventually "it is PARKED" parked
    contains "readiness says so" "1 row of the outbox is parked" "$(degraded order)"
    orders_at_once
    eventually "others go on" all_but "$refused' AND order_id <> '$before"

    # The topic is asked again each second, four times at most until its rows are moved, and once then. One order first: of
    # several requests under way each would take one of the answers.
    next_answers "the next six say TOPIC_AUTHORIZATION_FAILED" 29 6
    order alice 10 >/dev/null
    says() { [[ $(degraded order) == *"orders: TOPIC_AUTHORIZATION_FAILED"* ]]; }
    eventually "the topic takes nothing" says
    orders_at_once
    waits() { [[ $(in_state WAITING_TOPIC) == 21 ]] && says; }
    eventually "the rows of the topic wait for it" waits
    orders_at_once
    equal "orders are taken all the same" 200 "$(status_of "$ORDER_URL/readyz")"
    gone_back() { [[ $(in_state WAITING_TOPIC) == 0 ]]; }
    eventually "the topic takes records again: they went by themselves" gone_back
    eventually "and all orders are PAID" all_but "$refused' AND order_id <> '$before"
}

kafka_part() {
    local items refused
    configure_topic orders --add-config max.message.bytes=3000
    items=$(for ((i = 0; i < 100; i++)); do printf '{"sku":"book-%020d","quantity":1,"unit_price":1},' "$i"; done)
    orders_at_once & LOADING=$!; BESIDE+=("$LOADING")
    refused=$(field order_id "$(post "$ORDER_URL/orders" "{\"customer_id\":\"alice\",\"currency\":\"EUR\",\"items\":[${items%,}]}")")
    wait "$LOADING"
    compensated "$refused"
    orders_at_once
    eventually "the others are PAID: none was blamed for its neighbour" all_but "$refused"
    check "though more were refused than the one" test "$(metric order relay_refused_total)" -gt 1
    equal "only one was set aside" 1 "$(metric order relay_set_aside_total)"
}

"${BROKER}_part"
equal "each was paid once" "$(sql payment "SELECT 100000 - sum(amount) FROM payment WHERE status = 'COMPLETED'")" "$(balance alice)"
audit
