#!/usr/bin/env bash
# Goal: each fault that FAULTS.md describes can be ordered in a running service, happens, shows where the page says, strikes
# what it was ordered for only, and ends; a service that does not allow faults has none.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
ulimit -c 0
set_new
broker_start
retries=(RETRY_MAX_ATTEMPTS=1000 RETRY_BACKOFF_INTERVAL_MS=20 RETRY_BACKOFF_MAX_MS=20)
service_start order ALLOW_FAULTS=1
service_start payment ALLOW_FAULTS=1 "${retries[@]}"
service_start notify
account alice 1000000
id=$(order alice 10)
eventually "an order is PAID" is_closed "$id" PAID

# ---- helpers ----

# spoil SERVICE FAULT OPTION...: what is said must name what to watch; mend SERVICE FAULT
spoil() { contains "ctl fault set ${*:2}" "watch: " "$(ctl "$1" fault set "${@:2}")"; }
mend() { contains "ctl fault clear $2" "done: 1 fault cleared" "$(ctl "$1" fault clear "$2")"; }
struck() { metric "$1" "faults_total{fault=\"$2\"}"; }
has_struck() { (($(struck "$1" "$2") > 0)); }
events() { metric "$1" "events_total{type=\"$2\",result=\"$3\"}"; }
no_attempts() { [[ $(sql "$1" "SELECT count(*) FROM attempt") == 0 ]]; }
reason() { get "$ORDER_URL/orders/$1" | jq -r '.reason'; }
says() { [[ $(degraded "$1") == *"$2"* ]]; }
is_letter() { [[ $(sql payment "SELECT reason FROM dead_letter WHERE subject = '$1'") == "$2" ]]; }
dies() { until_true 60 has_ended "$1" && reap "$1"; equal "$1-svc dies by SIGSEGV" 139 "$EXIT_STATUS"; }
# orders N: places them; ids in IDS. all_are STATUS
orders() { local i; IDS=(); for ((i = 0; i < $1; i++)); do IDS+=("$(order alice 10)"); done; }
all_are() { local id; for id in "${IDS[@]}"; do is_closed "$id" "$1" || return 1; done; }
# refused WHAT STATUS PART SERVICE WORD...
refused() {
    try_ctl "${@:4}"
    equal "$1: exit $2, one line" "$2 1" "$STATUS $(wc -l <<<"$ERR")"
    contains "which says so" "$3" "$ERR"
}

# ---- permission and use ----

for words in "list" "set ack-lost" "clear"; do
    # shellcheck disable=SC2086 # words
    refused "notify-svc allows no faults: $words" 1 "faults are not allowed: start notify-svc with --allow-faults" notify fault $words
done
equal "nor has it metrics of them" 0 "$(get "$NOTIFY_URL/metrics" | grep -c ^faults_total || true)"
refused "an unknown fault" 2 "there is no fault \"broken\"" order fault set broken
refused "an unknown type" 2 "must be a type of event" order fault set ack-lost --type order.eaten
refused "a type where none is concerned" 2 "concerns no type" order fault set commit-fails --type order.paid
refused "no milliseconds" 2 "needs ms" order fault set handler-slow
refused "too many" 2 "at most 10000" order fault set handler-slow --ms 20000
refused "a percentage that is none" 2 "--percent must be a whole number from 1 to 100" order fault set ack-lost --percent 101
refused "a duration that is none" 2 "--for must be a duration" order fault set ack-lost --for long
refused "no time at all" 2 "--for must be longer" order fault set ack-lost --for 0s
equal "the list has what FAULTS.md describes" "$(sed -n 's/^### //p' "$ROOT/FAULTS.md" | sort)" "$(ctl order fault list | awk '{ print $1 }' | sort)"
equal "none is on" 0 "$(ctl order fault list | grep -c ' ON ' || true)"
contains "to clear none changes nothing" "nothing changed" "$(ctl order fault clear)"
STATUS=0 said=$(env DATA_DIR="$SET_DIR/none" FAULTS=ack-lost "$BUILD/order-svc" 2>&1) || STATUS=$?
equal "a setting needs the permission, too" "2 FAULTS: needs ALLOW_FAULTS=1" "$STATUS $(head -n 1 <<<"$said" | cut -d , -f 1)"

# ---- handlers ----

spoil payment handler-retries --type order.created --percent 50
contains "it is listed with how it was ordered" "handler-retries at order.created, 50 percent" "$(ctl payment fault list)"
orders 20
eventually "all orders are PAID" all_are PAID
failures=$(events payment order.created retried)
check "some events were tried again ($failures)" test "$failures" -gt 0
equal "which is how often it struck" "$failures" "$(struck payment handler-retries)"
check "and not each" test "$(grep -c "tried again.*failures=1 " "$SET_DIR/payment.log")" -lt 20
mend payment handler-retries

spoil payment handler-refuses --type order.created
id=$(order alice 10)
eventually "an order is REJECTED" is_closed "$id" REJECTED
equal "unprocessable" "unprocessable 1" "$(reason "$id") $(events payment order.created dead)"
spoil payment give-up-fails
stuck=$(order alice 10)
eventually "giving up fails: a dead letter for people" is_letter "$stuck" compensation_failed
equal "metrics count it" 1 "$(metric payment compensations_failed_total)"
equal "nobody was told" CREATED "$(status "$stuck")"
equal "both are cleared" "done: 2 faults cleared" "$(ctl payment fault clear)"
check "redriven" ctl payment dead-letters redrive --all --why mended
eventually "the order is PAID" is_closed "$stuck" PAID

spoil payment handler-crashes --type order.created
id=$(order alice 10)
dies payment
service_start payment ALLOW_FAULTS=1 "${retries[@]}"
eventually "after a start without the fault its order is PAID" is_closed "$id" PAID
contains "the start has said whom it blames" "event_id=$(sql order "SELECT event_id FROM outbox WHERE subject = '$id' AND type = 'order.created'")" \
    "$(grep "the process before this one died" "$SET_DIR/payment.log")"

spoil payment give-up-crashes
ctl payment fault set handler-refuses --type order.created >/dev/null
id=$(order alice 10)
dies payment
service_start payment ALLOW_FAULTS=1 "${retries[@]}"
eventually "after a start without the faults its order is PAID" is_closed "$id" PAID
check "no attempts are left" no_attempts payment

spoil payment handler-slow --type order.created --ms 400
id=$(order alice 10)
eventually "an order is PAID" is_closed "$id" PAID
stood_still() { awk -v s="$(metric payment loop_stall_seconds_sum)" 'BEGIN { exit !(s > 0.2) }'; }
eventually "the loop stood still for a while" stood_still
mend payment handler-slow

# ---- commits ----

spoil payment commit-fails
equal "a write gets 503" 503 "$(status_of -X PUT --json '{"currency":"EUR"}' "$PAYMENT_URL/accounts/bob")"
id=$(order alice 10)
undone() { (($(metric payment group_commit_failures_total) > 3)); }
eventually "turns are undone" undone
check "no attempt is counted" no_attempts payment
mend payment commit-fails
eventually "the order is PAID" is_closed "$id" PAID
equal "the write gets 201" 201 "$(status_of -X PUT --json '{"currency":"EUR"}' "$PAYMENT_URL/accounts/bob")"

# ---- crashes ----

refused "no point" 2 "needs point" order fault set crash
refused "a point that is none" 2 "there is no such point" order fault set crash --point nowhere
refused "an I/O error where nothing is written" 2 "nothing at this point can fail" order fault set crash --point reply-before --how io-error
refused "a point for another fault" 2 "are for the fault crash" order fault set ack-lost --point reply-before
service_stop order
service_start order ALLOW_FAULTS=1
spoil order crash --point reply-before
contains "it is listed" "crash: kill at passage 1 of reply-before from now" "$(ctl order fault list)"
key=$(new_key)
KEY=$key post "$ORDER_URL/orders" "$(order_body alice 10)" >/dev/null 2>&1 && fail "it has answered"
until_true 20 has_ended order && reap order
equal "order-svc is killed between COMMIT and reply" 137 "$EXIT_STATUS"
contains "its log says where" 'msg="a crash on purpose" point=reply-before how=kill' "$(tail -n 1 "$SET_DIR/order.log")"
service_start order ALLOW_FAULTS=1
had=$(sql order "SELECT count(*) FROM orders")
id=$(KEY=$key order alice 10)
equal "the same key gets the order that is there" "$had" "$(sql order "SELECT count(*) FROM orders")"
eventually "it is PAID" is_closed "$id" PAID

# ---- the broker ----

spoil order broker-refuses --type order.created
id=$(order alice 10)
eventually "an order is CANCELLED" is_closed "$id" CANCELLED
equal "publish_failed" "publish_failed ABANDONED" "$(reason "$id") $(sql order "SELECT state FROM outbox_parked WHERE subject = '$id'")"
equal "refused, and refused alone" "2 1" "$(metric order relay_refused_total) $(metric order relay_set_aside_total)"
equal "payment-svc has never heard of it" 0 "$(sql payment "SELECT count(*) FROM payment WHERE order_id = '$id' AND status = 'COMPLETED'")"
mend order broker-refuses

spoil order topic-refuses --for 5s
id=$(order alice 10)
eventually "the topic takes nothing" says order "orders: TOPIC_AUTHORIZATION_FAILED"
eventually "until the time is over: the order is PAID" is_closed "$id" PAID
contains "nothing is left to clear" "nothing changed" "$(ctl order fault clear topic-refuses)"
eventually "order-svc is well" is_well order

had=$(events payment order.created duplicate)
spoil order ack-lost --type order.created --percent 50
until has_struck order ack-lost; do orders 4; done
eventually "all orders are PAID" all_are PAID
mend order ack-lost
check "rows went again" test "$(metric order relay_lost_total)" -gt 0
more() { (($(events "$1" "$2" duplicate) >= $3)); }
eventually "payment-svc sees them twice" more payment order.created $((had + 1))

had=$(events order payment.declined duplicate)
spoil payment events-twice --type payment.completed
orders 3
id=$(order nobody 10)
eventually "three orders are PAID" all_are PAID
eventually "one is REJECTED" is_closed "$id" REJECTED
eventually "order-svc sees payment.completed twice" more order payment.completed 3
equal "and nothing else" "$had" "$(events order payment.declined duplicate)"
mend payment events-twice

# ---- time ----

service_stop notify
service_start notify ALLOW_FAULTS=1 FAULTS=event-delayed:type=order.paid:ms=3000
id=$(order alice 10)
eventually "an order is PAID" is_status "$id" PAID
eventually "notify-svc waits" says notify "a record is tried again"
check "no attempt is counted" no_attempts notify
eventually "the customer is told" is_closed "$id" PAID
late=$(sql notify "SELECT min(created_at) FROM notification WHERE order_id = '$id'")
said=$(sql order "SELECT said_at FROM outbox WHERE subject = '$id' AND type = 'order.paid'")
check "but $((late - said)) ms after it was said" test $((late - said)) -ge 3000
mend notify event-delayed

equal "the charges stand once in the ledger" 0 \
    "$(sql payment "SELECT count(*) FROM (SELECT 1 FROM ledger WHERE kind = 'CHARGE' GROUP BY order_id HAVING count(*) > 1)")"
check "who ordered what is kept" test "$(sql payment "SELECT count(*) FROM operation WHERE what LIKE 'fault set %'")" -ge 8
audit
