#!/usr/bin/env bash
# Goal: while no broker can be reached nothing is counted as an attempt, given up or parked, whether handlers were failing or
# not; orders are accepted, and all that waited is delivered when the broker is back. A database that takes no writes for a
# while is an outage, too.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
set_new
set_start ALLOW_FAULTS=1 RETRY_MAX_ATTEMPTS=1000000 RETRY_BACKOFF_INTERVAL_MS=100 RETRY_BACKOFF_MAX_MS=100

# ---- helpers ----

spoil() { ctl "$1" fault set "${@:2}" >/dev/null || fail "the fault cannot be set"; }
mend() { ctl "$1" fault clear >/dev/null || fail "no fault was set"; }
orders() { sql order "SELECT count(*) FROM orders"; }
more_orders() { (($(orders) >= $1)); }
counted() { local name; for name in order payment notify; do sql "$name" "SELECT event_id, tries, give_ups, crashes FROM attempt ORDER BY 1"; done; }
in_all() { local name; for name in order payment notify; do sql "$name" "$1"; done | xargs; }
nobody_reads() { local name; for name in order payment notify; do [[ $(degraded "$name") == *broker:* ]] || return 1; done; }
tries() { sql notify "SELECT coalesce(max(tries), 0) FROM attempt"; }
tried() { (($(tries) >= $1)); }

# The log stays: what was failing is still there afterwards.
broker_leaves() {
    if [[ $BROKER == kafka ]]; then broker_stop
    else equal "the broker is away" ok "$("$BUILD/devbroker" ctl "$SET_DIR/broker.ctl" down)"; fi
}
broker_returns() {
    if [[ $BROKER == kafka ]]; then broker_start
    else equal "the broker is back" ok "$("$BUILD/devbroker" ctl "$SET_DIR/broker.ctl" up)"; fi
}

# ---- the broker is away ----

spoil notify handler-retries --type order.rejected
spoil payment handler-retries --type order.created --percent 20
nobody=$(order nobody 10)
eventually "notify-svc fails with an event" tried 3
load_beside --seconds 3600 --rate 80 --clients 8 --seed "$SRANDOM" --give-up 60 --drain 90 --history "$SET_DIR/history"
eventually "there is load" more_orders 100
broker_leaves
eventually "all three notice" nobody_reads
before=$(counted) had=$(orders)
contains "some events had failed before" "|" "$before"
eventually "200 orders more are accepted" more_orders $((had + 200))
check "the load goes on" load_runs
kill "$LOAD"        # it starts nothing more, and waits
equal "order-svc is ready" 200 "$(status_of "$ORDER_URL/readyz")"
check "its outbox holds them" test "$(metric order outbox_pending)" -ge 200
equal "no attempt was counted meanwhile" "$before" "$(counted)"
broker_returns
eventually "order-svc is well" is_well order
failures=$(sql notify "SELECT max(tries) FROM attempt")
eventually "notify-svc goes on trying" tried $((failures + 3))
mend payment
# The driver waits on, until the customers of rejected orders are told, too.
all_ended() { [[ $(sql order "SELECT count(*) FROM orders WHERE status = 'CREATED'") == 0 ]]; }
PATIENCE=90 eventually "every order comes to its end" all_ended
equal "nothing was given up" "0 0 0" "$(in_all "SELECT count(*) FROM dead_letter")"
equal "nor parked" "0 0 0" "$(in_all "SELECT count(*) FROM outbox_parked")"
equal "nor refused" "0" "$(metric order relay_refused_total)"

# ---- the database takes no writes ----

spoil notify commit-fails
lost=$(metric notify group_commit_failures_total)
before=$(tries)
loses() { (($(metric notify group_commit_failures_total) > lost + 5)); }
eventually "turns are undone" loses
equal "a turn that was undone is no attempt" "$before" "$(tries)"
mend notify
wait_for_load
eventually "the order that nobody paid is told of" is_closed "$nobody" REJECTED
equal "no attempts are left" "0 0 0" "$(in_all "SELECT count(*) FROM attempt")"
audit --history "$SET_DIR/history"
