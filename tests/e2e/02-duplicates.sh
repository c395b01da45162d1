#!/usr/bin/env bash
# Goal: every event sent twice has one effect; the second copy is seen and counted.
. "$(dirname "$0")/lib.sh"
set_new
set_start ALLOW_FAULTS=1 RELAY_SEND_TWICE=1

load_beside --orders 600 --clients 16 --seed "$SRANDOM" --history "$SET_DIR/history"
wait_for_load
audit --history "$SET_DIR/history"
for name in order payment notify; do
    duplicates=$(get "$(url_of "$name")/metrics" | awk '/^events_total\{.*result="duplicate"/ { n += $2 } END { print n + 0 }')
    check "$name-svc saw duplicates ($duplicates)" test "$duplicates" -gt 100
done
equal "every charge stands once in the ledger" 0 \
    "$(sql payment "SELECT count(*) FROM (SELECT 1 FROM ledger WHERE kind = 'CHARGE' GROUP BY order_id HAVING count(*) > 1)")"
