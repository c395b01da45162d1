#!/usr/bin/env bash
# Goal: the broker is killed under load and comes back: nothing is lost, nothing doubled. Kafka comes back with its log, the
# embedded broker with an empty memory, so that everything kept is said again.
. "$(dirname "$0")/lib.sh"
set_new
set_start

orders() { sql order "SELECT count(*) FROM orders"; }
are_more() { (($(orders) > had + 150)); }
load_beside --seconds 3600 --clients 8 --rate 60 --seed "$SRANDOM" --history "$SET_DIR/history"
for round in 1 2; do
    had=$(orders)
    until_true 60 are_more || fail "no load"
    broker_kill
    eventually "round $round: order-svc notices" eval '[[ $(degraded order) == *broker* ]]'
    equal "round $round: it accepts writes all the same" 200 "$(status_of "$ORDER_URL/readyz")"
    broker_start
    eventually "round $round: and finds the broker again" is_well order
done
end_load
audit --history "$SET_DIR/history"
equal "an outage kills no event" 0 "$(sql payment "SELECT count(*) FROM dead_letter")"
