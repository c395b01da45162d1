#!/usr/bin/env bash
# Goal: an event whose handler kills the process is found out: it is tried alone at the next starts, and after three crashes
# set aside and compensated, so that the service lives; when giving it up kills the process, too, it is only set aside. Nobody
# else's work is lost, and whoever is killed from outside, however often, blames nobody.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
ulimit -c 0
set_new
set_start
account alice 1000000
innocent=$(order alice 10)
eventually "an order is PAID" is_closed "$innocent" PAID

# ---- helpers ----

attempt_of() { sql payment "SELECT tries, give_ups, crashes, reason FROM attempt WHERE event_id = '$1'"; }
event_of() { sql order "SELECT event_id FROM outbox WHERE subject = '$1' AND type = '$2'"; }
is_acknowledged() { [[ $(sql order "SELECT state FROM v_outbox WHERE subject = '$1' AND type = '$2'") == SENT ]]; }
letters() { sql payment "SELECT count(*) FROM dead_letter WHERE event_id = '$1' AND reason = 'crashed_process'"; }
is_letter() { [[ $(letters "$1") == 1 ]]; }
# crashes FAULTS: payment-svc is started and dies by SIGSEGV
crashes() {
    service_launch payment ALLOW_FAULTS=1 "FAULTS=$1"
    until_true 60 has_ended payment || fail "payment-svc lives"
    reap payment
    [[ $EXIT_STATUS == 139 ]] || fail "payment-svc should die by SIGSEGV, not with $EXIT_STATUS"
}
alone() { grep -c "an event that killed the process is tried alone.*event_id=$1" "$SET_DIR/payment.log" || true; }

# ---- a handler that kills ----

service_stop payment
poison=$(order alice 10)
cancel "$innocent" >/dev/null
for each in "$poison order.created" "$innocent order.cancelled"; do
    # shellcheck disable=SC2086 # two words
    eventually "${each#* } is on its topic" is_acknowledged $each
done
id=$(event_of "$poison" order.created)
for crash in 1 2 3; do
    crashes handler-crashes:type=order.created
    ok "crash $crash of payment-svc"
    equal "the starts before it were counted" "$([[ $crash == 1 ]] || echo "0|0|$((crash - 1))|signal 11")" "$(attempt_of "$id")"
done
service_start payment ALLOW_FAULTS=1 FAULTS=handler-crashes:type=order.created
eventually "the fourth start gives it up: the order is REJECTED" is_closed "$poison" REJECTED
equal "because it cannot be processed" unprocessable "$(get "$ORDER_URL/orders/$poison" | jq -r .reason)"
eventually "it is a dead letter: crashed_process" is_letter "$id"
contains "which says how often" "killed the process 3 times: signal 11" "$(sql payment "SELECT message FROM dead_letter WHERE event_id = '$id'")"
equal "it counts as processed" DEAD "$(sql payment "SELECT outcome FROM processed_event WHERE event_id = '$id'")"
equal "nothing is remembered against it" "" "$(attempt_of "$id")"
equal "after its first crash it was tried alone" 2 "$(alone "$id")"
equal "the log of each start says whom it blames" 3 "$(grep -c "the process before this one died.*event_id=$id signal=11" "$SET_DIR/payment.log")"
eventually "what stood beside it was done" is_closed "$innocent" REFUNDED
equal "once" 1 "$(sql payment "SELECT count(*) FROM ledger WHERE order_id = '$innocent' AND kind = 'REFUND'")"

# ---- giving up kills, too ----

service_stop payment
poison=$(order alice 10)
eventually "another order.created is on its topic" is_acknowledged "$poison" order.created
id=$(event_of "$poison" order.created)
for crash in 1 2 3 4 5 6; do crashes handler-refuses:type=order.created,give-up-crashes; done
ok "six crashes"
service_start payment ALLOW_FAULTS=1 FAULTS=handler-refuses:type=order.created,give-up-crashes
eventually "the seventh start sets it aside" is_letter "$id"
equal "and says nothing" "CREATED 0" "$(status "$poison") $(sql payment "SELECT count(*) FROM outbox WHERE subject = '$poison'")"
check "when the fault is mended" ctl payment fault clear
check "it is redriven" ctl payment dead-letters redrive --all --why mended
eventually "and the order is PAID" is_closed "$poison" PAID

# ---- killed from outside ----

# A slow handler, so that many a kill strikes in the midst of it.
slow=(ALLOW_FAULTS=1 FAULTS=handler-slow:ms=3)
service_stop payment
service_start payment "${slow[@]}"
load_beside --seconds 3600 --clients 8 --rate 60 --seed "$SRANDOM" --give-up 60 --drain 90 --history "$SET_DIR/history"
at_work() { (($(metric payment 'events_total{type="order.created",result="handled"}') > 5)); }
storms=0 begun=$SECONDS
while load_runs && ((storms < 8 && (SECONDS - begun < 12 || storms < 3))); do
    until_true 60 eval 'at_work || ! load_runs' || fail "payment-svc does nothing"
    for name in payment notify order; do service_kill "$name"; done 2>/dev/null
    for name in order payment notify; do service_start "$name" "${slow[@]}"; done
    storms=$((storms + 1))
done
check "all services were killed $storms times under load" test "$storms" -ge 3
end_load
for name in order payment notify; do
    equal "$name-svc blames nobody" "" "$(sql "$name" "SELECT * FROM attempt")"
done
equal "and has set nothing more aside" "0 2 0" "$(for name in order payment notify; do sql "$name" "SELECT count(*) FROM dead_letter"; done | xargs)"
audit --history "$SET_DIR/history"
