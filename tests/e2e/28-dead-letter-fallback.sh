#!/usr/bin/env bash
# Goal: a dead letter that the database refuses for good is kept in a file beside it, its partition is read on, and it is
# brought into the database at the first start that can, each once.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
set_new
set_start
account alice 1000000
first=$(order alice 10)
eventually "an order is PAID" is_closed "$first" PAID

# ---- helpers ----

database=$SET_DIR/payment-svc/payment-svc.db file=$SET_DIR/payment-svc/payment-svc.dead-letters
refusing=(ALLOW_FAULTS=1 FAULTS=handler-refuses:type=order.created)
letters() { sql payment "SELECT count(*) FROM dead_letter"; }
are_letters() { [[ $(letters) == "$1" ]]; }
passed() { sql payment "SELECT coalesce(sum(next_offset), 0) FROM position WHERE topic = 'orders.DLT'"; }
have_passed() { (($(passed) >= $1)); }
in_log() { grep -c "$1" "$SET_DIR/payment.log" || true; }
rejected() {
    local id ids=()
    for ((i = 0; i < $1; i++)); do ids+=("$(order alice 10)"); done
    for id in "${ids[@]}"; do until_true 60 is_closed "$id" REJECTED || fail "order $id should be REJECTED"; done
    ok "$1 orders are refused and REJECTED"
}

# ---- refused ----

service_stop payment
sqlite3 "$database" "CREATE TRIGGER refuse BEFORE INSERT ON dead_letter BEGIN SELECT RAISE(ABORT, 'no more of these'); END"
before=$(passed)
service_start payment "${refusing[@]}"
rejected 5
eventually "their dead letters were read back" have_passed $((before + 5))
equal "the database has none" 0 "$(letters)"
equal "a file has them" "5 600" "$(in_log "the database refuses a dead letter: it is in a file") $(stat -c %a "$file")"
size=$(stat -c %s "$file")

service_kill payment
head -c 100 "$file" >>"$file"       # as if the power had gone while one was written
service_start payment "${refusing[@]}"
equal "half a letter at its end is cut off" 1 "$(in_log "ends with half a record: it is cut off")"
equal "a start that finds them refused still says so" 1 "$(in_log "the database still refuses dead letters: their file stays")"
equal "and leaves the file as it is" "$size" "$(stat -c %s "$file")"
rejected 2
eventually "the next ones are read back, too" have_passed $((before + 7))
check "and are in the file" test "$(stat -c %s "$file")" -gt "$size"

# ---- and taken ----

service_stop payment
sqlite3 "$database" "DROP TRIGGER refuse"
# As if the service had died between the file and the position: what it read is read again.
sqlite3 "$database" "UPDATE position SET next_offset = 0, last_event_id = NULL WHERE topic = 'orders.DLT'"
service_start payment
equal "the next start takes them over" 1 "$(in_log "dead letters that the database had refused are in it now.* count=7")"
equal "each once" "7 7" "$(letters) $(sql payment "SELECT count(DISTINCT event_id) FROM dead_letter")"
check "the file is gone" test ! -e "$file"
eventually "those that come again from the topic are known" have_passed $((before + 7))
equal "they are still seven" 7 "$(letters)"
equal "with their time" 0 "$(sql payment "SELECT count(*) FROM dead_letter WHERE received_at < 1700000000000")"
equal "with what was in them" 7 "$(sql payment "SELECT count(*) FROM dead_letter WHERE state = 'OPEN' AND reason = 'fault_on_purpose'
    AND type = 'order.created' AND key IS NOT NULL AND length(value) > 0 AND length(headers) > 0")"
check "they can be redriven, and change nothing: the orders were compensated" ctl payment dead-letters redrive --all --why mended
equal "none is open" 0 "$(sql payment "SELECT count(*) FROM dead_letter WHERE state = 'OPEN'")"
audit
