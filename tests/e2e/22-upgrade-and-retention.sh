#!/usr/bin/env bash
# Goal: databases of the first schema version are brought up to date at a start, and all goes on where it stood. Rows that
# nobody needs any more are deleted while orders come and while none come; business rows stay, and nothing is lost or
# doubled by it. A start that would forget too early is refused.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
set_new
set_start

# ---- an upgrade ----

# shellcheck source=tests/fixtures/downgrade.sh
. "$ROOT/tests/fixtures/downgrade.sh"
account alice 100000000
done_before=$(KEY=before order alice 100)
eventually "an order is PAID" is_closed "$done_before" PAID
service_stop payment
under_way=$(order alice 100)
eventually "the broker has another one" eval '[[ $(metric order outbox_pending) == 0 ]]'
for name in order notify; do service_stop "$name"; done
waiting=$(sql order "SELECT count(*) FROM outbox")
for name in order payment notify; do
    downgrade "$name"
    equal "the database of $name-svc is of version 1" 1 "$(sql "$name" "SELECT schema_version FROM meta")"
    service_start "$name"
    check "it is upgraded" grep -q 'msg="the database was upgraded" from_schema=1 to_schema=2' "$SET_DIR/$name.log"
done
equal "with every row of its outbox" "$waiting" "$(sql order "SELECT count(*) FROM outbox WHERE causation NOT GLOB '*-*' OR seq <= $waiting")"
eventually "the order that was under way is PAID" is_closed "$under_way" PAID
equal "the same key gets the same answer" "$done_before" "$(KEY=before order alice 100)"
audit

# ---- retention ----

SAID=$(env DATA_DIR="$SET_DIR/none" PROCESSED_EVENT_RETENTION_S=3600 "$BUILD/payment-svc" 2>&1) && fail "it starts"
contains "a start that would forget too early is refused" \
    "PROCESSED_EVENT_RETENTION_S: must be at least OUTBOX_RETENTION_S (86400) and TOPIC_RETENTION_S (604800)" "$SAID"

for name in order payment notify; do
    service_stop "$name"
    service_start "$name" OUTBOX_RETENTION_S=2 PROCESSED_EVENT_RETENTION_S=4 TOPIC_RETENTION_S=1 IDEMPOTENCY_RETENTION_S=3
done
forgotten() { metric "$1" "rows_forgotten_total{table=\"$2\"}"; }
load_beside --seconds 120 --clients 8 --seed "$SRANDOM" --history "$SET_DIR/history"
for table in outbox idempotency_key; do eventually "order-svc deletes rows of $table" eval "((\$(forgotten order $table) > 50))"; done
for table in outbox processed_event; do eventually "payment-svc deletes rows of $table" eval "((\$(forgotten payment $table) > 50))"; done
eventually "notify-svc deletes rows of processed_event" eval '(($(forgotten notify processed_event) > 50))'
check "while orders come" load_runs
end_load
orders=$(sql order "SELECT count(*) FROM orders")
audit --history "$SET_DIR/history"

empty() { [[ $(sql "$1" "SELECT count(*) FROM $2") == 0 ]]; }
for name in order payment notify; do
    eventually "$name-svc is idle: its outbox is empty" empty "$name" outbox
    eventually "and has no stored answers" empty "$name" idempotency_key
    [[ $name == order ]] || eventually "and no processed events" empty "$name" processed_event
done
equal "all orders are there" "$orders" "$(sql order "SELECT count(*) FROM orders")"
equal "with their payments" "$orders" "$(sql payment "SELECT count(*) FROM payment")"
audit --history "$SET_DIR/history"
eventually "another order is PAID" is_closed "$(order alice 100)" PAID
audit
